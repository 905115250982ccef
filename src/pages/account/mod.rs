//! `/account`: name, address, password, two-step login, and the deletion of the account.

pub mod deletion;
pub mod email;
pub mod new_recovery_codes;
pub mod password;
pub mod second_factor;
pub mod second_factor_setup;
pub mod username;

use super::{reauthenticate::ReauthPrompt, redirect::with_stay, require_login::RequireLogin};
use crate::ui::{
    notice::LoadState, reauth_gate::ReauthGate, reloadable::Reloadable, show::ShowWhen,
};
use deletion::DeleteAccount;
use email::EmailSettings;
use handstamp_leptos::client::api::get;
use handstamp_protocol::{json_api::Account as Details, paths};
use leptos::prelude::*;
use leptos_meta::Title;
use password::PasswordSettings;
use second_factor::SecondFactorSettings;
use username::UsernameSettings;

/// The account page.
#[component]
pub fn Account() -> impl IntoView {
    view! {
        <Title text="Account" />
        <RequireLogin>
            <h1>"Your account"</h1>
            <Settings />
        </RequireLogin>
    }
}

#[component]
fn Settings() -> impl IntoView {
    let account = Reloadable::new(|| get::<Details>("/api/account"));
    let gate = ReauthGate::new();
    let is_guest = flag(account, |account| account.guest);
    let is_registered = flag(account, |account| !account.guest);
    view! {
        <ReauthPrompt gate />
        <LoadState is_loading=account.is_loading() error=account.error retry=account.retry() />
        <ShowWhen when=is_guest>
            <section class="card">
                <h2>"A guest account"</h2>
                <p>"It is deleted after a day and has no settings. " <a href=with_stay(paths::SIGN_UP)>"Sign up"</a> " for one that stays."</p>
            </section>
        </ShowWhen>
        <ShowWhen when=is_registered>
            <UsernameSettings account gate />
            <div class="split">
                <EmailSettings account gate />
                <PasswordSettings account gate />
            </div>
            <SecondFactorSettings account gate />
        </ShowWhen>
        <DeleteAccount gate />
    }
}

/// Returns whether `read` holds for the account; false until the account is loaded.
fn flag(account: Reloadable<Details>, read: fn(&Details) -> bool) -> Signal<bool> {
    Signal::derive(move || account.value.with(|account| account.as_ref().is_some_and(read)))
}
