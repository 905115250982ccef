//! What the current thread logs. Each test has a thread of its own, with all tasks of its server.
//!
//! One subscriber serves the whole process: with one for each test, what a callsite has found out on another thread
//! would decide whether it logs at all.

use std::{cell::RefCell, io, sync::Once};
use tracing_subscriber::{filter::dynamic_filter_fn, fmt, layer::SubscriberExt, registry};

thread_local! {
    static CAUGHT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

static SUBSCRIBER: Once = Once::new();

/// Catches the log of this thread until it is dropped.
pub(crate) struct Log(());

impl Log {
    pub(crate) fn catch() -> Self {
        SUBSCRIBER.call_once(|| {
            let is_caught = dynamic_filter_fn(|_, _| CAUGHT.with_borrow(Option::is_some));
            let layer = fmt::layer().with_ansi(false).with_writer(|| ThreadWriter);
            let subscriber = registry().with(is_caught).with(layer);
            tracing::subscriber::set_global_default(subscriber).unwrap();
        });
        CAUGHT.set(Some(Vec::new()));
        Self(())
    }

    /// The lines that contain a text.
    pub(crate) fn lines(&self, text: &str) -> Vec<String> {
        let caught = CAUGHT.with_borrow(|caught| caught.clone().unwrap_or_default());
        let log = String::from_utf8(caught).unwrap();
        log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        CAUGHT.take();
    }
}

struct ThreadWriter;

impl io::Write for ThreadWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAUGHT.with_borrow_mut(|caught| {
            caught.iter_mut().for_each(|log| log.extend_from_slice(bytes))
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
