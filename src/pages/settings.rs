//! The frame of the settings: `/profile`, `/account` and `/sessions`.

use super::require_login::RequireLogin;
use crate::ui::{layout::PageLink, show::ShowWhen};
use handstamp_protocol::paths;
use leptos::prelude::*;
use leptos_meta::Title;

/// The id of the heading. It takes the focus when the element that had it is gone.
pub const HEADING: &str = "settings-heading";

/// A page of the settings, with the links to the others.
#[component]
pub fn SettingsPage(
    /// The title of the window.
    title: &'static str,
    heading: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    view! {
        <Title text=title />
        <RequireLogin>
            <nav class="tabs" aria-label="Settings">
                <PageLink href=paths::PROFILE text="Profile" />
                <PageLink href=paths::ACCOUNT text="Security" />
                <PageLink href=paths::SESSIONS text="Sessions" />
            </nav>
            <h1 id=HEADING tabindex="-1">{heading}</h1>
            {children.with_value(|children| children())}
        </RequireLogin>
    }
}

/// Offers a guest to register.
#[component]
pub fn GuestNotice(#[prop(into)] is_guest: Signal<bool>) -> impl IntoView {
    view! {
        <ShowWhen when=is_guest>
            <p class="notice">
                "Guest accounts are deleted after 24 hours and have no settings. "
                <a href=paths::ACCOUNT>"Create an account and keep your posts"</a>
            </p>
        </ShowWhen>
    }
}

/// Asks a user whose name was generated to choose one.
#[component]
pub fn GeneratedNameNotice(#[prop(into)] is_generated: Signal<bool>) -> impl IntoView {
    view! {
        <ShowWhen when=is_generated>
            <p class="notice">
                "Your username was generated when you signed up by email. "
                <a href=format!("{}#username", paths::PROFILE)>"Choose your own"</a>
            </p>
        </ShowWhen>
    }
}
