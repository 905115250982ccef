//! An SMTP session: TLS, the commands of the client, and the e-mail that it transfers.

use super::{Behavior, Capabilities, Encryption, Received, Shared};
use mail_parser::MessageParser;
use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder, response};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{IpAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// A connection with or without TLS.
enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Stream {
    fn tls(stream: TcpStream, config: &Arc<ServerConfig>) -> io::Result<Self> {
        let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        Ok(Self::Tls(Box::new(StreamOwned::new(connection, stream))))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
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

/// Runs a session until the client or the server closes the connection.
pub(super) fn serve(mut stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    if shared.behavior() == Behavior::Hang {
        // Reads until the client closes the connection.
        return io::copy(&mut stream, &mut io::sink()).map(|_| ());
    }
    let Capabilities { tls, smtputf8, login } = shared.capabilities.clone();
    let mut builder = SessionBuilder::new("localhost");
    let mut connection = BufReader::new(match &tls {
        Encryption::Immediate(config) => Stream::tls(stream, config)?,
        Encryption::None => Stream::Plain(stream),
        Encryption::StartTls(_) => {
            builder.enable_start_tls();
            Stream::Plain(stream)
        }
    });
    if login {
        builder.enable_auth(AuthMechanism::Plain).insecure_enable_plaintext_auth();
    }
    let encrypted = Arc::new(AtomicBool::new(matches!(tls, Encryption::Immediate(_))));
    let mail = Mail::new(shared, Arc::clone(&encrypted));
    let mut session = builder.build(IpAddr::from([127, 0, 0, 1]), mail);
    session.greeting().write_to(connection.get_mut())?;
    connection.get_mut().flush()?;
    let mut line = Vec::new();
    while connection.read_until(b'\n', &mut line)? > 0 {
        let response = process(&mut session, &line, smtputf8);
        if response.action != Action::NoReply {
            connection.get_mut().write_all(&reply(&response, &line, smtputf8)?)?;
            connection.get_mut().flush()?;
        }
        match (&response.action, &tls) {
            (Action::Close, _) => break,
            (Action::UpgradeTls, Encryption::StartTls(config)) => {
                let Stream::Plain(stream) = connection.into_inner() else { break };
                connection = BufReader::new(Stream::tls(stream, config)?);
                session.tls_active();
                encrypted.store(true, Ordering::SeqCst);
            }
            _ => {}
        }
        line.clear();
    }
    Ok(())
}

/// Removes the SMTPUTF8 parameter, which the library does not support.
fn process(session: &mut Session<Mail>, line: &[u8], smtputf8: bool) -> Response {
    match std::str::from_utf8(line) {
        Ok(text) if smtputf8 && text.starts_with("MAIL FROM:") => {
            session.process(text.replace(" SMTPUTF8", "").as_bytes())
        }
        _ => session.process(line),
    }
}

/// Adds SMTPUTF8 to the reply to EHLO, if the server supports it.
fn reply(response: &Response, line: &[u8], smtputf8: bool) -> io::Result<Vec<u8>> {
    let mut reply = response.buffer()?;
    if smtputf8 && line.starts_with(b"EHLO") {
        let first = reply.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        reply.splice(first..first, *b"250-SMTPUTF8\r\n");
    }
    Ok(reply)
}

/// The mail that is being received.
struct Mail {
    shared: Arc<Shared>,
    encrypted: Arc<AtomicBool>,
    ehlo: String,
    from: String,
    to: Vec<String>,
    bytes: Vec<u8>,
}

impl Mail {
    fn new(shared: Arc<Shared>, encrypted: Arc<AtomicBool>) -> Self {
        let (ehlo, from) = (String::new(), String::new());
        Self { shared, encrypted, ehlo, from, to: Vec::new(), bytes: Vec::new() }
    }
}

impl Handler for Mail {
    fn helo(&mut self, _ip: IpAddr, domain: &str) -> Response {
        domain.clone_into(&mut self.ehlo);
        response::OK
    }

    fn auth_plain(&mut self, _authorization: &str, _user: &str, _password: &str) -> Response {
        match self.shared.behavior() {
            Behavior::RejectLogin => response::INVALID_CREDENTIALS,
            _ => response::AUTH_OK,
        }
    }

    fn mail(&mut self, _ip: IpAddr, _domain: &str, from: &str) -> Response {
        from.clone_into(&mut self.from);
        match self.shared.behavior() {
            Behavior::RejectSender => response::BAD_MAILBOX,
            _ => response::OK,
        }
    }

    fn rcpt(&mut self, to: &str) -> Response {
        match self.shared.behavior() {
            Behavior::Defer => response::INTERNAL_ERROR,
            Behavior::RejectRecipient => response::NO_MAILBOX,
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
        let Some(message) = MessageParser::default().parse(&self.bytes) else {
            return response::INTERNAL_ERROR;
        };
        let from = message.from().and_then(|from| from.first()).and_then(|from| from.address());
        let received = Received {
            ehlo: self.ehlo.clone(),
            envelope_from: self.from.clone(),
            encrypted: self.encrypted.load(Ordering::SeqCst),
            to: std::mem::take(&mut self.to),
            from: from.unwrap_or_default().to_owned(),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().into_owned(),
            html: message.body_html(0).unwrap_or_default().into_owned(),
            raw: String::from_utf8_lossy(&self.bytes).into_owned(),
        };
        self.shared.store(received);
        self.bytes.clear();
        match self.shared.behavior() {
            Behavior::StoreAndFail => response::INTERNAL_ERROR,
            _ => response::OK,
        }
    }
}
