//! What the browser half does, step by step: one stream, which tests assert on and the lab draws.

use super::state::SignedOutReason;
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
};

/// What a request shows to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// No token.
    Nothing,
    /// The access token of this generation in this client.
    AccessToken(u64),
    /// The refresh token, which the browser adds by itself.
    RefreshToken,
}

/// One step. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A request left.
    Sent {
        /// Counts the requests of this client.
        call: u64,
        /// `GET`, `POST`, …
        method: String,
        /// Without the query.
        path: String,
        /// What it shows.
        shows: Shows,
    },
    /// A request was answered, or nobody waits for its answer any more.
    Answered {
        /// Which.
        call: u64,
        /// The HTTP status; 0 when there was no answer.
        status: u16,
        /// `Server-Timing`: the server's own account.
        server: Option<String>,
    },
    /// The interceptor caught the server's refusal of the token.
    TokenRefused {
        /// Without the query.
        path: String,
        /// 401, or 403 where the server is set so.
        status: u16,
    },
    /// Someone else's refresh was under way and serves this request too.
    RefreshJoined,
    /// A new access token is held.
    TokenReplaced {
        /// Its generation in this client.
        generation: u64,
    },
    /// Another tab's login or refresh brought the access token that is held now.
    TokenReceived {
        /// Its generation in this client.
        generation: u64,
    },
    /// A request leaves for the second and last time.
    Retried {
        /// Without the query.
        path: String,
    },
    /// The session is over for this client.
    SignedOut {
        /// Why.
        reason: SignedOutReason,
    },
}

/// A step, and when it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted {
    /// In milliseconds of the monotonic clock.
    pub at: f64,
    /// The step.
    pub event: Event,
}

type Listener = Rc<dyn Fn(&Noted)>;

/// Keeps the last events and tells who listens.
pub struct Trace {
    now: Box<dyn Fn() -> f64>,
    kept: RefCell<VecDeque<Noted>>,
    listeners: RefCell<Vec<(u64, Listener)>>,
    listened: Cell<u64>,
}

const KEPT: usize = 1000;

impl Trace {
    /// Nothing has happened yet. `now` is the monotonic clock.
    pub fn new(now: impl Fn() -> f64 + 'static) -> Self {
        Self {
            now: Box::new(now),
            kept: RefCell::default(),
            listeners: RefCell::default(),
            listened: Cell::default(),
        }
    }

    /// Notes a step.
    pub fn note(&self, event: Event) {
        let noted = Noted { at: (self.now)(), event };
        let listeners = self.listeners.borrow().clone();
        for (_, listener) in listeners {
            listener(&noted);
        }
        let mut kept = self.kept.borrow_mut();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(noted);
    }

    /// Calls `listener` at every step from now on, until what this answers is dropped.
    pub fn listen(self: &Rc<Self>, listener: impl Fn(&Noted) + 'static) -> Listening {
        let id = self.listened.get() + 1;
        self.listened.set(id);
        self.listeners.borrow_mut().push((id, Rc::new(listener)));
        Listening { trace: Rc::downgrade(self), id }
    }

    /// The last steps, oldest first.
    pub fn kept(&self) -> Vec<Noted> {
        self.kept.borrow().iter().cloned().collect()
    }

    /// The same without their times.
    pub fn events(&self) -> Vec<Event> {
        self.kept.borrow().iter().map(|noted| noted.event.clone()).collect()
    }

    /// Forgets the steps that are kept.
    pub fn clear(&self) {
        self.kept.borrow_mut().clear();
    }
}

/// Listens to a trace until it is dropped.
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
