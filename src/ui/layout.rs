//! The header and the footer of every page.

use super::{
    avatar::Avatar,
    menu::{Menu, PanelNode},
    show::ShowWhen,
    theme::ThemeIcon,
};
use handstamp_leptos::client::{state::SessionState, use_session};
use handstamp_protocol::paths;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The header: the navigation and the user's menu.
#[component]
pub fn Header(
    log_out: Callback<()>,
    has_lab: bool,
    /// The choice of the theme, for the menus.
    #[prop(into)]
    theme_choice: ViewFn,
) -> impl IntoView {
    let theme_choice = StoredValue::new(theme_choice);
    let session = use_session();
    let is_logged_in = Signal::derive(move || session.user().is_some());
    let is_logged_out =
        Signal::derive(move || matches!(session.state(), SessionState::LoggedOut(_)));
    view! {
        <header class="page-header">
            <a href=paths::HOME class="brand">
                <svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="13" /><path d="M9 16 l5 5 l9 -10" /></svg>
                <span translate="no">"Handstamp"</span>
            </a>
            <nav aria-label="Pages">
                <ShowWhen when=Signal::stored(has_lab)>
                    <PageLink href=paths::LAB text="Lab" rel="external" />
                </ShowWhen>
                <PageLink href=paths::POSTS text="Posts" />
            </nav>
            <div class="user-menu">
                <ShowWhen when=is_logged_in>
                    <AccountMenu log_out theme_choice />
                </ShowWhen>
                <ShowWhen when=is_logged_out>
                    <a href=paths::LOG_IN>"Log in"</a>
                    <a href=paths::SIGN_UP class="button button-small">"Sign up"</a>
                    <Menu id="theme-menu" label=Signal::stored("Theme".to_owned()) button=|| view! { <ThemeIcon /> } panel=PanelNode::new()>
                        {theme_choice.with_value(ViewFn::run)}
                    </Menu>
                </ShowWhen>
            </div>
        </header>
    }
}

/// The menu of the user who is logged in.
#[component]
fn AccountMenu(log_out: Callback<()>, theme_choice: StoredValue<ViewFn>) -> impl IntoView {
    let session = use_session();
    let name = Signal::derive(move || session.user().map(|user| user.username).unwrap_or_default());
    let label = Signal::derive(move || format!("Account menu of {}", name.get()));
    let panel = PanelNode::new();
    let leave = move |_| log_out.run(());
    view! {
        <Menu id="account-menu" label button=move || view! { <Avatar username=name /> } panel>
            <p class="menu-name" dir="auto" translate="no">{name}</p>
            <div class="menu-links" on:click=move |_| panel.close()>
                <PageLink href=paths::PROFILE text="Settings" />
                <PageLink href=paths::SESSIONS text="Sessions" />
            </div>
            {theme_choice.with_value(ViewFn::run)}
            <button type="button" class="menu-item" on:click=leave>"Log out"</button>
        </Menu>
    }
}

/// A link that is marked as current on its own page.
#[component]
pub fn PageLink(
    href: &'static str,
    text: &'static str,
    /// `external` if the browser loads the page as a new document.
    #[prop(optional)]
    rel: &'static str,
) -> impl IntoView {
    let here = use_location().pathname;
    let current = Signal::derive(move || {
        let is_current = here.get() == href;
        if is_current { "page" } else { "false" }.to_owned()
    });
    view! { <a href=href rel=rel aria-current=current>{text}</a> }
}

/// The footer.
#[component]
pub fn Footer(has_outbox: bool) -> impl IntoView {
    view! {
        <footer class="page-footer">
            <ShowWhen when=Signal::stored(has_outbox)>
                <p>"This demo doesn't send email. " <a href=paths::OUTBOX>"Open the outbox"</a></p>
            </ShowWhen>
            <p>"The access token stays in this page's memory, the refresh token in a cookie that no script can read."</p>
        </footer>
    }
}
