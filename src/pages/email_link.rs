//! `/magic/{token}`, `/confirm/{token}`, `/reset/{token}` and `/undo/{token}`: what the links of letters open. Each page has
//! a button, and only the button uses the link up: programs that look at mail open links too.
//!
//! The token stays in the address, and never gets into the page.

use super::{new_password::NewPasswordField, reauthenticate::CodeField, redirect::use_leave};
use crate::{
    auth::{
        api, client,
        types::{LinkToken, Password},
    },
    error::{AppError, ErrorCode},
    ui::{
        field::{Field, SubmitButton, focus_first_error, value},
        notice::{DoneNotice, ErrorNotice},
        show::Shown,
        submission::Submission,
        username::UsernameOfForm,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// Logs in with a link. A user who is logged in already reads that, and may use the link all the same: it may be of
/// another account, or the login may be wanted as a confirmation.
#[component]
pub fn OpenMagicLink() -> impl IntoView {
    let session = client::use_session();
    let code = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let is_used = RwSignal::new(false);
    let (token, leave) = (link_token(), leave_for("/"));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let code = Some(value(code)).filter(|code| !code.is_empty());
        let login = client::log_in(api::redeem_magic_link(token.run(()), code));
        let work = async move {
            login.await?;
            // The user may have left the page since.
            let _ = leave.try_run(());
            Ok(())
        };
        form.send(work, || ());
    };
    // A user who is logged in has most likely used this link for it.
    Effect::new(move || {
        let is_refused = form.error.get().is_some_and(|error| error.code == ErrorCode::LinkUsed);
        if is_refused && session.user().is_some() {
            form.error.set(None);
            is_used.set(true);
        }
    });
    let is_signed_in = signed_in_before(form);
    let is_signed_out = Signal::derive(move || !is_signed_in.get());
    let is_open = Signal::derive(move || !is_used.get());
    view! {
        <Title text="Log in" />
        <section class="card form-card">
            <Shown when=is_signed_out>
                <h1>"Welcome back"</h1>
                <p>"One more press, and you are logged in. The link works once."</p>
            </Shown>
            <Shown when=Signal::from(is_signed_in)>
                <AlreadySignedIn />
            </Shown>
            <DoneNotice when=is_used>"This link has been used, and you are logged in."</DoneNotice>
            <Shown when=is_open>
                <form method="post" on:submit=submit novalidate>
                    <ErrorNotice error=form.error />
                    <CodeField node=code form />
                    <Shown when=is_signed_out>
                        <SubmitButton busy=form.busy label="Log in" busy_label="Stamping…" />
                    </Shown>
                    <Shown when=Signal::from(is_signed_in)>
                        <p>
                            "If the link is for another account, or if you are to confirm that it is you, log in with \
                             it. That ends the session that this browser has now."
                        </p>
                        <SubmitButton busy=form.busy label="Log in with this link" busy_label="Stamping…" />
                    </Shown>
                </form>
            </Shown>
            <Shown when=is_signed_out>
                <p class="hint"><a href="/magic">"Ask for a new link"</a></p>
            </Shown>
        </section>
    }
}

/// Whether a user is logged in. While a login is under way, and when it has succeeded, the page stays as it is.
fn signed_in_before(form: Submission) -> Memo<bool> {
    let session = client::use_session();
    Memo::new(move |before: Option<&bool>| {
        if form.busy.get() {
            before.is_some_and(|before| *before)
        } else {
            session.user().is_some()
        }
    })
}

/// Says who is logged in, and leads home.
#[component]
fn AlreadySignedIn() -> impl IntoView {
    let session = client::use_session();
    let name = Signal::derive(move || session.user().map(|user| user.username).unwrap_or_default());
    view! {
        <h1>"You are logged in already"</h1>
        <p>"You are logged in as " <strong><bdi>{name}</bdi></strong> "."</p>
        <p class="actions"><a class="button button-quiet" href="/">"Go to the home page"</a></p>
    }
}

/// Confirms an address.
#[component]
pub fn OpenConfirmation() -> impl IntoView {
    let password = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let wants_password = Memo::new(move |before: Option<&bool>| {
        let asked = form.error.get().is_some_and(|it| it.message_of("password").is_some());
        asked || before.is_some_and(|before| *before)
    });
    // An account without a password.
    let wants_login = Signal::derive(move || {
        let required = |it: &AppError| it.code == ErrorCode::ConfirmationRequired;
        form.error.get().is_some_and(|it| required(&it) && it.errors.is_empty())
    });
    let is_done = RwSignal::new(false);
    let is_open = Signal::derive(move || !is_done.get());
    let token = link_token();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = Some(value(password)).filter(|text| !text.is_empty()).map(Password::new);
        let confirming = api::confirm_email(token.run(()), typed);
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
            <Shown when=is_open>
                <form method="post" on:submit=submit novalidate>
                    <p>"Did you ask for this letter? Then confirm that the address is yours."</p>
                    <ErrorNotice error=form.error beside_fields=true />
                    <Shown when=Signal::from(wants_password)>
                        <UsernameOfForm />
                        <Field
                            node=password
                            name="password"
                            label="Password of the account"
                            kind="password"
                            autocomplete="current-password"
                            hint="It is asked for because this browser is not logged in to the account."
                            error=form.error
                        />
                    </Shown>
                    <Shown when=wants_login>
                        <p><a href="/magic">"Log in with a link"</a></p>
                    </Shown>
                    <SubmitButton busy=form.busy label="Confirm the address" busy_label="Confirming…" />
                </form>
            </Shown>
            <DoneNotice when=is_done>"The address is confirmed."</DoneNotice>
            <p class="hint"><a href="/account">"Your account"</a></p>
        </section>
    }
}

