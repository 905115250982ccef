//! The user name in forms that have only a password field.

use handstamp_leptos::client::use_session;
use leptos::prelude::*;

/// A hidden field with the name of the user who is logged in, because password managers store and find a password by
/// it. It is empty if no user is logged in.
#[component]
pub fn UsernameOfForm() -> impl IntoView {
    let session = use_session();
    let name = Signal::derive(move || session.user().map(|user| user.username).unwrap_or_default());
    view! { <input type="text" name="username" autocomplete="username" value=name hidden=true readonly=true /> }
}
