//! `/profile`: how others see the user, and this session.

pub mod username;

use super::settings::{GeneratedNameNotice, GuestNotice, SettingsPage};
use crate::ui::{
    avatar::Avatar,
    datetime::{RelativeTime, moment},
    live_text::LiveText,
    notice::LoadState,
    reloadable::Reloadable,
    show::ShowWhen,
    stamp::Stamp,
    ticket::Ticket,
};
use handstamp_leptos::client::api::get;
use handstamp_protocol::json_api;
use leptos::prelude::*;
use username::UsernameSettings;

/// The profile page.
#[component]
pub fn Profile() -> impl IntoView {
    view! {
        <SettingsPage title="Profile" heading="Your profile">
            <Details />
        </SettingsPage>
    }
}

#[component]
fn Details() -> impl IntoView {
    let profile = Reloadable::new(|| get::<json_api::Profile>("/api/profile"));
    let fact = move |read: fn(json_api::Profile) -> String| {
        Signal::derive(move || profile.value.get().map(read).unwrap_or_default())
    };
    let flag = move |read: fn(&json_api::Profile) -> bool| {
        Signal::derive(move || profile.value.with(|profile| profile.as_ref().is_some_and(read)))
    };
    let username = fact(|profile| profile.username);
    let is_loading = profile.is_loading();
    let is_busy = Signal::derive(move || is_loading.get().to_string());
    view! {
        <GuestNotice is_guest=flag(|profile| profile.guest) />
        <GeneratedNameNotice is_generated=flag(|profile| profile.username_generated) />
        <div class="split">
            <section class="card" aria-busy=is_busy>
                <ShowWhen when=flag(|_| true)>
                    <div class="person">
                        <Avatar username />
                        <p class="person-name"><bdi translate="no"><LiveText text=username /></bdi></p>
                    </div>
                    <dl class="facts">
                        <Fact name="Email" value=fact(|profile| profile.email) />
                        <Fact name="Member since" value=fact(|profile| moment(&profile.created_at)) />
                        <TimeFact name="Logged in" at=fact(|profile| profile.session.created_at) />
                        <TimeFact name="Expires" at=fact(|profile| profile.session.expires_at) />
                    </dl>
                </ShowWhen>
                <LoadState is_loading error=profile.error retry=profile.retry() />
                <p class="actions">
                    <button type="button" class="button button-quiet" on:click=move |_| profile.load()>"Reload"</button>
                </p>
            </section>
            <div class="hero-art">
                <Ticket />
                <Stamp />
            </div>
        </div>
        <ShowWhen when=flag(|profile| !profile.guest)>
            <UsernameSettings profile />
        </ShowWhen>
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
fn TimeFact(name: &'static str, at: Signal<String>) -> impl IntoView {
    view! {
        <dt>{name}</dt>
        <dd><RelativeTime at /></dd>
    }
}
