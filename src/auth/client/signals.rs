//! The session as a signal, for the components of a page.

use super::{
    interceptor,
    state::{SessionState, Snapshot, TokenTimes},
};
use crate::protocol::types::User;
use leptos::prelude::*;

/// Provides the session to all components below. While the server renders it stands at `Starting`,
/// and so it does in the browser until the page is hydrated: nothing flickers from wrong to right.
pub fn provide_session() {
    let session = RwSignal::new(Snapshot::STARTING);
    provide_context(Session(session.read_only()));
    Effect::new(move || {
        let store = interceptor();
        store.session().listen(move |snapshot| {
            let _ = session.try_set(snapshot);
        });
        session.set(store.session().snapshot());
        super::start();
    });
}

/// The session, as it is and as it changes.
pub fn use_session() -> Session {
    use_context().unwrap_or_else(|| Session(RwSignal::new(Snapshot::STARTING).read_only()))
}

/// Reads the session. Whatever reads it inside of an effect or a view runs again when it changes.
#[derive(Debug, Clone, Copy)]
pub struct Session(ReadSignal<Snapshot>);

impl Session {
    /// All of it.
    pub fn get(self) -> Snapshot {
        self.0.get()
    }

    /// Where this client stands.
    pub fn state(self) -> SessionState {
        self.get().state
    }

    /// Who is logged in.
    pub fn user(self) -> Option<User> {
        self.get().user
    }

    /// Whether the first refresh is still to be answered.
    pub fn is_starting(self) -> bool {
        self.state() == SessionState::Starting
    }

    /// The times of the access token.
    pub fn token(self) -> Option<TokenTimes> {
        self.get().token
    }
}
