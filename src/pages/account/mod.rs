//! `/account`: how the user logs in, and the deletion of the account.

pub mod deletion;
pub mod email;
pub mod guest;
pub mod password;
pub mod pending_email;
pub mod recovery_codes;
pub mod second_factor;
pub mod second_factor_setup;

use super::{
    reauthenticate::ReauthPrompt,
    settings::{GeneratedNameNotice, SettingsPage},
};
use crate::ui::{
    notice::LoadState, reauth_gate::ReauthGate, reloadable::Reloadable, show::ShowWhen,
};
use deletion::DeleteAccount;
use email::EmailSettings;
use guest::RegisterGuest;
use handstamp_leptos::client::api::get;
use handstamp_protocol::json_api::Account as Details;
use leptos::prelude::*;
use password::PasswordSettings;
use second_factor::SecondFactorSettings;

/// The page of the settings on security.
#[component]
pub fn Account() -> impl IntoView {
    view! {
        <SettingsPage title="Security" heading="Security">
            <Settings />
        </SettingsPage>
    }
}

#[component]
fn Settings() -> impl IntoView {
    let account = Reloadable::new(|| get::<Details>("/api/account"));
    let gate = ReauthGate::new();
    let is_guest = flag(account, |account| account.guest);
    let is_registered = flag(account, |account| !account.guest);
    view! {
        <LoadState is_loading=account.is_loading() error=account.error retry=account.retry() />
        <GeneratedNameNotice is_generated=flag(account, |account| account.username_generated) />
        <ShowWhen when=is_guest>
            <RegisterGuest account />
        </ShowWhen>
        <ShowWhen when=is_registered>
            <EmailSettings account gate />
            <PasswordSettings account gate />
            <SecondFactorSettings account gate />
        </ShowWhen>
        <ShowWhen when=flag(account, |_| true)>
            <DeleteAccount account gate />
        </ShowWhen>
        <ReauthPrompt gate />
    }
}

/// Returns whether `read` holds for the account; false until the account is loaded.
fn flag(account: Reloadable<Details>, read: fn(&Details) -> bool) -> Signal<bool> {
    Signal::derive(move || account.value.with(|account| account.as_ref().is_some_and(read)))
}
