//! `/magic` and `/forgot`: request an e-mail link.

use super::{
    already_logged_in::UnlessLoggedIn,
    paste_link::PasteLink,
    redirect::{Visit, link_with_next, next, store_next},
};
use crate::{
    demo_mode::DemoMode,
    ui::{
        field::{Field, SubmitButton, are_valid, focus_first_error},
        focus::focus,
        live_text::LiveText,
        notice::ErrorNotice,
        resend::ResendButton,
        show::ShowWhen,
        submission::Submission,
        toast::Toasts,
        typed, validation,
    },
};
use futures::future::LocalBoxFuture;
use handstamp_leptos::server_functions;
use handstamp_protocol::{error::AppError, paths};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// The texts of a page, and how it requests its link.
#[derive(Clone, Copy)]
struct Kind {
    title: &'static str,
    text: &'static str,
    /// What to say once the link is requested for this address.
    sent: fn(&str) -> String,
    send: fn(String) -> LocalBoxFuture<'static, Result<(), AppError>>,
    /// Whether the link works only in this browser.
    is_for_this_browser: bool,
}

/// Requests a link that logs in.
#[component]
pub fn RequestMagicLink() -> impl IntoView {
    let kind = Kind {
        title: "Email me a login link",
        text: "We'll email you a link that logs you in. Open it in this browser within 10 minutes. New here? It creates your account.",
        sent: |email| {
            format!("We sent a link to {email}. Open it in this browser within 10 minutes.")
        },
        send: |email| Box::pin(server_functions::send_magic_link(email)),
        is_for_this_browser: true,
    };
    view! { <RequestLink kind /> }
}

/// Requests a link that sets a new password.
#[component]
pub fn ForgotPassword() -> impl IntoView {
    let kind = Kind {
        title: "Reset your password",
        text: "We'll email you a link to choose a new password. It works for 10 minutes.",
        sent: |email| {
            format!("If an account uses {email}, we've sent a reset link. It works for 10 minutes.")
        },
        send: |email| Box::pin(server_functions::send_password_reset(email)),
        is_for_this_browser: false,
    };
    view! { <RequestLink kind /> }
}

#[component]
fn RequestLink(kind: Kind) -> impl IntoView {
    let next = next();
    let visit = Visit::new(next);
    // The address that the link was sent to.
    let sent_to = RwSignal::new(None::<String>);
    let is_sent = Signal::derive(move || sent_to.get().is_some());
    let is_open = Signal::derive(move || !is_sent.get());
    let has_outbox = Signal::stored(use_context::<DemoMode>().unwrap_or_default().outbox);
    view! {
        <Title text=kind.title />
        <section class="card form-card">
            <UnlessLoggedIn visit next>
                <ShowWhen when=is_open>
                    <h1>{kind.title}</h1>
                    <p>{kind.text}</p>
                    <RequestForm kind sent_to next />
                </ShowWhen>
                <ShowWhen when=is_sent>
                    <Sent kind sent_to />
                </ShowWhen>
                <ShowWhen when=Signal::stored(kind.is_for_this_browser)>
                    <PasteLink open=is_sent />
                </ShowWhen>
                <ShowWhen when=has_outbox>
                    <p class="hint">"This demo doesn't send email. Find it in the " <a href=paths::OUTBOX>"outbox"</a> "."</p>
                </ShowWhen>
                <p class="hint"><a href=link_with_next(paths::LOG_IN, next)>"Use your password instead"</a></p>
            </UnlessLoggedIn>
        </section>
    }
}

#[component]
fn RequestForm(
    kind: Kind,
    sent_to: RwSignal<Option<String>>,
    next: Signal<String>,
) -> impl IntoView {
    let email = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !are_valid(&[(email, "email", validation::email)], form.error) {
            return;
        }
        let address = typed::value(email);
        let sending = (kind.send)(address.clone());
        let work = async move {
            sending.await?;
            store_next(&next.try_get_untracked().unwrap_or_default());
            let _ = sent_to.try_set(Some(address));
            Ok(())
        };
        form.send(work, move || focus_first_error(&[(email, "email")], form.error));
    };
    view! {
        <form method="post" on:submit=submit novalidate>
            <ErrorNotice error=form.error beside_fields=true />
            <Field
                node=email
                name="email"
                label="Email"
                kind="email"
                autocomplete="email"
                check=validation::email
                autofocus=true
                is_login_name=true
                error=form.error
            />
            <SubmitButton busy=form.busy label="Send link" busy_label="Sending…" />
        </form>
    }
}

const SENT_HEADING: &str = "link-sent";

/// Says where the link was sent, with buttons that send it again or change the address.
#[component]
fn Sent(kind: Kind, sent_to: RwSignal<Option<String>>) -> impl IntoView {
    let address = Signal::derive(move || sent_to.get().unwrap_or_default());
    let text = Signal::derive(move || (kind.sent)(&address.get()));
    let resend = Submission::new();
    let toasts = Toasts::current();
    let send = Callback::new(move |()| {
        let sending = (kind.send)(address.get_untracked());
        let work = async move {
            sending.await?;
            toasts.show("We sent the link again.");
            Ok(())
        };
        resend.send(work, || ());
    });
    Effect::new(|| focus(SENT_HEADING));
    view! {
        <h1 id=SENT_HEADING tabindex="-1">"Check your email"</h1>
        <p><LiveText text /></p>
        <ErrorNotice error=resend.error />
        <p class="actions">
            <ResendButton form=resend send />
            <button type="button" class="button button-quiet" on:click=move |_| sent_to.set(None)>"Use another email"</button>
        </p>
    }
}
