//! `/magic` and `/forgot`: ask for a link by mail.

use super::{
    paste_link::PasteLink,
    redirect::{leave_when_signed_in, next},
};
use crate::{
    app::DemoMode,
    auth::api,
    protocol::error::AppError,
    ui::{
        field::{Field, SubmitButton, focus_first_error},
        notice::{DoneNotice, ErrorNotice},
        show::Shown,
        submission::Submission,
        typed,
    },
};
use futures::future::LocalBoxFuture;
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

type Send = fn(String) -> LocalBoxFuture<'static, Result<(), AppError>>;

/// Asks for a link that logs in.
#[component]
pub fn AskMagicLink() -> impl IntoView {
    let send: Send = |email| Box::pin(api::send_magic_link(email));
    view! {
        <AskLink
            title="Log in with a link"
            words="We send a link to your address. Opened in this browser within ten minutes, it logs you in. Where the address has no account yet, it makes one."
            sent="The link is on its way. Open it in this browser, within ten minutes."
            send
            is_for_this_browser=true
        />
    }
}

/// Asks for a link that sets a new password.
#[component]
pub fn ForgotPassword() -> impl IntoView {
    let send: Send = |email| Box::pin(api::send_password_reset(email));
    view! {
        <AskLink
            title="Forgot your password?"
            words="We send a link to your address. It lets you choose a new password, within ten minutes."
            sent="If there is an account with this address, its link is on its way. It works for ten minutes."
            send
        />
    }
}

#[component]
fn AskLink(
    title: &'static str,
    words: &'static str,
    sent: &'static str,
    send: Send,
    /// Whether the link works in this browser alone.
    #[prop(optional)]
    is_for_this_browser: bool,
) -> impl IntoView {
    leave_when_signed_in(next());
    let email = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let is_sent = RwSignal::new(false);
    let has_outbox = Signal::stored(use_context::<DemoMode>().unwrap_or_default().outbox);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        is_sent.set(false);
        let sending = send(typed::value(email));
        let work = async move {
            sending.await?;
            let _ = is_sent.try_set(true);
            Ok(())
        };
        form.send(work, move || focus_first_error(&[(email, "email")], form.error));
    };
    view! {
        <Title text=title />
        <section class="card form-card">
            <h1>{title}</h1>
            <p>{words}</p>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field node=email name="email" label="E-mail" kind="email" autocomplete="email" error=form.error />
                <SubmitButton busy=form.busy label="Send the link" busy_label="Sending…" />
            </form>
            <DoneNotice when=is_sent>{sent}</DoneNotice>
            <Shown when=Signal::stored(is_for_this_browser)>
                <PasteLink open=is_sent />
            </Shown>
            <Shown when=has_outbox>
                <p class="hint">"This is a demo, and sends no mail: it lies in the " <a href="/outbox">"outbox"</a> "."</p>
            </Shown>
            <p class="hint"><a href="/login">"Log in with your password"</a></p>
        </section>
    }
}
