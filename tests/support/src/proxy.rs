//! A faulty proxy: forwards connections to one address, loses responses, cuts connections, or stays silent.

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

/// A proxy on a free port. It stops when this value is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// The address that it listens on.
    pub addr: SocketAddr,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    target: Mutex<String>,
    /// Each change closes all connections.
    cuts: watch::Sender<u64>,
    is_silent: AtomicBool,
    /// Every n-th response is lost; none if this is 0.
    drop_every: AtomicU64,
    responses: AtomicU64,
    dropped: AtomicU64,
}

impl Proxy {
    /// Starts a proxy to `target`, a host and a port.
    ///
    /// # Errors
    /// Fails if no port can be opened.
    pub async fn start(target: impl Into<String>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("opening a proxy")?;
        let state = Arc::new(State {
            target: Mutex::new(target.into()),
            cuts: watch::Sender::new(0),
            is_silent: AtomicBool::new(false),
            drop_every: AtomicU64::new(0),
            responses: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        });
        let addr = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(Self { addr, state, accepting })
    }

    /// Forwards new connections to another address.
    pub fn set_target(&self, target: impl Into<String>) {
        *self.state.target.lock().unwrap_or_else(PoisonError::into_inner) = target.into();
    }

    /// Forwards the request but drops every n-th response and closes its connection. 0 drops none.
    pub fn drop_every(&self, nth: u64) {
        self.state.drop_every.store(nth, Ordering::SeqCst);
    }

    /// Returns how many responses were dropped.
    pub fn dropped(&self) -> u64 {
        self.state.dropped.load(Ordering::SeqCst)
    }

    /// Discards all data in both directions, without closing connections. A connection that has lost data stays silent;
    /// when the fault ends, only new connections work.
    pub fn set_silent(&self, is_silent: bool) {
        self.state.is_silent.store(is_silent, Ordering::SeqCst);
    }

    /// Closes all connections.
    pub fn cut(&self) {
        self.state.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

impl State {
    fn drops_this_response(&self) -> bool {
        let count = self.responses.fetch_add(1, Ordering::SeqCst) + 1;
        let every = self.drop_every.load(Ordering::SeqCst);
        let is_dropped = every > 0 && count.is_multiple_of(every);
        self.dropped.fetch_add(u64::from(is_dropped), Ordering::SeqCst);
        is_dropped
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((client, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let mut cuts = state.cuts.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                // An error closes both sides, as without a proxy.
                _ = forward(client, &state) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

/// Forwards bytes in both directions until either side closes. The first bytes from the server after a request are a
/// response.
async fn forward(mut client: TcpStream, state: &State) -> anyhow::Result<()> {
    let target = state.target.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut request, mut response) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let (mut awaits_response, mut is_silent) = (false, false);
    loop {
        tokio::select! {
            length = client.read(&mut request) => {
                let length = length?;
                if length == 0 {
                    return Ok(());
                }
                is_silent |= state.is_silent.load(Ordering::SeqCst);
                if is_silent {
                    continue;
                }
                awaits_response = true;
                server.write_all(&request[..length]).await?;
            }
            length = server.read(&mut response) => {
                let length = length?;
                if length == 0 || (std::mem::take(&mut awaits_response) && state.drops_this_response()) {
                    return Ok(());
                }
                is_silent |= state.is_silent.load(Ordering::SeqCst);
                if !is_silent {
                    client.write_all(&response[..length]).await?;
                }
            }
        }
    }
}
