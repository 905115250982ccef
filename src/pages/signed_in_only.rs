//! The route guard: waits for the boot refresh, then shows the page or asks to log in.

use super::return_to::log_in_address;
use crate::auth::client::{
    session::{SessionState, SignedOutReason},
    use_session,
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// Shows its children to somebody who is logged in.
///
/// Whoever isn't goes to the login page and comes back after it; whoever logs out on this page goes home.
#[component]
pub fn SignedInOnly(children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    let state = Memo::new(move |_| session.with(|session| session.state));
    // Nobody's data stays on the screen when somebody else logs in.
    let user = Memo::new(move |_| {
        session.with(|session| session.user.as_ref().map(|user| user.id.clone()))
    });
    let log_in = log_in_address();
    let navigate = use_navigate();
    Effect::new(move |was_signed_in: Option<bool>| {
        let instead = NavigateOptions { replace: true, ..NavigateOptions::default() };
        match state.get() {
            SessionState::SignedOut(
                SignedOutReason::LoggedOut | SignedOutReason::LoggedOutUnconfirmed,
            ) if was_signed_in == Some(true) => navigate("/", instead),
            SessionState::SignedOut(_) => navigate(&log_in.get_untracked(), instead),
            _ => {}
        }
        user.with_untracked(Option::is_some)
    });
    let children = StoredValue::new(children);
    view! {
        <Show when=move || user.with(Option::is_some) fallback=move || view! { <Waiting state /> }>
            <For each=move || user.get() key=Clone::clone let:_who>
                {children.with_value(|children| children())}
            </For>
        </Show>
    }
}

#[component]
fn Waiting(state: Memo<SessionState>) -> impl IntoView {
    let text = move || match state.get() {
        SessionState::Offline => "Waiting for the server…",
        _ => "One moment…",
    };
    view! { <p class="waiting" role="status">{text}</p> }
}
