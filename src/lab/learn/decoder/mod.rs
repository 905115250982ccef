//! Decodes the access token, and sends forged ones.
//!
//! The DOM contains header and payload, never the signature: without it they are no usable token.

pub mod access_token;
pub mod claims;
pub mod fields;
pub mod forgery;
pub mod forgery_form;
pub mod token;

use super::words::Say;
use crate::ui::show::ShowWhen;
use forgery_form::ForgeryForm;
use handstamp_leptos::client::use_session;
use leptos::prelude::*;
use token::Token;

/// The access token by its parts, and requests with a changed one.
#[component]
pub fn Decoder() -> impl IntoView {
    let session = use_session();
    let has_token = Signal::derive(move || session.token().is_some());
    let has_none = Signal::derive(move || !has_token.get());
    // On the server there is no token, so the client is read only in the browser.
    let parts = Memo::new(move |_| {
        session.token().and_then(|_| access_token::unsigned()).unwrap_or_default()
    });
    view! {
        <section id="decoder" class="card decoder" aria-labelledby="decoder-title">
            <h2 id="decoder-title" tabindex="-1"><Say text="What a ticket says" /></h2>
            <p><Say text="A ticket is a JSON Web Token: three parts, joined by dots. Anyone who holds it can read it, because it is only encoded, not encrypted. No one but the server can write one." /></p>
            <ShowWhen when=has_none>
                <p class="notice"><Say text="There is no ticket to show, because no one is logged in here. Log in, for example as a guest." /></p>
            </ShowWhen>
            <ShowWhen when=has_token>
                <Token parts />
            </ShowWhen>
            <ForgeryForm parts has_token />
            <h3><Say text="Why not the same with the stamp?" /></h3>
            <p><Say text="This page can't: the stamp is in an HttpOnly cookie, which no script can read. It is no JSON Web Token either, but an opaque text that only the server understands. And it lives for weeks: never paste a stamp into a tool, however helpful it looks." /></p>
        </section>
    }
}
