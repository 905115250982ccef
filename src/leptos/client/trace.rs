//! The steps of the client as a stream of events, which tests assert on and the lab draws.

use super::state::LogoutReason;
use serde::{Deserialize, Serialize};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
};

/// The token that a request contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    /// No token.
    Nothing,
    /// The access token of this generation in this client.
    AccessToken(u64),
    /// The refresh token, which the browser adds as a cookie.
    RefreshToken,
}

/// One step. It contains no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A request was sent.
    Sent {
        /// The number of the request in this client.
        call: u64,
        /// `GET`, `POST`, …
        method: String,
        /// Without the query.
        path: String,
        /// Its token.
        shows: Visibility,
    },
    /// A request was answered, failed, or its caller no longer waits for a response.
    Answered {
        /// The number of the request.
        call: u64,
        /// The HTTP status; 0 if there was no response.
        status: u16,
        /// `Server-Timing`.
        server: Option<String>,
    },
    /// The server refused the access token.
    TokenRefused {
        /// Without the query.
        path: String,
        /// 401, or 403 if the server is configured for it.
        status: u16,
    },
    /// A caller joined the refresh that was running.
    RefreshJoined,
    /// A new access token is held.
    TokenReplaced {
        /// Its generation in this client.
        generation: u64,
    },
    /// The access token of another tab's login or refresh is held now.
    TokenReceived {
        /// Its generation in this client.
        generation: u64,
    },
    /// A request is sent for the second and last time.
    Retried {
        /// Without the query.
        path: String,
    },
    /// The session is over for this client.
    LoggedOut {
        /// Why.
        reason: LogoutReason,
    },
}

/// A step with its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// In milliseconds of the monotonic clock.
    pub at: f64,
    /// The step.
    pub event: Event,
}

type Listener = Rc<dyn Fn(&Entry)>;

/// Stores the last events and notifies the listeners.
pub struct Trace {
    now: Box<dyn Fn() -> f64>,
    entries: RefCell<VecDeque<Entry>>,
    listeners: RefCell<Vec<(u64, Listener)>>,
    last_listener: Cell<u64>,
}

const MAX_ENTRIES: usize = 1000;

impl Trace {
    /// Returns an empty trace. `now` is the monotonic clock.
    pub fn new(now: impl Fn() -> f64 + 'static) -> Self {
        Self {
            now: Box::new(now),
            entries: RefCell::default(),
            listeners: RefCell::default(),
            last_listener: Cell::default(),
        }
    }

    /// Records a step.
    pub fn record(&self, event: Event) {
        let entry = Entry { at: (self.now)(), event };
        let listeners = self.listeners.borrow().clone();
        for (_, listener) in listeners {
            listener(&entry);
        }
        let mut entries = self.entries.borrow_mut();
        if entries.len() == MAX_ENTRIES {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    /// Calls `listener` at every further step, until the returned handle is dropped.
    pub fn listen(self: &Rc<Self>, listener: impl Fn(&Entry) + 'static) -> Listening {
        let id = self.last_listener.get() + 1;
        self.last_listener.set(id);
        self.listeners.borrow_mut().push((id, Rc::new(listener)));
        Listening { trace: Rc::downgrade(self), id }
    }

    /// Returns the last steps, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.borrow().iter().cloned().collect()
    }

    /// Returns the last steps without their times.
    pub fn events(&self) -> Vec<Event> {
        self.entries.borrow().iter().map(|entry| entry.event.clone()).collect()
    }

    /// Removes all entries.
    pub fn clear(&self) {
        self.entries.borrow_mut().clear();
    }
}

/// Unregisters a listener on drop.
pub struct Listening {
    trace: Weak<Trace>,
    id: u64,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(trace) = self.trace.upgrade() {
            trace.listeners.borrow_mut().retain(|(id, _)| *id != self.id);
        }
    }
}