/// Sets a new password.
#[component]
pub fn OpenReset() -> impl IntoView {
    let session = client::use_session();
    let password = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let is_done = RwSignal::new(false);
    let is_open = Signal::derive(move || !is_done.get());
    let token = link_token();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let is_signed_in = session.user().is_some();
        let resetting = api::reset_password(token.run(()), Password::new(value(password)));
        let work = async move {
            resetting.await?;
            let _ = is_done.try_set(true);
            // Whoever was logged in here isn't any more, and the page should not say otherwise.
            if is_signed_in {
                client::refresh_now().await;
            }
            Ok(())
        };
        form.send(work, move || focus_first_error(&[(password, "password")], form.error));
    };
    view! {
        <Title text="New password" />
        <section class="card form-card">
            <h1>"Choose a new password"</h1>
            <Shown when=is_open>
                <form method="post" on:submit=submit novalidate>
                    <p>"All your sessions end; log in with the new password then."</p>
                    <ErrorNotice error=form.error beside_fields=true />
                    <UsernameOfForm />
                    <NewPasswordField node=password error=form.error />
                    <SubmitButton busy=form.busy label="Set the password" busy_label="Setting…" />
                </form>
                <p class="hint"><a href="/forgot">"Ask for a new link"</a></p>
            </Shown>
            <DoneNotice when=is_done>"Your new password is set. " <a href="/login">"Log in"</a></DoneNotice>
        </section>
    }
}

/// Switches off a second factor that someone else has switched on.
#[component]
pub fn OpenUndo() -> impl IntoView {
    let session = client::use_session();
    let form = Submission::new();
    let is_done = RwSignal::new(false);
    let is_open = Signal::derive(move || !is_done.get());
    let token = link_token();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let is_signed_in = session.user().is_some();
        let undoing = api::end_second_factor(token.run(()));
        let work = async move {
            undoing.await?;
            let _ = is_done.try_set(true);
            // All sessions have ended, and the page must not say otherwise.
            if is_signed_in {
                client::refresh_now().await;
            }
            Ok(())
        };
        form.send(work, || ());
    };
    view! {
        <Title text="Two-step login" />
        <section class="card form-card">
            <h1>"Was it not you?"</h1>
            <Shown when=is_open>
                <form method="post" on:submit=submit novalidate>
                    <p>"Two-step login was switched on in your account. If it was not you, switch it off: all sessions end with it."</p>
                    <ErrorNotice error=form.error />
                    <SubmitButton busy=form.busy label="Switch it off and end all sessions" busy_label="Switching off…" />
                </form>
            </Shown>
            <DoneNotice when=is_done>
                "Two-step login is off, and all sessions have ended. " <a href="/forgot">"Choose a new password"</a> " now."
            </DoneNotice>
        </section>
    }
}

/// Reads the token from the address, when it is needed and not before.
fn link_token() -> Callback<(), LinkToken> {
    let params = use_params_map();
    Callback::new(move |()| {
        LinkToken::new(params.with_untracked(|params| params.get("token")).unwrap_or_default())
    })
}

/// Returns what leaves the page for another one. Its address holds a token, so it is removed from the history.
fn leave_for(path: &'static str) -> Callback<()> {
    let leave = use_leave();
    Callback::new(move |()| leave(path))
}
