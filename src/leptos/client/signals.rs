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
    /// The snapshot of the last change of the state. Signals of one type are smaller as WASM.
    state: RwSignal<Snapshot>,
    /// The snapshot of the last change of the user.
    user: RwSignal<Snapshot>,
}

impl Session {
    fn starting() -> Self {
        let [snapshot, state, user] = [(); 3].map(|()| RwSignal::new(Snapshot::STARTING));
        Self { snapshot, state, user }
    }

    /// Notifies the readers of what has changed. Does nothing if the component of [`provide_session`] is gone.
    fn set(self, snapshot: Snapshot) {
        let changes = |signal: RwSignal<Snapshot>, is_other: fn(&Snapshot, &Snapshot) -> bool| {
            signal.try_get_untracked().is_some_and(|last| is_other(&last, &snapshot))
        };
        if changes(self.state, |last, new| last.state != new.state) {
            let _ = self.state.try_set(snapshot.clone());
        }
        if changes(self.user, |last, new| last.user != new.user) {
            let _ = self.user.try_set(snapshot.clone());
        }
        let _ = self.snapshot.try_set(snapshot);
    }

    /// Everything that is known of it.
    pub fn get(self) -> Snapshot {
        self.snapshot.get()
    }

    /// Whether a user is logged in.
    pub fn state(self) -> SessionState {
        self.state.get().state
    }

    /// The user who is logged in.
    pub fn user(self) -> Option<User> {
        self.user.get().user
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
