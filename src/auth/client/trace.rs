//! What the browser half does, step by step: one stream, which tests assert on and the page may draw.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

/// One step. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A request left with the token of this generation; 0 for none.
    RequestSent {
        /// `GET`, `POST`, …
        method: String,
        /// Without the query.
        path: String,
        /// The token's generation in this client.
        generation: u64,
    },
    /// The server refused the token.
    TokenRefused {
        /// Without the query.
        path: String,
        /// 401, or 403 where the server is set so.
        status: u16,
    },
    /// A refresh left.
    RefreshStarted,
    /// Someone else's refresh was under way and serves this request too.
    RefreshJoined,
    /// The refresh was answered; 0 when it was not.
    RefreshAnswered {
        /// The HTTP status.
        status: u16,
    },
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
    SignedOut,
}

type Listener = Rc<dyn Fn(&Event)>;

/// Keeps the last events and tells who listens.
#[derive(Default)]
pub struct Trace {
    events: RefCell<VecDeque<Event>>,
    listeners: RefCell<Vec<Listener>>,
}

const KEPT: usize = 1000;

impl Trace {
    /// Notes a step.
    pub fn note(&self, event: Event) {
        let listeners = self.listeners.borrow().clone();
        for listener in listeners {
            listener(&event);
        }
        let mut events = self.events.borrow_mut();
        if events.len() == KEPT {
            events.pop_front();
        }
        events.push_back(event);
    }

    /// Calls `listener` at every step from now on.
    pub fn listen(&self, listener: impl Fn(&Event) + 'static) {
        self.listeners.borrow_mut().push(Rc::new(listener));
    }

    /// The last steps, oldest first.
    pub fn events(&self) -> Vec<Event> {
        self.events.borrow().iter().cloned().collect()
    }
}
