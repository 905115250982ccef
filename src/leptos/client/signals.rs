//! The session as a signal, for the components of a page.

use super::{
    page_client,
    state::{SessionState, Snapshot, TokenTimes},
};
use handstamp_protocol::types::User;
use leptos::prelude::*;
use std::rc::Rc;

/// Provides the session to all components below. It is `Starting` during server-side rendering and in the browser
/// until the page is hydrated, so that both render the same.
pub fn provide_session() {
    let session = Session::starting();
    provide_context(session);
    Effect::new(move || {
        let store = Rc::clone(&page_client().session);
        store.listen(move |snapshot| session.set(snapshot));
        session.set(store.snapshot());
        super::start();
    });
}

/// Returns the session of [`provide_session`]. Without it, the session is always `Starting`.
pub fn use_session() -> Session {
    use_context().unwrap_or_else(Session::starting)
}

/// The session as signals: an effect or a view runs again when what it has read changes. A refresh changes the token,
/// and neither the state nor the user.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    snapshot: RwSignal<Snapshot>,
    state: RwSignal<SessionState>,
    user: RwSignal<Option<User>>,
}

impl Session {
    fn starting() -> Self {
        Self {
            snapshot: RwSignal::new(Snapshot::STARTING),
            state: RwSignal::new(SessionState::Starting),
            user: RwSignal::new(None),
        }
    }

    /// Notifies the readers of what has changed. Does nothing if the component of [`provide_session`] is gone.
    fn set(self, snapshot: Snapshot) {
        if self.state.try_get_untracked().is_some_and(|state| state != snapshot.state) {
            let _ = self.state.try_set(snapshot.state);
        }
        if self.user.try_get_untracked().is_some_and(|user| user != snapshot.user) {
            let _ = self.user.try_set(snapshot.user.clone());
        }
        let _ = self.snapshot.try_set(snapshot);
    }

    /// Everything that is known of it.
    pub fn get(self) -> Snapshot {
        self.snapshot.get()
    }

    /// Whether a user is logged in.
    pub fn state(self) -> SessionState {
        self.state.get()
    }

    /// The user who is logged in.
    pub fn user(self) -> Option<User> {
        self.user.get()
    }

    /// Whether the first refresh has no response yet.
    pub fn is_starting(self) -> bool {
        self.state() == SessionState::Starting
    }

    /// The generation and lifetime of the access token.
    pub fn token(self) -> Option<TokenTimes> {
        self.get().token
    }
}
