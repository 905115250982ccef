//! The SMTP client (RFC 5321): its settings, and the delivery of one e-mail.

use super::{
    roots,
    smtp_url::{self, Starttls},
};
use crate::public_url;
use anyhow::ensure;
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
use std::{error::Error, fmt, io, path::Path, time::Duration};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

/// The timeout for the delivery of one e-mail.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// The timeout for closing the connection.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);

/// The mail server and the sender. Its `Debug` output contains no password.
#[derive(Clone)]
pub struct Smtp {
    /// The sender, which also receives undeliverable mail.
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

impl Smtp {
    /// Reads the settings of the mail server.
    ///
    /// `url` is the result of [`smtp_url::parse`]. `ca` is a PEM file with the root certificates to trust instead of
    /// those of the system. The name for EHLO is the path of `url`, or else the host of `public_url`.
    ///
    /// # Errors
    /// Fails with one line, without the password, if there is an unknown parameter, an invalid name for EHLO, a user
    /// without a password, or an unusable file of certificates.
    pub fn new(
        url: &Url,
        from: Mailbox,
        ca: Option<&Path>,
        public_url: &Url,
    ) -> anyhow::Result<Self> {
        let host = smtp_url::host(url)?;
        let starttls = smtp_url::starttls(url)?;
        let is_immediate = url.scheme() == "smtps";
        ensure!(
            ca.is_none() || is_immediate || starttls.is_some(),
            "HANDSTAMP_SMTP_CA is set, but HANDSTAMP_SMTP_URL asks for no TLS: smtps://, or ?tls=required"
        );
        let (tls, default_port) = match starttls {
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
            credentials: smtp_url::credentials(url)?,
            hello: smtp_url::hello(url, public_url)?,
            is_loopback: public_url::is_loopback(url),
        })
    }

    /// Returns whether mail may be sent to another machine unencrypted.
    pub fn is_open(&self) -> bool {
        matches!(self.tls, Tls::None | Tls::Opportunistic(_)) && !self.is_loopback
    }

    /// Returns whether the address of the sender is at `localhost`, which other machines reject.
    pub fn has_local_sender(&self) -> bool {
        self.from.email.domain() == "localhost" && !self.is_loopback
    }

    /// Sends an e-mail. `Ok` means that the mail server has accepted responsibility for it (RFC 5321 §4.2.5).
    ///
    /// # Errors
    /// Fails with a [`SendError`]. If it [is final](SendError::is_final), a retry is useless.
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        let deadline = Instant::now() + SEND_TIMEOUT;
        let connected = timeout_at(deadline, self.connect()).await;
        let mut connection = connected.unwrap_or(Err(SendError::Timeout))?;
        let sent = timeout_at(deadline, transfer(&mut connection, message)).await;
        // The result of QUIT is ignored, because a slow QUIT must not resend an e-mail that was accepted.
        let _ = timeout(QUIT_TIMEOUT, connection.abort()).await;
        sent.unwrap_or(Err(SendError::Timeout))
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

async fn transfer(
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
        // The header `To` contains non-ASCII characters. A server with SMTPUTF8 also has 8BITMIME (RFC 6531 §3.1).
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

/// The error of a delivery. Its text may contain the reply of the server, and that may contain the address.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// There is no connection, or the server rejects this client, its login or its sender.
    #[error("the mail server can't be used: {0}")]
    Server(smtp::Error),
    /// The certificate of the server is not valid: its root is not trusted, its name is another one, or it has expired.
    #[error(
        "the certificate of the mail server is not trusted ({0}): HANDSTAMP_SMTP_CA names a file with the root \
         certificates of a private authority"
    )]
    Certificate(rustls::Error),
    /// The server rejects this e-mail, or the connection ended before its reply.
    #[error("the mail server did not accept the e-mail: {0}")]
    Mail(smtp::Error),
    /// The local part of the address is not ASCII, which requires SMTPUTF8 (RFC 6531).
    #[error(
        "the local part of the address is not ASCII, and the mail server does not support SMTPUTF8"
    )]
    NeedsSmtpUtf8,
    #[error("the mail server did not respond in time")]
    Timeout,
}

impl SendError {
    /// Returns whether a retry is useless, because the server has permanently rejected this e-mail.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Mail(error) => error.is_permanent(),
            Self::NeedsSmtpUtf8 => true,
            Self::Server(_) | Self::Certificate(_) | Self::Timeout => false,
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
        // `source` of an I/O error skips the error that it wraps.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped.and_then(|inner| inner.downcast_ref()) {
            Some(tls @ rustls::Error::InvalidCertificate(_)) => return Some(tls.clone()),
            _ => cause = error.source(),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_and_the_encryption_follow_from_the_url() {
        let public_url = Url::parse("https://films.example.org").unwrap();
        let from: Mailbox = "no-reply@localhost".parse().unwrap();
        for (text, host, port, is_open) in [
            ("smtp://mail.example.org", "mail.example.org", 25, true),
            ("smtp://mail.example.org?tls=opportunistic", "mail.example.org", 587, true),
            ("smtp://mail.example.org?tls=required", "mail.example.org", 587, false),
            ("smtps://mail.example.org", "mail.example.org", 465, false),
            ("smtps://bücher.de:4650", "bücher.de", 4650, false),
            ("smtp://[2001:db8::1]:2525", "2001:db8::1", 2525, true),
            ("smtp://[::1]:2525", "::1", 2525, false),
            ("smtp://127.0.0.1", "127.0.0.1", 25, false),
        ] {
            let url = smtp_url::parse(text).unwrap();
            let smtp = Smtp::new(&url, from.clone(), None, &public_url).unwrap();
            let host = host.replace("bücher", "xn--bcher-kva");
            assert_eq!((smtp.host.as_str(), smtp.port), (host.as_str(), port), "{text}");
            assert_eq!(smtp.is_open(), is_open, "{text}");
        }
        let url = smtp_url::parse("smtps://ada:hunter2@mail.example.org").unwrap();
        let smtp = Smtp::new(&url, from, None, &public_url).unwrap();
        assert!(!format!("{smtp:?}").contains("hunter2"));
    }
}
