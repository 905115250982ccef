//! An SMTP server that stores the e-mails that it receives. Tests can make it fail.

mod session;

use rustls::ServerConfig;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

/// The response of the server to e-mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    /// Accepts the e-mail.
    Accept,
    /// Stores the e-mail, but reports a temporary failure (4xx).
    StoreAndFail,
    /// Rejects the recipient temporarily (4xx).
    Defer,
    /// Rejects the recipient permanently (5xx).
    RejectRecipient,
    /// Rejects the sender permanently (5xx).
    RejectSender,
    /// Rejects the login permanently (5xx).
    RejectLogin,
    /// Accepts the connection and never sends anything.
    Hang,
}

/// The SMTP extensions of the server.
#[derive(Debug, Clone, Default)]
pub struct Capabilities {
    /// The encryption of connections.
    pub tls: Encryption,
    /// Whether the server accepts non-ASCII addresses (RFC 6531).
    pub smtputf8: bool,
    /// Whether the server requires a login.
    pub login: bool,
}

/// The encryption of connections.
#[derive(Debug, Clone, Default)]
pub enum Encryption {
    /// No encryption.
    #[default]
    None,
    /// Implicit TLS (`smtps`).
    Immediate(Arc<ServerConfig>),
    /// STARTTLS, if the client requests it.
    StartTls(Arc<ServerConfig>),
}

/// A received e-mail.
#[derive(Debug, Clone)]
pub struct Received {
    /// The name in EHLO.
    pub ehlo: String,
    /// The envelope sender.
    pub envelope_from: String,
    /// Whether it was received over TLS.
    pub encrypted: bool,
    /// The envelope recipients.
    pub to: Vec<String>,
    /// The address in the `From` header.
    pub from: String,
    /// The decoded subject.
    pub subject: String,
    /// The plain-text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The whole message.
    pub raw: String,
}

impl Received {
    /// Returns the values of a header field.
    pub fn header(&self, name: &str) -> Vec<String> {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let fields = head.split("\r\n").filter_map(|line| line.split_once(": "));
        let named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.to_owned()).collect()
    }
}

/// The server. It runs until the process ends.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    behavior: Mutex<Behavior>,
    received: Mutex<Vec<Received>>,
    arrival: Condvar,
    capabilities: Capabilities,
}

impl SmtpServer {
    /// Starts a server on a free port, without TLS, SMTPUTF8 and logins.
    ///
    /// # Errors
    /// Fails if no port can be opened.
    pub fn start(behavior: Behavior) -> io::Result<Self> {
        Self::start_with(behavior, Capabilities::default())
    }

    /// Starts a server on a free port.
    ///
    /// # Errors
    /// Fails if no port can be opened.
    pub fn start_with(behavior: Behavior, capabilities: Capabilities) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let shared = Arc::new(Shared {
            behavior: Mutex::new(behavior),
            received: Mutex::default(),
            arrival: Condvar::new(),
            capabilities,
        });
        let server = Self { addr: listener.local_addr()?, shared: Arc::clone(&shared) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || session::serve(stream, shared));
            }
        });
        Ok(server)
    }

    /// Returns the URL for `HANDSTAMP_SMTP_URL`. With TLS the host is `localhost`.
    pub fn url(&self) -> String {
        let port = self.addr.port();
        match self.shared.capabilities.tls {
            Encryption::None => format!("smtp://{}", self.addr),
            Encryption::Immediate(_) => format!("smtps://localhost:{port}"),
            Encryption::StartTls(_) => format!("smtp://localhost:{port}?tls=required"),
        }
    }

    /// Changes the behavior from the next command on.
    pub fn set_behavior(&self, behavior: Behavior) {
        *self.shared.behavior.lock().unwrap_or_else(PoisonError::into_inner) = behavior;
    }

    /// Returns the received mails, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a mail, at most one minute. Returns the received mails.
    pub fn wait_for_mail(&self) -> Vec<Received> {
        let received = self.shared.received.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = Duration::from_secs(60);
        let is_empty = |mails: &mut Vec<Received>| mails.is_empty();
        let waited = self.shared.arrival.wait_timeout_while(received, minute, is_empty);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

impl Shared {
    fn behavior(&self) -> Behavior {
        *self.behavior.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self, mail: Received) {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
        self.arrival.notify_all();
    }
}
