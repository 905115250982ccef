//! `/confirm/{token}`: confirms an e-mail address.

use super::{
    arrival::{Arrival, UsableLink},
    link_token,
};
use crate::ui::{
    field::{Field, SubmitButton, are_valid, focus_first_error, non_empty_value},
    notice::{DoneNotice, ErrorNotice},
    show::ShowWhen,
    submission::Submission,
    username::UsernameOfForm,
    validation,
};
use handstamp_leptos::{client::use_session, server_functions};
use handstamp_protocol::{
    error::ErrorCode,
    paths,
    types::{LinkRequirement, Password},
};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// Confirms an address. The server requires the password of the account if this browser is not logged in to it.
#[component]
pub fn EmailLinkConfirmation() -> impl IntoView {
    let session = use_session();
    let arrival = Arrival::new(paths::CONFIRM_EMAIL);
    let is_done = RwSignal::new(false);
    let is_open = Signal::derive(move || !is_done.get());
    let is_logged_in = Signal::derive(move || session.user().is_some());
    let is_logged_out = Signal::derive(move || session.user().is_none());
    view! {
        <Title text="Confirm your email" />
        <section class="card form-card">
            <ShowWhen when=is_open>
                <UsableLink arrival next_step=(paths::ACCOUNT, "Go to your account")>
                    <ConfirmForm arrival is_done />
                </UsableLink>
            </ShowWhen>
            <ShowWhen when=is_done><h1>"You're all set"</h1></ShowWhen>
            <DoneNotice when=is_done takes_focus=true>
                "Email confirmed. "
                <ShowWhen when=is_logged_in><a href=paths::ACCOUNT>"Your account"</a></ShowWhen>
                <ShowWhen when=is_logged_out><a href=paths::LOG_IN>"Log in"</a></ShowWhen>
            </DoneNotice>
        </section>
    }
}

#[component]
fn ConfirmForm(arrival: Arrival, is_done: RwSignal<bool>) -> impl IntoView {
    let password = NodeRef::<html::Input>::new();
    let form = Submission::new();
    // The requirement may have changed since the arrival, if the user has logged out.
    let requirement = Memo::new(move |before: Option<&Option<LinkRequirement>>| {
        let on_arrival = arrival.details.get().and_then(|details| details.required);
        let now = form.error.get().filter(|error| error.code == ErrorCode::ConfirmationRequired);
        let now = now.map(|error| match error.message_of("password") {
            Some(_) => LinkRequirement::Password,
            None => LinkRequirement::LogIn,
        });
        now.or(before.copied().flatten()).or(on_arrival)
    });
    let needs = move |required| Signal::derive(move || requirement.get() == Some(required));
    let needs_password = needs(LinkRequirement::Password);
    let needs_login = needs(LinkRequirement::LogIn);
    let can_confirm = Signal::derive(move || !needs_login.get());
    let token = link_token();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let fields = [(password, "password", validation::password as validation::Check)];
        if needs_password.get_untracked() && !are_valid(&fields, form.error) {
            return;
        }
        let typed = non_empty_value(password).map(Password::new);
        let confirming = server_functions::confirm_email(token.run(()), typed);
        let work = async move {
            confirming.await?;
            let _ = is_done.try_set(true);
            Ok(())
        };
        form.send(work, move || {
            arrival.refuse_if_final(form.error);
            focus_first_error(&[(password, "password")], form.error);
        });
    };
    let (name, email) = (arrival.username(), arrival.email());
    let is_known = Signal::derive(move || !email.get().is_empty());
    view! {
        <h1>"Confirm your email"</h1>
        <form method="post" on:submit=submit novalidate>
            <ShowWhen when=is_known>
                <dl class="facts">
                    <dt>"Email"</dt>
                    <dd><bdi translate="no">{email}</bdi></dd>
                    <dt>"Account"</dt>
                    <dd><bdi translate="no">{name}</bdi></dd>
                </dl>
            </ShowWhen>
            <ErrorNotice error=form.error beside_fields=true />
            <ShowWhen when=can_confirm>
                <p>"Did you ask for this email? Then confirm that the address is yours."</p>
                <ShowWhen when=needs_password>
                    <UsernameOfForm name />
                    <Field
                        node=password
                        name="password"
                        label="Password"
                        kind="password"
                        autocomplete="current-password"
                        hint="We ask because this browser isn't logged in to the account."
                        check=validation::password
                        error=form.error
                    />
                </ShowWhen>
                <SubmitButton busy=form.busy label="Confirm email" busy_label="Confirming…" />
            </ShowWhen>
            <ShowWhen when=needs_login>
                <p>"Log in to this account first in this browser, then open the link again."</p>
                <p class="actions"><a class="button" href=paths::MAGIC_LINK>"Email me a login link"</a></p>
            </ShowWhen>
        </form>
    }
}
