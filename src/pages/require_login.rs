//! The route guard: waits for the first refresh, and then shows the page or redirects to the login page.

use super::redirect::{log_in_url, use_leave};
use crate::ui::{
    live_text::LiveText,
    show::{Keyed, ShowWhen},
};
use handstamp_leptos::client::{
    state::{LogoutReason, SessionState, Snapshot},
    use_session,
};
use handstamp_protocol::{error::EndReason, paths};
use leptos::prelude::*;

/// Shows its children to a user who is logged in.
///
/// Other users are redirected to the login page, and back after the login. A user who logs out on this page, or
/// deletes the account, is redirected to the home page.
#[component]
pub fn RequireLogin(children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    // Renders the children again for another user, so that no data of the previous one stays visible.
    let user = Signal::derive(move || session.user().map(|user| user.id));
    let is_waiting = Signal::derive(move || session.user().is_none());
    let log_in = log_in_url();
    let leave = use_leave();
    Effect::new(move |before: Option<(SessionState, bool)>| {
        let Snapshot { state, user, .. } = session.get();
        let was_logged_in = match before {
            Some(before) if before.0 == state => return before,
            before => before.is_some_and(|before| before.1),
        };
        match state {
            SessionState::LoggedOut(
                LogoutReason::LoggedOut
                | LogoutReason::LoggedOutUnconfirmed
                | LogoutReason::Revoked(Some(EndReason::AccountDeleted)),
            ) if was_logged_in => leave(paths::HOME),
            SessionState::LoggedOut(_) => leave(&log_in.get_untracked()),
            _ => {}
        }
        (state, user.is_some())
    });
    let text = Signal::derive(move || {
        match session.state() {
            SessionState::Offline(_) => "Waiting for the server…",
            _ => "Loading…",
        }
        .to_owned()
    });
    view! {
        <Keyed key=user children />
        <ShowWhen when=is_waiting>
            <p class="loading" role="status"><LiveText text /></p>
        </ShowWhen>
    }
}
