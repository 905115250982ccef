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
    let session = RwSignal::new(Snapshot::STARTING);
    provide_context(Session::of(session));
    Effect::new(move || {
        let store = Rc::clone(&page_client().session);
        store.listen(move |snapshot| {
            let _ = session.try_set(snapshot);
        });
        session.set(store.snapshot());
        super::start();
    });
}

/// Returns the session of [`provide_session`]. Without it, the session is always `Starting`.
pub fn use_session() -> Session {
    use_context().unwrap_or_else(|| Session::of(RwSignal::new(Snapshot::STARTING)))
}

/// The session as signals: an effect or a view runs again when what it has read changes. A refresh changes the token,
/// and neither the state nor the user.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    snapshot: ReadSignal<Snapshot>,
    state: Memo<SessionState>,
    user: Memo<Option<User>>,
}

impl Session {
    fn of(snapshot: RwSignal<Snapshot>) -> Self {
        Self {
            snapshot: snapshot.read_only(),
            state: Memo::new(move |_| snapshot.read().state),
            user: Memo::new(move |_| snapshot.read().user.clone()),
        }
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
