//! `/confirm/{token}`: confirms an e-mail address.

use super::link_token;
use crate::ui::{
    field::{Field, SubmitButton, focus_first_error, non_empty_value},
    notice::{DoneNotice, ErrorNotice},
    show::ShowWhen,
    submission::Submission,
    username::UsernameOfForm,
};
use handstamp_leptos::server_functions;
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    paths,
    types::Password,
};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// Confirms an address. The server requires the password of the account if this browser is not logged in to it.
#[component]
pub fn EmailLinkConfirmation() -> impl IntoView {
    let password = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let needs_password = Memo::new(move |before: Option<&bool>| {
        let is_required = form.error.get().is_some_and(|it| it.message_of("password").is_some());
        is_required || before.is_some_and(|before| *before)
    });
    // If the account has no password.
    let needs_login = Signal::derive(move || {
        let is_required = |it: &AppError| it.code == ErrorCode::ConfirmationRequired;
        form.error.get().is_some_and(|it| is_required(&it) && it.errors.is_empty())
    });
    let is_done = RwSignal::new(false);
    let is_open = Signal::derive(move || !is_done.get());
    let token = link_token();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = non_empty_value(password).map(Password::new);
        let confirming = server_functions::confirm_email(token.run(()), typed);
        let work = async move {
            confirming.await?;
            let _ = is_done.try_set(true);
            Ok(())
        };
        form.send(work, move || focus_first_error(&[(password, "password")], form.error));
    };
    view! {
        <Title text="Confirm your address" />
        <section class="card form-card">
            <h1>"Your e-mail address"</h1>
            <ShowWhen when=is_open>
                <form method="post" on:submit=submit novalidate>
                    <p>"Did you request this e-mail? Then confirm that the address is yours."</p>
                    <ErrorNotice error=form.error beside_fields=true />
                    <ShowWhen when=Signal::from(needs_password)>
                        <UsernameOfForm />
                        <Field
                            node=password
                            name="password"
                            label="Password of the account"
                            kind="password"
                            autocomplete="current-password"
                            hint="Required because this browser is not logged in to the account."
                            error=form.error
                        />
                    </ShowWhen>
                    <ShowWhen when=needs_login>
                        <p><a href=paths::MAGIC_LINK>"Log in with a link"</a></p>
                    </ShowWhen>
                    <SubmitButton busy=form.busy label="Confirm the address" busy_label="Confirming…" />
                </form>
            </ShowWhen>
            <DoneNotice when=is_done>"The address is confirmed."</DoneNotice>
            <p class="hint"><a href=paths::ACCOUNT>"Your account"</a></p>
        </section>
    }
}
