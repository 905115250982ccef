//! The route guard: waits for the boot refresh, then shows the page or asks to log in.

use super::redirect::{log_in_address, use_leave};
use crate::{
    auth::client::{
        state::{SessionState, SignedOutReason, Snapshot},
        use_session,
    },
    protocol::error::EndReason,
    ui::{
        live_text::LiveText,
        show::{Keyed, Shown},
    },
};
use leptos::prelude::*;

/// Shows its children to somebody who is logged in.
///
/// Whoever isn't goes to the login page and comes back after it; whoever logs out on this page, or deletes
/// the account, goes home.
#[component]
pub fn SignedInOnly(children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    // Nobody's data stays on the screen when somebody else logs in.
    let user = Signal::derive(move || session.user().map(|user| user.id));
    let is_waiting = Signal::derive(move || session.user().is_none());
    let log_in = log_in_address();
    let leave = use_leave();
    Effect::new(move |before: Option<(SessionState, bool)>| {
        let Snapshot { state, user, .. } = session.get();
        let was_signed_in = match before {
            Some(before) if before.0 == state => return before,
            before => before.is_some_and(|before| before.1),
        };
        match state {
            SessionState::SignedOut(
                SignedOutReason::LoggedOut
                | SignedOutReason::LoggedOutUnconfirmed
                | SignedOutReason::Revoked(Some(EndReason::AccountDeleted)),
            ) if was_signed_in => leave("/"),
            SessionState::SignedOut(_) => leave(&log_in.get_untracked()),
            _ => {}
        }
        (state, user.is_some())
    });
    let text = Signal::derive(move || {
        match session.state() {
            SessionState::Offline(_) => "Waiting for the server…",
            _ => "One moment…",
        }
        .to_owned()
    });
    view! {
        <Keyed key=user children />
        <Shown when=is_waiting>
            <p class="waiting" role="status"><LiveText text /></p>
        </Shown>
    }
}
