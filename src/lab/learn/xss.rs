//! Runs what an injected script could run, and says what no storage prevents.

use super::{
    stored::{self, Entry, Read},
    words::Say,
};
use crate::ui::show::ShowWhen;
use leptos::prelude::*;

/// The button that reads cookies and storage, and the limits of `HttpOnly`.
#[component]
pub fn Xss() -> impl IntoView {
    let reads = RwSignal::new(Vec::<Read>::new());
    let has_run = Signal::derive(move || !reads.with(Vec::is_empty));
    view! {
        <section id="xss" class="card xss" aria-labelledby="xss-title">
            <h2 id="xss-title" tabindex="-1">"If a malicious script runs in the page"</h2>
            <p><Say text="An injected script (XSS) runs with the rights of this page. This button runs the three lines with which most of them begin, here and for real, and shows what they get." /></p>
            <p class="actions"><button type="button" class="button button-quiet" on:click=move |_| reads.set(stored::read_all())>"Run what an injected script could run"</button></p>
            <div role="status" data-testid="xss-result">
                <ShowWhen when=has_run>
                    <dl class="reads">{move || reads.get().into_iter().map(rows_of).collect::<Vec<_>>()}</dl>
                    <p class="outcome"><Say text="No ticket and no stamp: the stamp's cookie is HttpOnly, so document.cookie leaves it out, and the ticket is in the memory of the page's program. What the script does get opens nothing." /></p>
                </ShowWhen>
            </div>
            <h3>"What no storage prevents"</h3>
            <p><Say text="A script in the page doesn't need to steal anything. While the page is open, it can act as you:" /></p>
            <ul>
                <li><Say text="It can call the API; the server can't tell the script from the page." /></li>
                <li><Say text="It can make the browser refresh, and read the new ticket from the answer. That ticket works elsewhere until it expires." /></li>
                <li><Say text="It can read what the page shows, and ask you for your password in a form of its own." /></li>
            </ul>
            <p><Say text="HttpOnly limits the damage: the stamp stays in the browser, so the thief loses the session when you close the page and the last ticket has expired. What keeps scripts out is the rest: a content security policy without inline scripts, escaped output, and few dependencies." />" "<a href="https://datatracker.ietf.org/doc/html/draft-ietf-oauth-browser-based-apps#section-5.1" rel="external noopener" target="_blank">"OAuth 2.0 for Browser-Based Applications §5.1"</a></p>
        </section>
    }
}

fn rows_of(read: Read) -> AnyView {
    let found = match read.entries {
        None => {
            view! { <p class="hint">"The browser refuses to let scripts read this."</p> }.into_any()
        }
        Some(entries) if entries.is_empty() => view! { <p class="hint">"Empty."</p> }.into_any(),
        Some(entries) => {
            let items = entries.into_iter().map(|Entry { name, value }| {
                view! { <li><code translate="no">{format!("{name} = {value}")}</code></li> }
                    .into_any()
            });
            view! { <ul>{items.collect::<Vec<_>>()}</ul> }.into_any()
        }
    };
    view! {
        <div><dt><code translate="no">{read.code}</code></dt><dd>{found}</dd></div>
    }
    .into_any()
}
