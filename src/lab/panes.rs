//! What the page knows about its two tokens.

use super::{devtools, recorder::Recorder};
use crate::ui::{
    datetime::moment_of,
    live_text::LiveText,
    show::ShowWhen,
    stamp::Stamp,
    ticket::{Ticket, use_clock},
};
use handstamp_leptos::client::{claims::Claims, use_session};
use leptos::prelude::*;

/// The access token, its remaining life and its claims.
#[component]
pub fn AccessTokenPane() -> impl IntoView {
    let session = use_session();
    let has_token = Signal::derive(move || session.token().is_some());
    let claims = Memo::new(move |_| session.token().and_then(|_| devtools::claims()));
    let claim = move |read: fn(&Claims) -> String| {
        Signal::derive(move || claims.with(|claims| claims.as_ref().map(read).unwrap_or_default()))
    };
    let (iss, aud) = (claim(|claims| claims.iss.clone()), claim(|claims| claims.aud.clone()));
    let (sub, sid) = (claim(|claims| claims.sub.clone()), claim(|claims| claims.sid.clone()));
    let jti = claim(|claims| claims.jti.clone());
    let iat = claim(|claims| moment_of(claims.iat));
    let exp = claim(|claims| moment_of(claims.exp));
    let auth_time = claim(|claims| moment_of(claims.auth_time));
    view! {
        <section class="pane" aria-labelledby="ticket-title">
            <h2 id="ticket-title">"The ticket: your access token"</h2>
            <Ticket />
            <ShowWhen when=has_token>
                <details class="claims">
                    <summary>"What it says"</summary>
                    <dl class="facts">
                        <dt>"iss: the issuer"</dt><dd translate="no">{iss}</dd>
                        <dt>"aud: the audience"</dt><dd translate="no">{aud}</dd>
                        <dt>"sub: you"</dt><dd translate="no">{sub}</dd>
                        <dt>"sid: your session"</dt><dd translate="no">{sid}</dd>
                        <dt>"jti: this ticket"</dt><dd translate="no">{jti}</dd>
                        <dt>"iat: issued"</dt><dd translate="no">{iat}</dd>
                        <dt>"exp: expires"</dt><dd translate="no">{exp}</dd>
                        <dt>"auth_time: you logged in"</dt><dd translate="no">{auth_time}</dd>
                    </dl>
                    <p class="hint">"Anyone who has the token can read this. A change would be detected, because the server's signature would no longer match. The token itself stays in the memory of this page."</p>
                </details>
            </ShowWhen>
        </section>
    }
}

/// The refresh token: its generation, its age and the end of the session.
#[component]
pub fn RefreshTokenPane(recorder: Recorder) -> impl IntoView {
    let session = use_session();
    let clock = use_clock();
    let has_session = Signal::derive(move || session.user().is_some());
    let token = Memo::new(move |_| recorder.refresh_token());
    let generation = Signal::derive(move || {
        token.get().map_or("known after the next refresh".to_owned(), |token| token.generation)
    });
    let age = Signal::derive(move || {
        token.get().map_or("–".to_owned(), |token| span(clock.get() - token.reported_at))
    });
    let left = Signal::derive(move || {
        session.get().ends_at.map_or("–".to_owned(), |end| span(end - clock.get()))
    });
    view! {
        <section class="pane" aria-labelledby="stamp-title">
            <h2 id="stamp-title">"The stamp: your refresh token"</h2>
            <Stamp />
            <ShowWhen when=has_session>
                <dl class="facts">
                    <dt>"Generation: how often it was re-inked"</dt><dd data-testid="stamp-generation"><LiveText text=generation /></dd>
                    <dt>"Inked last"</dt><dd translate="no"><LiveText text=age /> " ago"</dd>
                    <dt>"The session ends in"</dt><dd translate="no"><LiveText text=left /></dd>
                </dl>
                <p class="hint">"Not even this page's own code can read it, because the cookie is HttpOnly. So a malicious script in the page can't steal it. The browser sends it only to paths under /auth."</p>
            </ShowWhen>
        </section>
    }
}

/// Formats milliseconds with the two largest units.
fn span(milliseconds: f64) -> String {
    let seconds = (milliseconds / 1000.0).max(0.0) as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}
