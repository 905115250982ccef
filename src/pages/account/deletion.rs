//! The deletion of the account.

use crate::ui::{
    notice::ErrorNotice, reauth_gate::ReauthGate, show::ShowWhen, submission::Submission,
};
use handstamp_leptos::client::{self, api::delete, state::LogoutReason};
use handstamp_protocol::error::EndReason;
use leptos::prelude::*;

/// Deletes the account after a confirmation.
#[component]
pub fn DeleteAccount(gate: ReauthGate) -> impl IntoView {
    let form = Submission::new();
    let is_confirming = RwSignal::new(false);
    let is_idle = Signal::derive(move || !is_confirming.get());
    let busy = form.busy;
    let keep = move |_| {
        gate.cancel();
        is_confirming.set(false);
    };
    let remove = move |_| {
        gate.run(
            form,
            || async {
                delete("/api/account").await?;
                client::discard_session(LogoutReason::Revoked(Some(EndReason::AccountDeleted)));
                Ok(())
            },
            || (),
        );
    };
    view! {
        <section class="card card-quiet">
            <h2>"Delete the account"</h2>
            <p>"With everything that belongs to it: posts, sessions, events. It can't be restored."</p>
            <ErrorNotice error=form.error />
            <ShowWhen when=is_idle>
                <button type="button" class="button button-danger" on:click=move |_| is_confirming.set(true)>"Delete the account"</button>
            </ShowWhen>
            <ShowWhen when=is_confirming>
                <p class="actions">
                    <button type="button" class="button button-danger" disabled=busy on:click=remove>"Delete it for good"</button>
                    <button type="button" class="button button-quiet" on:click=keep>"Keep it"</button>
                </p>
            </ShowWhen>
        </section>
    }
}
