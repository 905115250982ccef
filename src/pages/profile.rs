//! `/profile`: the user's account and session.

use super::require_login::RequireLogin;
use crate::ui::{
    datetime::moment,
    live_text::LiveText,
    notice::{ErrorNotice, LoadState},
    reloadable::Reloadable,
    show::ShowWhen,
    stamp::Stamp,
    submission::Submission,
    ticket::Ticket,
};
use handstamp_leptos::{
    client::{self, api::get},
    server_functions,
};
use handstamp_protocol::{json_api, paths};
use leptos::prelude::*;
use leptos_meta::Title;

/// The profile page.
#[component]
pub fn Profile() -> impl IntoView {
    view! {
        <Title text="Profile" />
        <RequireLogin>
            <h1>"Your profile"</h1>
            <div class="split">
                <Details />
                <div class="hero-art">
                    <Ticket />
                    <Stamp />
                </div>
            </div>
            <LogOutEverywhere />
        </RequireLogin>
    }
}

#[component]
fn Details() -> impl IntoView {
    let account = Reloadable::new(|| get::<json_api::Profile>("/api/profile"));
    let fact = move |read: fn(json_api::Profile) -> String| {
        Signal::derive(move || account.value.get().map(read).unwrap_or_default())
    };
    let is_loaded = Signal::derive(move || account.value.get().is_some());
    let is_loading = account.is_loading();
    let is_busy = Signal::derive(move || is_loading.get().to_string());
    view! {
        <section class="card" aria-busy=is_busy>
            <h2>"Account"</h2>
            <ShowWhen when=is_loaded>
                <dl class="facts">
                    <Fact name="User name" value=fact(|account| account.username) />
                    <Fact name="E-mail" value=fact(|account| account.email) />
                    <Fact name="Member since" value=fact(|account| moment(&account.created_at)) />
                    <Fact
                        name="This session began"
                        value=fact(|account| moment(&account.session.created_at))
                    />
                    <Fact
                        name="It ends for good"
                        value=fact(|account| moment(&account.session.expires_at))
                    />
                </dl>
            </ShowWhen>
            <LoadState is_loading error=account.error retry=account.retry() />
            <p class="actions">
                <a class="button button-quiet" href=paths::ACCOUNT>"Account settings"</a>
                <button type="button" class="button button-quiet" on:click=move |_| account.load()>"Load again"</button>
            </p>
        </section>
    }
}

#[component]
fn Fact(name: &'static str, value: Signal<String>) -> impl IntoView {
    view! {
        <dt>{name}</dt>
        <dd><bdi><LiveText text=value /></bdi></dd>
    }
}

#[component]
fn LogOutEverywhere() -> impl IntoView {
    let logout = Submission::new();
    let is_busy = logout.busy;
    let log_out = move |_| {
        logout.send(client::log_out_everywhere(server_functions::log_out_everywhere()), || ())
    };
    view! {
        <section class="card card-quiet">
            <h2>"Log out everywhere"</h2>
            <p>"Ends every session of yours, on every device. Their access tokens stop working at once."</p>
            <ErrorNotice error=logout.error />
            <button type="button" class="button button-danger" disabled=is_busy on:click=log_out>
                "Log out everywhere"
            </button>
        </section>
    }
}
