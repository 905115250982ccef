//! The second step of a login, for accounts with two-step login: a code of the app, or a recovery code.

use super::code_split::load_login_parts;
use crate::ui::{
    field::{Field, SubmitButton, are_valid, value},
    live_text::LiveText,
    notice::ErrorNotice,
    show::ShowWhen,
    submission::Submission,
    validation::{Check, app_code, recovery_code, six_digits},
};
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// Opens or closes the second step, depending on the error of a login. Returns whether the step is open.
pub fn follows(form: Submission, is_open: RwSignal<bool>) -> bool {
    let Some(error) = form.error.try_get_untracked().flatten() else { return false };
    match error.code {
        ErrorCode::SecondFactorRequired => form.error.set(None),
        // Shown at the field.
        ErrorCode::SecondFactorInvalid => {
            form.error.set(Some(AppError::field("code", error.detail)))
        }
        // Such as a password that was changed in another session.
        ErrorCode::InvalidCredentials => {
            is_open.set(false);
            return false;
        }
        _ => return is_open.get_untracked(),
    }
    is_open.set(true);
    true
}

/// Returns the outcome of a login. Before a second step, fetches its code.
pub async fn after(login: impl Future<Output = Result<(), AppError>>) -> Result<(), AppError> {
    let outcome = login.await;
    if outcome.as_ref().is_err_and(|error| error.code == ErrorCode::SecondFactorRequired) {
        load_login_parts().await?;
    }
    outcome
}

/// Asks for the code. Six digits are sent without a press of the button.
#[component]
pub fn SecondStep(
    form: Submission,
    /// The code that was typed last.
    code: RwSignal<String>,
    /// Sends the login again, with the code.
    send: Callback<()>,
    /// Returns to the first step.
    back: Callback<()>,
) -> impl IntoView {
    let [app, recovery]: [NodeRef<html::Input>; 2] = [NodeRef::new(), NodeRef::new()];
    let is_recovery = RwSignal::new(false);
    let is_app = Signal::derive(move || !is_recovery.get());
    let send_typed = move || {
        let (node, check): (_, Check) =
            if is_recovery.get_untracked() { (recovery, recovery_code) } else { (app, app_code) };
        if !form.busy.get_untracked() && are_valid(&[(node, "code", check)], form.error) {
            code.set(value(node));
            send.run(());
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send_typed();
    };
    let typed = move |_| {
        if is_app.get_untracked() && six_digits(&value(app)) {
            send_typed();
        }
    };
    // The next code replaces a wrong one.
    Effect::new(move || {
        let is_wrong = form.error.get().is_some_and(|error| error.message_of("code").is_some());
        let node = if is_recovery.get_untracked() { recovery } else { app };
        if let Some(input) = node.get_untracked().filter(|_| is_wrong) {
            let _ = input.focus();
            input.select();
        }
    });
    view! {
        <h1>"Two-step login"</h1>
        <form class="code-form" method="post" on:submit=submit on:input=typed novalidate>
            <ErrorNotice error=form.error beside_fields=true />
            <ShowWhen when=is_app>
                <Field
                    node=app
                    name="code"
                    label="Authentication code"
                    autocomplete="one-time-code"
                    inputmode="numeric"
                    hint="Enter the 6-digit code from your authenticator app."
                    autofocus=true
                    error=form.error
                />
            </ShowWhen>
            <ShowWhen when=is_recovery>
                <Field
                    node=recovery
                    id="recovery-code"
                    name="code"
                    label="Recovery code"
                    autocomplete="off"
                    hint="Each of your recovery codes works once."
                    autofocus=true
                    error=form.error
                />
            </ShowWhen>
            <SubmitButton busy=form.busy label="Continue" busy_label="Checking…" />
        </form>
        <OtherWays form is_recovery back />
    }
}

/// Switches between the app and the recovery codes, or returns to the first step.
#[component]
fn OtherWays(form: Submission, is_recovery: RwSignal<bool>, back: Callback<()>) -> impl IntoView {
    let text = Signal::derive(move || {
        if is_recovery.get() {
            "Use your authenticator app instead"
        } else {
            "Lost your phone? Use a recovery code"
        }
        .to_owned()
    });
    let switch = move |_| {
        form.error.set(None);
        is_recovery.update(|is_recovery| *is_recovery = !*is_recovery);
    };
    view! {
        <p class="hint"><button type="button" class="link" on:click=switch><LiveText text /></button></p>
        <p class="hint"><button type="button" class="link" on:click=move |_| back.run(())>"Go back"</button></p>
    }
}
