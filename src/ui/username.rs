//! The user name in forms that have only a password field.

use handstamp_leptos::client::use_session;
use leptos::prelude::*;

/// A hidden field with the user name of the account, because password managers store and find a password by it. By
/// default, the account is that of the user who is logged in; the name is empty if there is none.
#[component]
pub fn UsernameOfForm(#[prop(optional)] name: Option<Signal<String>>) -> impl IntoView {
    let session = use_session();
    let name = name.unwrap_or_else(|| {
        Signal::derive(move || session.user().map(|user| user.username).unwrap_or_default())
    });
    view! { <input type="text" name="username" autocomplete="username" value=name hidden=true readonly=true /> }
}
