//! `/outbox`: the mail of a demo, which is not sent.

use crate::ui::{datetime::moment, notice::LoadError, reloadable::Reloadable, show::ShowWhen};
use handstamp_leptos::{client::api::get, server_functions::open_outbox};
use handstamp_protocol::{
    error::AppError,
    json_api::{Outbox as Mails, OutboxMail},
};
use leptos::{ev, prelude::*};
use leptos_meta::Title;

/// Loads the mail. If the URL contains the key that the server printed, the page sends it to the server first.
async fn load() -> Result<Mails, AppError> {
    let location = window().location();
    let key = location.hash().unwrap_or_default();
    if let Some(key) = key.strip_prefix('#').filter(|key| !key.is_empty()) {
        // Removes the key from the URL and from the history.
        let path = location.pathname().unwrap_or_default();
        let _ = window()
            .history()
            .and_then(|history| history.replace_state_with_url(&history.state()?, "", Some(&path)));
        open_outbox(key.to_owned()).await?;
    }
    get("/api/outbox").await
}

/// The outbox.
#[component]
pub fn Outbox() -> impl IntoView {
    let mails = Reloadable::new(load);
    // The user may enter the key while the page is open; a change of the fragment loads no document.
    let keyed = window_event_listener(ev::hashchange, move |_| mails.load());
    on_cleanup(move || keyed.remove());
    let list = Signal::derive(move || mails.value.get().map(|read| read.mails).unwrap_or_default());
    let is_empty =
        Signal::derive(move || mails.value.get().is_some_and(|read| read.mails.is_empty()));
    view! {
        <Title text="Outbox" />
        <h1>"Outbox"</h1>
        <p>"This is a demo and sends no mail. What it would have sent is kept here for a day."</p>
        <p class="actions">
            <button type="button" class="button button-quiet" on:click=move |_| mails.load()>"Load again"</button>
        </p>
        <ShowWhen when=is_empty>
            <p class="empty">"No mail yet."</p>
        </ShowWhen>
        <LoadError error=mails.error retry=mails.retry() />
        <ol class="posts" aria-label="Mail, newest first">
            <For each=move || list.get() key=|mail| format!("{}{}", mail.at, mail.subject) let:mail>
                <Mail mail />
            </For>
        </ol>
    }
}

#[component]
fn Mail(mail: OutboxMail) -> impl IntoView {
    let OutboxMail { to, subject, text, link, at } = mail;
    // Relative, because this page may be open under another origin than the public URL.
    let path = link
        .map(|link| link.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default());
    let has_link = Signal::stored(path.is_some());
    let path = path.unwrap_or_default();
    view! {
        <li class="card post">
            <h2 dir="auto">{subject}</h2>
            <p class="post-by">"To " <bdi>{to}</bdi> {format!(" · {}", moment(&at))}</p>
            <p class="post-body" dir="auto">{text}</p>
            <ShowWhen when=has_link>
                <p class="actions"><a class="button" href=path.clone()>"Open the link"</a></p>
            </ShowWhen>
        </li>
    }
}
