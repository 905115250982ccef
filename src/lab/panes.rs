//! What the page knows about its two tokens.

use super::{
    learn::words::{Say, Words, use_words},
    recorder::Recorder,
};
use crate::ui::{
    live_text::LiveText,
    show::ShowWhen,
    stamp::Stamp,
    ticket::{Ticket, use_clock},
};
use handstamp_leptos::client::use_session;
use leptos::prelude::*;

/// Both tokens: where each of them is, and what the page can know about it.
#[component]
pub fn TokenPanes(recorder: Recorder) -> impl IntoView {
    let session = use_session();
    let clock = use_clock();
    let has_session = Signal::derive(move || session.user().is_some());
    let token = Memo::new(move |_| recorder.refresh_token());
    let generation = Signal::derive(move || {
        let unknown = "known after the next refresh".to_owned();
        token.get().map_or(unknown, |token| token.report.generation)
    });
    let age = Signal::derive(move || {
        let unknown = "–".to_owned();
        token
            .get()
            .map_or(unknown, |token| format!("{} ago", span(clock.get() - token.reported_at)))
    });
    let left = Signal::derive(move || {
        session.get().ends_at.map_or("–".to_owned(), |end| span(end - clock.get()))
    });
    // The pictures have the picture's words in them.
    let words = use_words();
    let has_picture = Signal::derive(move || words.get() == Words::Picture);
    let text = |text: &str| Signal::stored(text.to_owned());
    view! {
        <section class="pane" aria-labelledby="ticket-title">
            <h2 id="ticket-title"><Say text=text("Your ticket") /></h2>
            <ShowWhen when=has_picture><Ticket /></ShowWhen>
            <p class="hint"><Say text=text("The access token, in the memory of this page. Its name in the diagram is the end of its id (jti).") /></p>
        </section>
        <section class="pane" aria-labelledby="stamp-title">
            <h2 id="stamp-title"><Say text=text("Your stamp") /></h2>
            <ShowWhen when=has_picture><Stamp /></ShowWhen>
            <ShowWhen when=has_session>
                <dl class="facts">
                    <dt>"Generation (times replaced)"</dt><dd data-testid="stamp-generation"><LiveText text=generation /></dd>
                    <dt>"Last replaced"</dt><dd translate="no"><LiveText text=age /></dd>
                    <dt>"The session ends in"</dt><dd translate="no"><LiveText text=left /></dd>
                </dl>
            </ShowWhen>
            <p class="hint">"The refresh token, in an HttpOnly cookie. Not even this page's own code can read it, so a malicious script can't steal it. The browser sends it only to paths under /auth."</p>
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
