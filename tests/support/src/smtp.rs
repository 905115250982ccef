//! A real SMTP server that keeps what it is sent, and can be slow or refuse.

use mail_parser::MessageParser;
use mailin::{Action, Handler, Response, SessionBuilder, response};
use std::{
    io::{self, BufRead, BufReader, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
};

/// What the server does with mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes it.
    Takes,
    /// Says that it can't now (4xx).
    IsBusy,
    /// Says that there is no such mailbox (5xx).
    Refuses,
    /// Accepts the connection, and never says a word.
    IsSilent,
}

/// A mail as it came in.
#[derive(Debug, Clone)]
pub struct Received {
    /// Who it was handed over for.
    pub to: Vec<String>,
    /// The sender in its head.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The part for programs that show no HTML.
    pub text: String,
    /// The part for all others.
    pub html: String,
}

/// The server; it serves until the process ends.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    mood: Mutex<Mood>,
    received: Mutex<Vec<Received>>,
}

impl SmtpServer {
    /// Starts one on a port of its own.
    ///
    /// # Errors
    /// The operating system's.
    pub fn start(mood: Mood) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let shared = Arc::new(Shared { mood: Mutex::new(mood), received: Mutex::default() });
        let server = Self { addr: listener.local_addr()?, shared: Arc::clone(&shared) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, shared));
            }
        });
        Ok(server)
    }

    /// Its URL, for `HANDSTAMP_SMTP_URL`.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.addr)
    }

    /// Changes what it does from the next command on.
    pub fn set(&self, mood: Mood) {
        *self.shared.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// What came in, in order.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut answers = stream;
    if shared.mood() == Mood::IsSilent {
        // Until the client hangs up.
        return io::copy(&mut lines, &mut io::sink()).map(|_| ());
    }
    let mail = Mail { shared, to: Vec::new(), bytes: Vec::new() };
    let mut session = SessionBuilder::new("localhost").build(IpAddr::from([127, 0, 0, 1]), mail);
    session.greeting().write_to(&mut answers)?;
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let answer = session.process(&line);
        if answer.action != Action::NoReply {
            answer.write_to(&mut answers)?;
            answers.flush()?;
        }
        if answer.action == Action::Close {
            break;
        }
        line.clear();
    }
    Ok(())
}

impl Shared {
    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One mail on its way in.
struct Mail {
    shared: Arc<Shared>,
    to: Vec<String>,
    bytes: Vec<u8>,
}

impl Handler for Mail {
    fn rcpt(&mut self, to: &str) -> Response {
        match self.shared.mood() {
            Mood::IsBusy => response::INTERNAL_ERROR,
            Mood::Refuses => response::NO_MAILBOX,
            Mood::Takes | Mood::IsSilent => {
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
            to: std::mem::take(&mut self.to),
            from: from.unwrap_or_default().to_owned(),
            subject: read.subject().unwrap_or_default().to_owned(),
            text: read.body_text(0).unwrap_or_default().into_owned(),
            html: read.body_html(0).unwrap_or_default().into_owned(),
        };
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).push(received);
        self.bytes.clear();
        response::OK
    }
}
