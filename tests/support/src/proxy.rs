//! A faulty wire: passes bytes on to one address, and breaks in the ways that tests ask for.

use anyhow::Context;
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// A proxy that listens on a port of its own. It is gone with this value.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub addr: SocketAddr,
    wire: Arc<Transport>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Transport {
    target: Mutex<String>,
    /// Each change cuts all connections.
    cuts: watch::Sender<u64>,
    is_silent: AtomicBool,
    /// The answers that are lost: every n-th; none where it is 0.
    drop_every: AtomicU64,
    answers: AtomicU64,
    dropped: AtomicU64,
}

impl Proxy {
    /// Starts to pass on to `target`, a host and a port.
    ///
    /// # Errors
    /// There is no port to listen on.
    pub async fn start(target: impl Into<String>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("opening a proxy")?;
        let wire = Arc::new(Transport {
            target: Mutex::new(target.into()),
            cuts: watch::Sender::new(0),
            is_silent: AtomicBool::new(false),
            drop_every: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        });
        let addr = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener, Arc::clone(&wire)));
        Ok(Self { addr, wire, accepting })
    }

    /// Passes new connections on to another address.
    pub fn lead_to(&self, target: impl Into<String>) {
        *self.wire.target.lock().unwrap_or_else(PoisonError::into_inner) = target.into();
    }

    /// Loses every n-th answer after the request went through, and closes its connection; none for 0.
    pub fn drop_every(&self, nth: u64) {
        self.wire.drop_every.store(nth, Ordering::SeqCst);
    }

    /// How many answers it has lost.
    pub fn dropped(&self) -> u64 {
        self.wire.dropped.load(Ordering::SeqCst)
    }

    /// Swallows what comes, both ways, and says nothing. A connection on which something was swallowed
    /// stays silent for ever; after the end of the silence, new ones pass on.
    pub fn set_silent(&self, is_silent: bool) {
        self.wire.is_silent.store(is_silent, Ordering::SeqCst);
    }

    /// Cuts every connection there is.
    pub fn cut(&self) {
        self.wire.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

impl Transport {
    fn loses_this_answer(&self) -> bool {
        let count = self.answers.fetch_add(1, Ordering::SeqCst) + 1;
        let every = self.drop_every.load(Ordering::SeqCst);
        let is_lost = every > 0 && count.is_multiple_of(every);
        self.dropped.fetch_add(u64::from(is_lost), Ordering::SeqCst);
        is_lost
    }
}

async fn accept(listener: TcpListener, wire: Arc<Transport>) {
    while let Ok((client, _)) = listener.accept().await {
        let wire = Arc::clone(&wire);
        let mut cuts = wire.cuts.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                // A broken connection is what a proxy is for: both ends notice by themselves.
                _ = pass(client, &wire) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

/// Passes bytes both ways until either end closes. The first bytes that come back after some went
/// through are an answer.
async fn pass(mut client: TcpStream, wire: &Transport) -> anyhow::Result<()> {
    let target = wire.target.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut asked, mut answered) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let (mut awaits_answer, mut is_dead) = (false, false);
    loop {
        tokio::select! {
            length = client.read(&mut asked) => {
                let length = length?;
                if length == 0 {
                    return Ok(());
                }
                is_dead |= wire.is_silent.load(Ordering::SeqCst);
                if is_dead {
                    continue;
                }
                awaits_answer = true;
                server.write_all(&asked[..length]).await?;
            }
            length = server.read(&mut answered) => {
                let length = length?;
                if length == 0 || (std::mem::take(&mut awaits_answer) && wire.loses_this_answer()) {
                    return Ok(());
                }
                is_dead |= wire.is_silent.load(Ordering::SeqCst);
                if !is_dead {
                    client.write_all(&answered[..length]).await?;
                }
            }
        }
    }
}
