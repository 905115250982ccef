//! `/sessions`: the user's sessions, and the security log of the account.

use super::{reauthenticate::ReauthPrompt, require_login::RequireLogin};
use crate::ui::{
    datetime::moment,
    notice::{ErrorNotice, LoadError, LoadState},
    reauth_gate::ReauthGate,
    reloadable::Reloadable,
    show::ShowWhen,
    submission::Submission,
};
use handstamp_leptos::client::api::{delete, get};
use handstamp_protocol::{
    json_api::{Events, ListedEvent, ListedSession, Sessions as Listed},
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The sessions page.
#[component]
pub fn Sessions() -> impl IntoView {
    view! {
        <Title text="Sessions" />
        <RequireLogin>
            <h1>"Your sessions"</h1>
            <Overview />
        </RequireLogin>
    }
}

#[component]
fn Overview() -> impl IntoView {
    let sessions = Reloadable::new(|| get::<Listed>("/api/sessions"));
    let events = Reloadable::new(|| get::<Events>("/api/events"));
    let gate = ReauthGate::new();
    let form = Submission::new();
    let end = Callback::new(move |id: String| {
        gate.run(
            form,
            move || {
                let path = format!("/api/sessions/{id}");
                async move {
                    delete(&path).await?;
                    sessions.load();
                    events.load();
                    Ok(())
                }
            },
            || (),
        );
    });
    let list =
        Signal::derive(move || sessions.value.get().map(|read| read.sessions).unwrap_or_default());
    let past_events =
        Signal::derive(move || events.value.get().map(|read| read.events).unwrap_or_default());
    let has_others = Signal::derive(move || list.get().len() > 1);
    let busy = form.busy;
    view! {
        <ReauthPrompt gate />
        <ErrorNotice error=form.error />
        <ul class="posts" aria-label="Sessions, the one used last first">
            <For each=move || list.get() key=|session| (session.id.clone(), session.last_seen_at.clone()) let:session>
                <Session session end busy />
            </For>
        </ul>
        <LoadState is_loading=sessions.is_loading() error=sessions.error retry=sessions.retry() />
        <ShowWhen when=has_others>
            <p class="actions">
                <button type="button" class="button button-danger" disabled=busy on:click=move |_| end.run("others".to_owned())>
                    "End all others"
                </button>
            </p>
        </ShowWhen>
        <section class="card card-quiet">
            <h2>"What happened"</h2>
            <p class="hint">"Something here that wasn't you? End the sessions you don't know, and " <a href=paths::ACCOUNT>"change your password"</a> "."</p>
            <ol class="events" aria-label="Events, newest first">
                <For each=move || past_events.get() key=|event| event.id.clone() let:event>
                    <SecurityEvent event />
                </For>
            </ol>
            <LoadError error=events.error retry=events.retry() />
        </section>
    }
}

#[component]
fn Session(session: ListedSession, end: Callback<String>, busy: RwSignal<bool>) -> impl IntoView {
    let ListedSession { id, current, created_at, last_seen_at, device, user_agent, ip, .. } =
        session;
    let device = device.or(user_agent).unwrap_or_else(|| "Unknown device".to_owned());
    let place = ip.unwrap_or_else(|| "an unknown address".to_owned());
    let is_other = Signal::stored(!current);
    let facts = format!(
        "Last seen {} · since {} · from {place}",
        moment(&last_seen_at),
        moment(&created_at)
    );
    let label = format!("End the session of {device}");
    view! {
        <li class="card post">
            <h2><bdi>{device}</bdi></h2>
            <p class="post-by">{facts}</p>
            <ShowWhen when=Signal::stored(current)>
                <p class="badge">"This session"</p>
            </ShowWhen>
            <ShowWhen when=is_other>
                <button type="button" class="button button-quiet button-small" aria-label=label.clone() disabled=busy on:click={
                    let id = id.clone();
                    move |_| end.run(id.clone())
                }>
                    "End it"
                </button>
            </ShowWhen>
        </li>
    }
}

#[component]
fn SecurityEvent(event: ListedEvent) -> impl IntoView {
    let ListedEvent { sentence, at, device, network, .. } = event;
    let place: Vec<String> = [device, network].into_iter().flatten().collect();
    let place = place.into_iter().map(|part| view! { " · " <bdi>{part}</bdi> }).collect_view();
    view! {
        <li>
            <p>{sentence}</p>
            <p class="post-by">{moment(&at)} {place}</p>
        </li>
    }
}
