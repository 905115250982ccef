//! The mail server: its settings, and how one mail is handed to it (RFC 5321).

use super::{address, roots};
use crate::server::public_url;
use anyhow::{Context, bail, ensure};
use lettre::{
    Address, Message,
    message::Mailbox,
    transport::smtp::{
        self,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Tls},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use percent_encoding::percent_decode_str;
use std::{error::Error, fmt, io, path::Path, time::Duration};
use tokio::time::{Instant, timeout, timeout_at};
use url::{Host, Url};

/// How long a mail server may take for one mail.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a mail server may take to end a connection.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);

/// The mail server and the sender. Has no `Debug` of its fields: one of them is a password.
#[derive(Clone)]
pub struct Smtp {
    /// The sender, which is also where undeliverable mail comes back to.
    pub from: Mailbox,
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    hello: ClientId,
    is_loopback: bool,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).finish_non_exhaustive()
    }
}

/// Reads the form of `HANDSTAMP_SMTP_URL`. `None` for what is not the URL of a mail server.
pub fn parse_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(Url::has_host)?;
    // A fragment is the rest of a password with an unescaped "#".
    (matches!(url.scheme(), "smtp" | "smtps") && url.fragment().is_none()).then_some(url)
}

impl Smtp {
    /// Reads the settings of the mail server.
    ///
    /// `url` is what [`parse_url`] returned, `ca` a PEM file with the root certificates to trust instead of the
    /// system's, `public_url` has the host that names this server in EHLO unless the path of `url` does.
    ///
    /// # Errors
    /// Fails with one line, without the password: an unknown parameter, a name for EHLO that is none, a user without
    /// a password, a file of certificates that can't be used.
    pub fn new(
        url: &Url,
        from: Mailbox,
        ca: Option<&Path>,
        public_url: &Url,
    ) -> anyhow::Result<Self> {
        let host = match url.host().context("HANDSTAMP_SMTP_URL has no host")? {
            Host::Domain(name) => idna::domain_to_ascii(&decoded(name)?)
                .context("HANDSTAMP_SMTP_URL has a host that is no name")?,
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        let wants_tls = parameters(url)?;
        let is_immediate = url.scheme() == "smtps";
        ensure!(
            ca.is_none() || is_immediate || wants_tls.is_some(),
            "HANDSTAMP_SMTP_CA is set, but HANDSTAMP_SMTP_URL asks for no TLS: smtps://, or ?tls=required"
        );
        let (tls, default_port) = match wants_tls {
            _ if is_immediate => (Tls::Wrapper(roots::tls_parameters(&host, ca)?), 465),
            Some(Starttls::Required) => (Tls::Required(roots::tls_parameters(&host, ca)?), 587),
            Some(Starttls::Opportunistic) => {
                (Tls::Opportunistic(roots::tls_parameters(&host, ca)?), 587)
            }
            None => (Tls::None, 25),
        };
        Ok(Self {
            from,
            port: url.port().unwrap_or(default_port),
            host,
            tls,
            credentials: credentials(url)?,
            hello: hello(url, public_url)?,
            is_loopback: public_url::is_loopback(url),
        })
    }

    /// Whether mail goes to another machine over a connection that isn't surely encrypted.
    pub fn is_open(&self) -> bool {
        matches!(self.tls, Tls::None | Tls::Opportunistic(_)) && !self.is_loopback
    }

    /// Whether the sender has an address that no other machine accepts mail from.
    pub fn has_local_sender(&self) -> bool {
        self.from.email.domain() == "localhost" && !self.is_loopback
    }

    /// Hands a mail to the server. `Ok` means that the server is responsible for it now.
    ///
    /// # Errors
    /// [`SendError`]: [`SendError::is_final`] says whether another try makes sense.
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        let deadline = Instant::now() + SEND_TIMEOUT;
        let connected = timeout_at(deadline, self.connect()).await;
        let mut connection = connected.unwrap_or(Err(SendError::Silent))?;
        let sent = timeout_at(deadline, hand_over(&mut connection, message)).await;
        // Not part of the result: a mail that was accepted would be sent again because of a slow QUIT.
        let _ = timeout(QUIT_TIMEOUT, connection.abort()).await;
        sent.unwrap_or(Err(SendError::Silent))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let server = (self.host.as_str(), self.port);
        let wrapper = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let timeout = Some(SEND_TIMEOUT);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, timeout, &self.hello, wrapper, None)
                .await?;
        let starttls = match &self.tls {
            Tls::Required(parameters) => Some(parameters),
            Tls::Opportunistic(parameters) if connection.can_starttls() => Some(parameters),
            _ => None,
        };
        if let Some(parameters) = starttls {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    message: &Message,
) -> Result<(), SendError> {
    let envelope = message.envelope();
    let is_ascii = |address: &Address| <Address as AsRef<str>>::as_ref(address).is_ascii();
    let mut parameters = Vec::new();
    if !envelope.to().iter().all(is_ascii) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(SendError::NeedsSmtpUtf8);
        }
        // The header `To` has the address as it is. A server with SMTPUTF8 has 8BITMIME too (RFC 6531 §3.1).
        parameters.push(MailParameter::SmtpUtfEight);
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection.command(Mail::new(envelope.from().cloned(), parameters)).await?;
    for to in envelope.to() {
        connection.command(Rcpt::new(to.clone(), vec![])).await.map_err(SendError::Mail)?;
    }
    connection.command(Data).await.map_err(SendError::Mail)?;
    connection.message(&message.formatted()).await.map_err(SendError::Mail)?;
    Ok(())
}

