//! `/outbox`: the mail of a demo, which is not sent.

use crate::ui::{
    datetime::RelativeTime, notice::LoadError, reloadable::Reloadable, show::ShowWhen,
};
use handstamp_leptos::{client::api::get, server_functions::open_outbox};
use handstamp_protocol::{
    error::AppError,
    json_api::{LinkState, Outbox as Mails, OutboxMail},
    paths,
};
use leptos::{ev, prelude::*};
use leptos_meta::Title;
use std::time::Duration;
use web_sys::VisibilityState;

/// How often the page looks for new mail.
const RELOAD_INTERVAL: Duration = Duration::from_secs(5);

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
    reload_while_visible(mails);
    let list = Signal::derive(move || mails.value.get().map(|read| read.mails).unwrap_or_default());
    let is_empty =
        Signal::derive(move || mails.value.get().is_some_and(|read| read.mails.is_empty()));
    view! {
        <Title text="Outbox" />
        <h1>"Outbox"</h1>
        <p>"This demo doesn't send email. Messages appear here for 24 hours."</p>
        <LoadError error=mails.error retry=mails.retry() />
        <ShowWhen when=is_empty>
            <div class="empty">
                <p>"No messages yet. Sign up, or request a login link, and the message appears here."</p>
                <p><a href=paths::MAGIC_LINK>"Request a login link"</a></p>
            </div>
        </ShowWhen>
        <ol class="posts" aria-label="Messages, newest first">
            <For each=move || list.get() key=key let:mail>
                <Mail mail />
            </For>
        </ol>
    }
}

/// Loads the mail again every few seconds while the page is visible, and when it becomes visible.
fn reload_while_visible(mails: Reloadable<Mails>) {
    let reload = move || {
        // After an error, the user decides when to try again.
        let may_reload = mails.error.try_get_untracked().is_some_and(|error| error.is_none());
        if may_reload && document().visibility_state() == VisibilityState::Visible {
            mails.load();
        }
    };
    Effect::new(move || {
        if let Ok(reloading) = set_interval_with_handle(reload, RELOAD_INTERVAL) {
            on_cleanup(move || reloading.clear());
        }
    });
    let shown = window_event_listener(ev::visibilitychange, move |_| reload());
    on_cleanup(move || shown.remove());
}

/// Identifies what is shown of a message: the state of its link may change.
fn key(mail: &OutboxMail) -> String {
    format!("{} {} {:?}", mail.at, mail.subject, mail.link_state)
}

#[component]
fn Mail(mail: OutboxMail) -> impl IntoView {
    let OutboxMail { from, to, subject, text, link, link_state, at } = mail;
    let (before, after) = around_link(&text, link.as_deref());
    let link = link.unwrap_or_default();
    let has_link = Signal::stored(!link.is_empty());
    let has_more = Signal::stored(!after.is_empty());
    // Relative, because this page may be open under another origin than the public URL.
    let path = link.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
    let state = match link_state {
        Some(LinkState::Used) => "Link used",
        Some(LinkState::Expired) => "Link expired",
        Some(LinkState::Valid) | None => "",
    };
    let is_over = Signal::stored(!state.is_empty());
    view! {
        <li class="card mail">
            <h2 dir="auto">{subject}</h2>
            <dl class="facts">
                <dt>"From"</dt>
                <dd><bdi>{from}</bdi></dd>
                <dt>"To"</dt>
                <dd><bdi>{to}</bdi></dd>
                <dt>"Received"</dt>
                <dd><RelativeTime at=Signal::stored(at) /></dd>
            </dl>
            <p class="post-body" dir="auto">{before}</p>
            <ShowWhen when=has_link>
                <p class="actions">
                    <a class="button button-quiet" href=path.clone() target="_blank" rel="noopener">
                        "Open the link" <span class="visually-hidden">" in a new tab"</span>
                    </a>
                    <ShowWhen when=is_over>
                        <span class="badge badge-warning">{state}</span>
                    </ShowWhen>
                </p>
                <p class="mail-link"><bdi translate="no">{link.clone()}</bdi></p>
            </ShowWhen>
            <ShowWhen when=has_more>
                <p class="post-body" dir="auto">{after.clone()}</p>
            </ShowWhen>
        </li>
    }
}

/// Returns the text before and after the paragraph of the link, which the page shows as a button.
fn around_link(text: &str, link: Option<&str>) -> (String, String) {
    let paragraphs: Vec<&str> = text.trim_end().split("\n\n").collect();
    let position =
        link.and_then(|link| paragraphs.iter().position(|paragraph| paragraph.contains(link)));
    match position {
        Some(position) => {
            (paragraphs[..position].join("\n\n"), paragraphs[position + 1..].join("\n\n"))
        }
        None => (paragraphs.join("\n\n"), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paragraph_of_the_link_is_left_out() {
        let link = "http://localhost/magic/x";
        let text = format!("Hi.\n\nLog in:\n{link}\n\nNot you?\n\nHandstamp\n");
        let (before, after) = around_link(&text, Some(link));
        assert_eq!((before.as_str(), after.as_str()), ("Hi.", "Not you?\n\nHandstamp"));
        let (whole, nothing) = around_link("Hi.\n\nHandstamp\n", None);
        assert_eq!((whole.as_str(), nothing.as_str()), ("Hi.\n\nHandstamp", ""));
    }
}
