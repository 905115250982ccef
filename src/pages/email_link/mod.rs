//! The pages that e-mail links open. Each has a button, and only the button consumes the link, because mail scanners
//! open links too.
//!
//! The token stays in the URL and is never rendered.

pub mod arrival;
pub mod confirmation;
pub mod login;
pub mod reset;
pub mod undo;
use super::redirect::{take_stored_next, use_leave};
use handstamp_leptos::client;
use handstamp_protocol::types::LinkToken;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The route parameter that holds the token of the link.
pub const TOKEN_PARAM: &str = "token";

/// Returns a callback that reads the token from the URL when it is needed.
fn link_token() -> Callback<(), LinkToken> {
    let params = use_params_map();
    Callback::new(move |()| {
        let token = params.with_untracked(|params| params.get(TOKEN_PARAM));
        LinkToken::new(token.unwrap_or_default())
    })
}

/// Returns a callback that navigates to the page that the user wanted to open before the login, and removes this page
/// from the history, because its URL contains the token.
fn leave_for_next() -> Callback<()> {
    let leave = use_leave();
    Callback::new(move |()| leave(&take_stored_next()))
}

/// Refreshes after an action that has ended all sessions, so that the page shows the logout.
async fn refresh_after_revocation(was_logged_in: bool) {
    if was_logged_in {
        client::refresh_now().await;
    }
}
