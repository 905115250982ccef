//! The change of the e-mail address that waits for its confirmation.

use super::flag;
use crate::ui::{
    datetime::relative, focus::focus, live_text::LiveText, notice::ErrorNotice,
    reloadable::Reloadable, show::ShowWhen, submission::Submission, toast::Toasts,
};
use handstamp_leptos::client::api::{delete, post};
use handstamp_protocol::json_api::Account;
use leptos::prelude::*;

const PATH: &str = "/api/account/email/change";

/// Shows the new address. Its link can be sent again, and the change can be cancelled.
#[component]
pub fn PendingEmail(account: Reloadable<Account>) -> impl IntoView {
    let (form, toasts) = (Submission::new(), Toasts::current());
    let busy = form.busy;
    let address = Signal::derive(move || {
        let pending = account.value.get().and_then(|account| account.pending_email);
        pending.map(|pending| pending.email).unwrap_or_default()
    });
    let text = Signal::derive(move || {
        let pending = account.value.get().and_then(|account| account.pending_email);
        pending.map_or_else(String::new, |pending| {
            let (email, when) = (pending.email, relative(&pending.expires_at));
            format!("Waiting for {email}. Your email changes once you open the link we sent there. The link expires {when}.")
        })
    });
    let resend = move |_| {
        let to = address.get_untracked();
        let work = async move {
            post::<()>(PATH, &()).await?;
            toasts.show(format!("We sent another link to {to}. The previous one no longer works."));
            account.load();
            Ok(())
        };
        form.send(work, move || account.load());
    };
    let cancel = move |_| {
        let work = async move {
            delete(PATH).await?;
            toasts.show("Email change cancelled.");
            account.load();
            // The button is about to be removed.
            focus("email");
            Ok(())
        };
        form.send(work, || ());
    };
    view! {
        <ShowWhen when=flag(account, |account| account.pending_email.is_some())>
            <div class="notice pending-email">
                <p><LiveText text /></p>
                <p class="actions">
                    <button type="button" class="button button-quiet button-small" disabled=busy on:click=resend>"Resend link"</button>
                    <button type="button" class="button button-quiet button-small" disabled=busy on:click=cancel>"Cancel change"</button>
                </p>
            </div>
        </ShowWhen>
        <ErrorNotice error=form.error />
    }
}
