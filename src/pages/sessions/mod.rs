//! `/sessions`: the user's sessions, and the security log of the account.

pub mod activity;
pub mod icons;
pub mod log_out_everywhere;

use super::{
    reauthenticate::ReauthPrompt,
    settings::{HEADING, SettingsPage},
};
use crate::ui::{
    datetime::RelativeTime,
    focus::focus,
    notice::{ErrorNotice, LoadState},
    reauth_gate::ReauthGate,
    reloadable::Reloadable,
    show::ShowWhen,
    submission::Submission,
    toast::Toasts,
};
use activity::{Activity, place};
use handstamp_leptos::client::api::{delete, get};
use handstamp_protocol::json_api::{Events, ListedSession, Sessions as Listed};
use icons::DeviceIcon;
use leptos::prelude::*;
use log_out_everywhere::LogOutEverywhere;

/// The sessions page.
#[component]
pub fn Sessions() -> impl IntoView {
    view! {
        <SettingsPage title="Sessions" heading="Your sessions">
            <Overview />
        </SettingsPage>
    }
}

/// What to end: one session or all others, and the message when it has ended.
#[derive(Clone)]
struct Ending {
    /// The last segment of the path.
    id: String,
    message: String,
}

#[component]
fn Overview() -> impl IntoView {
    let sessions = Reloadable::new(|| get::<Listed>("/api/sessions"));
    let events = Reloadable::new(|| get::<Events>("/api/events"));
    let gate = ReauthGate::new();
    let (form, toasts) = (Submission::new(), Toasts::current());
    let end = Callback::new(move |ending: Ending| {
        gate.run(
            form,
            move || {
                let Ending { id, message } = ending.clone();
                let path = format!("/api/sessions/{id}");
                async move {
                    delete(&path).await?;
                    toasts.show(message);
                    sessions.load();
                    events.load();
                    // The button is about to be removed.
                    focus(HEADING);
                    Ok(())
                }
            },
            || (),
        );
    });
    let list =
        Signal::derive(move || sessions.value.get().map(|read| read.sessions).unwrap_or_default());
    let has_others = Signal::derive(move || list.get().len() > 1);
    let busy = form.busy;
    let end_others = move |_| {
        let message = "Logged out all other devices.".to_owned();
        end.run(Ending { id: "others".to_owned(), message });
    };
    view! {
        <ReauthPrompt gate />
        <ErrorNotice error=form.error />
        <ul class="card sessions" aria-label="Sessions, the one used last first">
            <For each=move || list.get() key=|session| (session.id.clone(), session.last_seen_at.clone()) let:session>
                <Session session end busy />
            </For>
        </ul>
        <LoadState is_loading=sessions.is_loading() error=sessions.error retry=sessions.retry() />
        <ShowWhen when=has_others>
            <p class="actions">
                <button type="button" class="button button-danger" disabled=busy on:click=end_others>"Log out all other devices"</button>
            </p>
        </ShowWhen>
        <Activity events />
        <LogOutEverywhere />
    }
}

#[component]
fn Session(session: ListedSession, end: Callback<Ending>, busy: RwSignal<bool>) -> impl IntoView {
    let ListedSession {
        id,
        current,
        created_at,
        last_seen_at,
        expires_at,
        device,
        user_agent,
        network,
        ..
    } = session;
    let device = device.or(user_agent).unwrap_or_else(|| "Unknown device".to_owned());
    let place = place(network.as_deref());
    let is_other = Signal::stored(!current);
    let label = format!("Log out {device}");
    let ending = Ending { id, message: format!("Logged out {device}.") };
    let name = device.clone();
    view! {
        <li class="session">
            <DeviceIcon device=device.clone() />
            <div class="session-about">
                <h2><bdi>{name}</bdi></h2>
                <ShowWhen when=Signal::stored(current)>
                    <p class="this-device">"This device"</p>
                </ShowWhen>
                <dl class="session-facts">
                    <div>
                        <dt>"Last active"</dt>
                        <dd>
                            <ShowWhen when=Signal::stored(current)>"Now"</ShowWhen>
                            <ShowWhen when=is_other><RelativeTime at=last_seen_at.clone() /></ShowWhen>
                        </dd>
                    </div>
                    <div><dt>"Logged in"</dt><dd><RelativeTime at=created_at /></dd></div>
                    <div><dt>"Expires"</dt><dd><RelativeTime at=expires_at /></dd></div>
                    <div><dt>"Network"</dt><dd><bdi>{place}</bdi></dd></div>
                </dl>
            </div>
            <ShowWhen when=is_other>
                <button type="button" class="button button-quiet button-small" aria-label=label.clone() disabled=busy on:click={
                    let ending = ending.clone();
                    move |_| end.run(ending.clone())
                }>
                    "Log out"
                </button>
            </ShowWhen>
        </li>
    }
}
