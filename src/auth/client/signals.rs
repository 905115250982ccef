//! The session as a signal, for the components of a page.

use super::{
    interceptor,
    session::{SessionState, Snapshot},
};
use leptos::prelude::*;

const STARTING: Snapshot = Snapshot { state: SessionState::Starting, user: None, token: None };

/// Provides the session to all components below. While the server renders it stands at `Starting`,
/// and so it does in the browser until the page is hydrated: nothing flickers from wrong to right.
pub fn provide_session() {
    let session = RwSignal::new(STARTING);
    provide_context(ReadOnlySession(session.read_only()));
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
pub fn use_session() -> ReadSignal<Snapshot> {
    use_context::<ReadOnlySession>()
        .map_or_else(|| RwSignal::new(STARTING).read_only(), |session| session.0)
}

#[derive(Clone, Copy)]
struct ReadOnlySession(ReadSignal<Snapshot>);
