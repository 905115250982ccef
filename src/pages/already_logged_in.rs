//! What the pages for logging in show to a user who is logged in.

use super::{code_split::login_part, redirect::Visit};
use crate::ui::show::ShowWhen;
use handstamp_leptos::client::{self, use_session};
use leptos::prelude::*;

/// Shows its children, or who is logged in.
#[component]
pub fn UnlessLoggedIn(visit: Visit, next: Signal<String>, children: ChildrenFn) -> impl IntoView {
    let is_logged_in = visit.is_logged_in();
    let is_open = Signal::derive(move || !is_logged_in.get());
    view! {
        <ShowWhen when=is_open>{children()}</ShowWhen>
        <ShowWhen when=is_logged_in>{login_part(|parts| (parts.already_logged_in)(next))}</ShowWhen>
    }
}

/// Says who is logged in, with links to continue or to log out.
#[component]
pub fn AlreadyLoggedIn(next: Signal<String>) -> impl IntoView {
    view! {
        <h1>"You're already logged in"</h1>
        <LoggedInAs />
        <p class="actions">
            <a class="button" href=next>"Continue"</a>
            <button type="button" class="button button-quiet" on:click=move |_| client::log_out()>"Log out"</button>
        </p>
    }
}

/// Says who is logged in.
#[component]
pub fn LoggedInAs() -> impl IntoView {
    let session = use_session();
    let name = Signal::derive(move || session.user().map(|user| user.username).unwrap_or_default());
    view! { <p>"You are logged in as " <strong><bdi translate="no">{name}</bdi></strong> "."</p> }
}
