//! `/magic` and `/forgot`: request an e-mail link.

use super::{
    paste_link::PasteLink,
    redirect::{leave_when_logged_in, next},
};
use crate::{
    demo_mode::DemoMode,
    ui::{
        field::{Field, SubmitButton, focus_first_error},
        notice::{DoneNotice, ErrorNotice},
        show::ShowWhen,
        submission::Submission,
        typed,
    },
};
use futures::future::LocalBoxFuture;
use handstamp_leptos::server_functions;
use handstamp_protocol::{error::AppError, paths};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

type Send = fn(String) -> LocalBoxFuture<'static, Result<(), AppError>>;

/// Requests a link that logs in.
#[component]
pub fn RequestMagicLink() -> impl IntoView {
    let send: Send = |email| Box::pin(server_functions::send_magic_link(email));
    view! {
        <RequestLink
            title="Log in with a link"
            text="We send a link to your address. If you open it in this browser within ten minutes, it logs you in. If there is no account with this address yet, it creates one."
            sent="The link is on its way. Open it in this browser, within ten minutes."
            send
            is_for_this_browser=true
        />
    }
}

/// Requests a link that sets a new password.
#[component]
pub fn ForgotPassword() -> impl IntoView {
    let send: Send = |email| Box::pin(server_functions::send_password_reset(email));
    view! {
        <RequestLink
            title="Forgot your password?"
            text="We send a link to your address. It lets you choose a new password, within ten minutes."
            sent="If there is an account with this address, its link is on its way. It works for ten minutes."
            send
        />
    }
}

#[component]
fn RequestLink(
    title: &'static str,
    text: &'static str,
    sent: &'static str,
    send: Send,
    /// Whether the link works only in this browser.
    #[prop(optional)]
    is_for_this_browser: bool,
) -> impl IntoView {
    leave_when_logged_in(next());
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
            <p>{text}</p>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field node=email name="email" label="E-mail" kind="email" autocomplete="email" error=form.error />
                <SubmitButton busy=form.busy label="Send the link" busy_label="Sending…" />
            </form>
            <DoneNotice when=is_sent>{sent}</DoneNotice>
            <ShowWhen when=Signal::stored(is_for_this_browser)>
                <PasteLink open=is_sent />
            </ShowWhen>
            <ShowWhen when=has_outbox>
                <p class="hint">"This is a demo and sends no mail. The link is in the " <a href=paths::OUTBOX>"outbox"</a> "."</p>
            </ShowWhen>
            <p class="hint"><a href=paths::LOG_IN>"Log in with your password"</a></p>
        </section>
    }
}
