//! A real SMTP server that keeps what it is sent, and can be slow or refuse.

use mail_parser::MessageParser;
use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder, response};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// What the server does with mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    /// Takes it.
    Takes,
    /// Takes it, and says that it couldn't (4xx).
    TakesAndDenies,
    /// Says that it can't now (4xx).
    IsBusy,
    /// Says that there is no such mailbox (5xx).
    Refuses,
    /// Says that it takes no mail from this sender (5xx).
    RefusesSender,
    /// Says that the password is wrong (5xx).
    RefusesLogin,
    /// Accepts the connection, and never says a word.
    IsSilent,
}

/// What the server can do.
#[derive(Debug, Clone, Default)]
pub struct Abilities {
    /// TLS, if any.
    pub tls: Encryption,
    /// Whether it takes addresses that are not ASCII (RFC 6531).
    pub smtputf8: bool,
    /// Whether it wants a login.
    pub login: bool,
}

/// How connections are encrypted.
#[derive(Debug, Clone, Default)]
pub enum Encryption {
    /// They aren't.
    #[default]
    None,
    /// From the first byte (`smtps`).
    Immediate(Arc<ServerConfig>),
    /// If the client asks for it.
    StartTls(Arc<ServerConfig>),
}

/// A mail as it came in.
#[derive(Debug, Clone)]
pub struct Received {
    /// What the client called itself.
    pub hello: String,
    /// The sender of the envelope.
    pub envelope_from: String,
    /// Whether it came over TLS.
    pub encrypted: bool,
    /// The addresses that it was handed over for.
    pub to: Vec<String>,
    /// The sender in its head.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The part for programs that show no HTML.
    pub text: String,
    /// The part for all others.
    pub html: String,
    /// All of it.
    pub raw: String,
}

impl Received {
    /// The values of a field of its head.
    pub fn header(&self, name: &str) -> Vec<String> {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let fields = head.split("\r\n").filter_map(|line| line.split_once(": "));
        let named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.to_owned()).collect()
    }
}

/// The server; it serves until the process ends.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    mood: Mutex<Behavior>,
    received: Mutex<Vec<Received>>,
    arrival: Condvar,
    abilities: Abilities,
}

impl SmtpServer {
    /// Starts one on a port of its own, without TLS, SMTPUTF8 and logins.
    ///
    /// # Errors
    /// The operating system's.
    pub fn start(mood: Behavior) -> io::Result<Self> {
        Self::start_with(mood, Abilities::default())
    }

