//! Captures the log of the current thread. Each test and all tasks of its server run on one thread.
//!
//! There is one subscriber per process, because `tracing` caches per callsite whether it is enabled: with one
//! subscriber per test, the cached result of another thread could disable a callsite. It also has the layer that
//! measures requests.

use handstamp::lab::server_timing;
use std::{cell::RefCell, io, sync::Once};
use tracing_subscriber::{Layer, filter::dynamic_filter_fn, fmt, layer::SubscriberExt, registry};

thread_local! {
    static CAPTURED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

static SUBSCRIBER: Once = Once::new();

/// Sets the subscriber of the process once. Every server of the tests needs it for `Server-Timing`.
pub(crate) fn subscribe() {
    SUBSCRIBER.call_once(|| {
        let is_captured = dynamic_filter_fn(|_, _| CAPTURED.with_borrow(Option::is_some));
        let log = fmt::layer().with_ansi(false).with_writer(|| ThreadWriter);
        let subscriber = registry().with(server_timing::layer()).with(log.with_filter(is_captured));
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// Captures the log of this thread until it is dropped.
pub(crate) struct Log(());

impl Log {
    pub(crate) fn capture() -> Self {
        subscribe();
        CAPTURED.set(Some(Vec::new()));
        Self(())
    }

    /// The lines that contain a text.
    pub(crate) fn lines(&self, text: &str) -> Vec<String> {
        let captured = CAPTURED.with_borrow(|captured| captured.clone().unwrap_or_default());
        let log = String::from_utf8(captured).unwrap();
        log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        CAPTURED.take();
    }
}

struct ThreadWriter;

impl io::Write for ThreadWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAPTURED.with_borrow_mut(|captured| {
            captured.iter_mut().for_each(|log| log.extend_from_slice(bytes))
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
