//! What a user who is logged in may want to do next, on the home page.

use super::redirect::with_stay;
use crate::ui::{
    live_text::LiveText,
    notice::{DoneNotice, ErrorNotice, LoadError},
    reloadable::Reloadable,
    show::ShowWhen,
    submission::Submission,
};
use handstamp_leptos::client::api::{get, post};
use handstamp_protocol::{
    json_api::{Account, Sessions},
    paths,
};
use leptos::prelude::*;

/// What the account still needs, and the places to go to.
#[component]
pub fn Dashboard() -> impl IntoView {
    let account = Reloadable::new(|| get::<Account>("/api/account"));
    let sessions = Reloadable::new(|| get::<Sessions>("/api/sessions"));
    let is_registered = flag(account, |account| !account.guest);
    // Everything at once, so that the notice moves nothing.
    let is_ready = Signal::derive(move || !account.is_loading().get());
    let devices =
        Signal::derive(move || match sessions.value.get().map(|read| read.sessions.len()) {
            None => "See where you're logged in.".to_owned(),
            Some(1) => "You're logged in on this device only.".to_owned(),
            Some(count) => format!("You're logged in on {count} devices."),
        });
    let two_step = Signal::derive(move || match account.value.get() {
        Some(Account { second_factor: true, recovery_codes_left: 0, .. }) => {
            "Two-step login is on, but you have no recovery codes left.".to_owned()
        }
        Some(Account { second_factor: true, recovery_codes_left: 1, .. }) => {
            "Two-step login is on. You have 1 recovery code left.".to_owned()
        }
        Some(Account { second_factor: true, recovery_codes_left: left, .. }) => {
            format!("Two-step login is on. You have {left} recovery codes left.")
        }
        _ => "Two-step login is off. With it, a stolen password isn't enough to log in.".to_owned(),
    });
    view! {
        <AccountNotice account />
        <LoadError error=account.error retry=account.retry() />
        <ShowWhen when=is_ready>
            <ul class="tiles" aria-label="Where to go next">
                <Tile title="Posts" text="Read what others wrote, and what you wrote." href=paths::POSTS link="Read posts" />
                <Tile title="Devices" text=devices href=paths::SESSIONS link="Review devices" />
                <ShowWhen when=is_registered>
                    <Tile title="Security" text=two_step href=paths::ACCOUNT link="Open settings" />
                </ShowWhen>
            </ul>
        </ShowWhen>
    }
}

#[component]
fn Tile(
    title: &'static str,
    #[prop(into)] text: Signal<String>,
    href: &'static str,
    link: &'static str,
) -> impl IntoView {
    view! {
        <li class="card tile">
            <h2>{title}</h2>
            <p><LiveText text /></p>
            <a href=href>{link}</a>
        </li>
    }
}

/// Invites a guest to sign up, and a new user to confirm the address.
#[component]
fn AccountNotice(account: Reloadable<Account>) -> impl IntoView {
    let is_guest = flag(account, |account| account.guest);
    let is_unconfirmed = flag(account, |account| !account.guest && !account.email_confirmed);
    let address = Signal::derive(move || {
        account.value.get().map(|account| account.email).unwrap_or_default()
    });
    let resend = Submission::new();
    let is_sent = RwSignal::new(false);
    let is_waiting = Signal::derive(move || is_unconfirmed.get() && !is_sent.get());
    let send_again = move |_| {
        let sending = async move {
            post::<()>("/api/account/email/confirmation", &()).await?;
            let _ = is_sent.try_set(true);
            Ok(())
        };
        resend.send(sending, || ());
    };
    view! {
        <ShowWhen when=is_guest>
            <p class="notice">
                "Guest accounts are deleted after 24 hours. " <a href=with_stay(paths::SIGN_UP)>"Create an account"</a> " to keep going."
            </p>
        </ShowWhen>
        <ShowWhen when=is_waiting>
            <p class="notice notice-warning">
                "Confirm your email: we sent a link to " <bdi translate="no">{address}</bdi> ". "
                <button type="button" class="link" disabled=resend.busy on:click=send_again>"Resend email"</button>
            </p>
        </ShowWhen>
        <DoneNotice when=is_sent>"We sent the confirmation email again."</DoneNotice>
        <ErrorNotice error=resend.error />
    }
}

/// Returns whether `read` holds for the account; false until the account is loaded.
fn flag(account: Reloadable<Account>, read: fn(&Account) -> bool) -> Signal<bool> {
    Signal::derive(move || account.value.with(|account| account.as_ref().is_some_and(read)))
}