/// Why a mail was not handed over. The text may repeat what the server said, which may repeat the address.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// No connection, or the server refuses this client, its login or its sender. An operator can mend that.
    #[error("the mail server can't be used: {0}")]
    Server(smtp::Error),
    /// The certificate of the server leads to no trusted root, or is for another name or time.
    #[error(
        "the certificate of the mail server is not trusted ({0}): HANDSTAMP_SMTP_CA names a file with the root \
         certificates of a private authority"
    )]
    Certificate(rustls::Error),
    /// The server refuses this mail, or the connection ended before it said so.
    #[error("the mail server did not take the mail: {0}")]
    Mail(smtp::Error),
    /// The address has letters beyond ASCII before the `@`, which take SMTPUTF8 (RFC 6531).
    #[error("the address is not ASCII before the @, and the mail server has no SMTPUTF8")]
    NeedsSmtpUtf8,
    /// The server took too long.
    #[error("the mail server does not answer")]
    Silent,
}

impl SendError {
    /// Whether no other try makes sense: the server has refused this very mail for good.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Mail(error) => error.is_permanent(),
            Self::NeedsSmtpUtf8 => true,
            Self::Server(_) | Self::Certificate(_) | Self::Silent => false,
        }
    }
}

impl From<smtp::Error> for SendError {
    fn from(error: smtp::Error) -> Self {
        match certificate_error(&error) {
            Some(cause) => Self::Certificate(cause),
            None => Self::Server(error),
        }
    }
}

fn certificate_error(error: &smtp::Error) -> Option<rustls::Error> {
    let mut cause = error.source();
    while let Some(error) = cause {
        // An I/O error doesn't count what it wraps as its cause.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped.and_then(|inner| inner.downcast_ref()) {
            Some(tls @ rustls::Error::InvalidCertificate(_)) => return Some(tls.clone()),
            _ => cause = error.source(),
        }
    }
    None
}

#[derive(Clone, Copy)]
enum Starttls {
    Required,
    Opportunistic,
}

/// Reads the parameters of the URL. A mistyped one must not leave mail unencrypted without a word.
fn parameters(url: &Url) -> anyhow::Result<Option<Starttls>> {
    const KNOWN: &str = "Known are tls=required and tls=opportunistic";
    let mut tls = None;
    for (name, value) in url.query_pairs() {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match (&*name, &*value) {
            ("tls", _) if tls.is_some() => bail!("HANDSTAMP_SMTP_URL has the parameter tls twice"),
            ("tls", "required") => tls = Some(Starttls::Required),
            ("tls", "opportunistic") if url.scheme() == "smtp" => {
                tls = Some(Starttls::Opportunistic);
            }
            ("tls", _) => bail!("HANDSTAMP_SMTP_URL has an unknown value of tls. {KNOWN}"),
            // What is no name may be the rest of a password with an unescaped "?".
            (name, _) if is_plain && !url.query().is_some_and(|query| query.contains('@')) => {
                bail!("HANDSTAMP_SMTP_URL has an unknown parameter \"{name}\". {KNOWN}")
            }
            _ => bail!("HANDSTAMP_SMTP_URL has an unknown parameter. {KNOWN}"),
        }
    }
    Ok(tls)
}

fn credentials(url: &Url) -> anyhow::Result<Option<Credentials>> {
    match url.password() {
        Some(password) => Ok(Some(Credentials::new(decoded(url.username())?, decoded(password)?))),
        None if url.username().is_empty() => Ok(None),
        None => bail!("HANDSTAMP_SMTP_URL has a user without a password"),
    }
}

fn hello(url: &Url, public_url: &Url) -> anyhow::Result<ClientId> {
    match url.path().trim_matches('/') {
        "" => Ok(address::client_id(public_url)),
        name => address::hello_name(name).context(
            "HANDSTAMP_SMTP_URL has a path that is no name for EHLO: a domain, or an address in brackets",
        ),
    }
}

fn decoded(text: &str) -> anyhow::Result<String> {
    let decoded = percent_decode_str(text).decode_utf8();
    Ok(decoded.ok().context("HANDSTAMP_SMTP_URL has a part that is not UTF-8")?.into_owned())
}
