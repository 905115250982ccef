//! What follows a sign-up: the request to confirm the address.

use crate::{
    demo_mode::DemoMode,
    ui::{
        focus::focus, notice::ErrorNotice, resend::ResendButton, show::ShowWhen,
        submission::Submission, toast::Toasts,
    },
};
use handstamp_leptos::client::{api::post, use_session};
use handstamp_protocol::paths;
use leptos::prelude::*;

const HEADING: &str = "welcome";

/// Greets the new user, and sends the link again on request.
#[component]
pub fn Welcome(next: Signal<String>) -> impl IntoView {
    let session = use_session();
    let user = move || session.user();
    let name = Signal::derive(move || user().map(|user| user.username).unwrap_or_default());
    let email = Signal::derive(move || user().map(|user| user.email).unwrap_or_default());
    let has_outbox = Signal::stored(use_context::<DemoMode>().unwrap_or_default().outbox);
    let resend = Submission::new();
    let toasts = Toasts::current();
    let send = Callback::new(move |()| {
        let work = async move {
            post::<()>("/api/account/email/confirmation", &()).await?;
            toasts.show("We sent the link again.");
            Ok(())
        };
        resend.send(work, || ());
    });
    Effect::new(|| focus(HEADING));
    view! {
        <h1 id=HEADING tabindex="-1">"Welcome, " <bdi translate="no">{name}</bdi>"!"</h1>
        <p>"Confirm your email: we sent a link to " <strong><bdi translate="no">{email}</bdi></strong> ". It works for 24 hours."</p>
        <ErrorNotice error=resend.error />
        <p class="actions">
            <a class="button" href=next>"Continue"</a>
            <ResendButton form=resend send />
        </p>
        <ShowWhen when=has_outbox>
            <p class="hint">"This demo doesn't send email. Find it in the " <a href=paths::OUTBOX>"outbox"</a> "."</p>
        </ShowWhen>
    }
}