    /// Starts one on a port of its own.
    ///
    /// # Errors
    /// The operating system's.
    pub fn start_with(mood: Behavior, abilities: Abilities) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (mood, received) = (Mutex::new(mood), Mutex::default());
        let shared = Arc::new(Shared { mood, received, arrival: Condvar::new(), abilities });
        let server = Self { addr: listener.local_addr()?, shared: Arc::clone(&shared) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, shared));
            }
        });
        Ok(server)
    }

    /// Its URL, for `HANDSTAMP_SMTP_URL`. With TLS it has the name `localhost`.
    pub fn url(&self) -> String {
        let port = self.addr.port();
        match self.shared.abilities.tls {
            Encryption::None => format!("smtp://{}", self.addr),
            Encryption::Immediate(_) => format!("smtps://localhost:{port}"),
            Encryption::StartTls(_) => format!("smtp://localhost:{port}?tls=required"),
        }
    }

    /// Changes what it does from the next command on.
    pub fn set(&self, mood: Behavior) {
        *self.shared.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// What came in, in order.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What has come in when there is any, or after a minute.
    pub fn wait_for_mail(&self) -> Vec<Received> {
        let received = self.shared.received.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = Duration::from_secs(60);
        let is_empty = |mails: &mut Vec<Received>| mails.is_empty();
        let waited = self.shared.arrival.wait_timeout_while(received, minute, is_empty);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

/// A connection, with TLS or without.
enum Transport {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Transport {
    fn tls(stream: TcpStream, config: &Arc<ServerConfig>) -> io::Result<Self> {
        let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        Ok(Self::Tls(Box::new(StreamOwned::new(connection, stream))))
    }
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

fn serve(mut stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    if shared.mood() == Behavior::IsSilent {
        // Until the client hangs up.
        return io::copy(&mut stream, &mut io::sink()).map(|_| ());
    }
    let Abilities { tls, smtputf8, login } = shared.abilities.clone();
    let mut builder = SessionBuilder::new("localhost");
    let mut wire = BufReader::new(match &tls {
        Encryption::Immediate(config) => Transport::tls(stream, config)?,
        Encryption::None => Transport::Plain(stream),
        Encryption::StartTls(_) => {
            builder.enable_start_tls();
            Transport::Plain(stream)
        }
    });
    if login {
        builder.enable_auth(AuthMechanism::Plain).insecure_enable_plaintext_auth();
    }
    let encrypted = Arc::new(AtomicBool::new(matches!(tls, Encryption::Immediate(_))));
    let mail = Mail::new(shared, Arc::clone(&encrypted));
    let mut session = builder.build(IpAddr::from([127, 0, 0, 1]), mail);
    session.greeting().write_to(wire.get_mut())?;
    wire.get_mut().flush()?;
    let mut line = Vec::new();
    while wire.read_until(b'\n', &mut line)? > 0 {
        let answer = process(&mut session, &line, smtputf8);
        if answer.action != Action::NoReply {
            wire.get_mut().write_all(&reply(&answer, &line, smtputf8)?)?;
            wire.get_mut().flush()?;
        }
        match (&answer.action, &tls) {
            (Action::Close, _) => break,
            (Action::UpgradeTls, Encryption::StartTls(config)) => {
                let Transport::Plain(stream) = wire.into_inner() else { break };
                wire = BufReader::new(Transport::tls(stream, config)?);
                session.tls_active();
                encrypted.store(true, Ordering::SeqCst);
            }
            _ => {}
        }
        line.clear();
    }
    Ok(())
}

/// The library has no SMTPUTF8: the parameter is taken away before it sees the line.
fn process(session: &mut Session<Mail>, line: &[u8], smtputf8: bool) -> Response {
    match std::str::from_utf8(line) {
        Ok(text) if smtputf8 && text.starts_with("MAIL FROM:") => {
            session.process(text.replace(" SMTPUTF8", "").as_bytes())
        }
        _ => session.process(line),
    }
}

fn reply(answer: &Response, line: &[u8], smtputf8: bool) -> io::Result<Vec<u8>> {
    let mut reply = answer.buffer()?;
    if smtputf8 && line.starts_with(b"EHLO") {
        let first = reply.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        reply.splice(first..first, *b"250-SMTPUTF8\r\n");
    }
    Ok(reply)
}

impl Shared {
    fn mood(&self) -> Behavior {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One mail on its way in.
struct Mail {
    shared: Arc<Shared>,
    encrypted: Arc<AtomicBool>,
    hello: String,
    from: String,
    to: Vec<String>,
    bytes: Vec<u8>,
}

impl Mail {
    fn new(shared: Arc<Shared>, encrypted: Arc<AtomicBool>) -> Self {
        let (hello, from) = (String::new(), String::new());
        Self { shared, encrypted, hello, from, to: Vec::new(), bytes: Vec::new() }
    }
}

impl Handler for Mail {
    fn helo(&mut self, _ip: IpAddr, domain: &str) -> Response {
        domain.clone_into(&mut self.hello);
        response::OK
    }

    fn auth_plain(&mut self, _authorization: &str, _user: &str, _password: &str) -> Response {
        match self.shared.mood() {
            Behavior::RefusesLogin => response::INVALID_CREDENTIALS,
            _ => response::AUTH_OK,
        }
    }

    fn mail(&mut self, _ip: IpAddr, _domain: &str, from: &str) -> Response {
        from.clone_into(&mut self.from);
        match self.shared.mood() {
            Behavior::RefusesSender => response::BAD_MAILBOX,
            _ => response::OK,
        }
    }

    fn rcpt(&mut self, to: &str) -> Response {
        match self.shared.mood() {
            Behavior::IsBusy => response::INTERNAL_ERROR,
            Behavior::Refuses => response::NO_MAILBOX,
            _ => {
                self.to.push(to.to_owned());
                response::OK
            }
        }
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let Some(read) = MessageParser::default().parse(&self.bytes) else {
            return response::INTERNAL_ERROR;
        };
        let from = read.from().and_then(|from| from.first()).and_then(|from| from.address());
        let received = Received {
            hello: self.hello.clone(),
            envelope_from: self.from.clone(),
            encrypted: self.encrypted.load(Ordering::SeqCst),
            to: std::mem::take(&mut self.to),
            from: from.unwrap_or_default().to_owned(),
            subject: read.subject().unwrap_or_default().to_owned(),
            text: read.body_text(0).unwrap_or_default().into_owned(),
            html: read.body_html(0).unwrap_or_default().into_owned(),
            raw: String::from_utf8_lossy(&self.bytes).into_owned(),
        };
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).push(received);
        self.shared.arrival.notify_all();
        self.bytes.clear();
        match self.shared.mood() {
            Behavior::TakesAndDenies => response::INTERNAL_ERROR,
            _ => response::OK,
        }
    }
}
