//! Recovery codes: shown once after they are generated, and replaced after a question.

use super::{flag, second_factor::ProofFields};
use crate::{
    pages::settings::HEADING,
    ui::{
        clipboard,
        dialog::{ConfirmDialog, DialogState},
        focus::focus,
        live_text::LiveText,
        reauth_gate::ReauthGate,
        reloadable::Reloadable,
        show::ShowWhen,
        toast::Toasts,
    },
};
use handstamp_leptos::client::api::post;
use handstamp_protocol::json_api::{Account, RecoveryCodes};
use leptos::prelude::*;

/// The id of the list of new codes.
pub const NEW_CODES: &str = "recovery-codes";

/// The recovery codes right after they are generated. The server stores only their hashes.
#[component]
pub fn NewRecoveryCodes(codes: RwSignal<Vec<String>>) -> impl IntoView {
    let toasts = Toasts::current();
    let status = RwSignal::new(String::new());
    let text = move || codes.get_untracked().join("\n");
    let keep = move |_| {
        codes.set(Vec::new());
        toasts.show("Two-step login is on.");
        focus(HEADING);
    };
    view! {
        <div class="notice recovery" role="group" aria-labelledby=NEW_CODES>
            <p id=NEW_CODES tabindex="-1">"Save these recovery codes. Each works once if you lose your phone. You won't see them again."</p>
            <ul class="recovery-codes" aria-label="Recovery codes">
                <For each=move || codes.get() key=String::clone let:code>
                    <li><code>{code}</code></li>
                </For>
            </ul>
            <p class="actions">
                <button type="button" class="button button-quiet button-small" on:click=move |_| clipboard::copy(text(), status)>"Copy"</button>
                <button
                    type="button"
                    class="button button-quiet button-small"
                    on:click=move |_| clipboard::save("handstamp-recovery-codes.txt", &text())
                >
                    "Download"
                </button>
                <button type="button" class="button button-quiet button-small" on:click=move |_| drop(window().print())>"Print"</button>
                <button type="button" class="button button-small" on:click=keep>"I've saved them"</button>
            </p>
            <p class="hint" role="status"><LiveText text=status /></p>
        </div>
    }
}

/// The number of codes that are left, and the button that generates new ones.
#[component]
pub fn RenewRecoveryCodes(
    account: Reloadable<Account>,
    gate: ReauthGate,
    codes: RwSignal<Vec<String>>,
) -> impl IntoView {
    let dialog = DialogState::new();
    let proof = ProofFields::new(dialog);
    let left = Signal::derive(move || {
        match account.value.get().map_or(0, |account| account.recovery_codes_left) {
            0 => "You have no recovery codes left.".to_owned(),
            1 => "1 recovery code is left.".to_owned(),
            left => format!("{left} recovery codes are left."),
        }
    });
    let renew = Callback::new(move |()| {
        let typed = proof.read();
        let work = move || {
            let proof = typed.proof();
            async move {
                let new: RecoveryCodes = post("/api/account/recovery_codes", &proof).await?;
                dialog.close();
                codes.set(new.recovery_codes);
                account.load();
                focus(NEW_CODES);
                Ok(())
            }
        };
        gate.run(dialog.submission, work, move || proof.focus_error());
    });
    view! {
        <p><LiveText text=left /></p>
        <p><button type="button" class="button button-quiet" on:click=move |_| dialog.open()>"Generate new codes"</button></p>
        <ConfirmDialog
            state=dialog
            id="renew-codes-title"
            title=Signal::stored("Generate new recovery codes?".to_owned())
            confirm=Signal::stored("Generate new codes".to_owned())
            has_fields=true
            on_confirm=renew
        >
            <ShowWhen when=dialog.is_open>
                <p>"Your old codes stop working, also those that you printed or saved."</p>
                {proof.view(["renew-password", "renew-code"], flag(account, |account| account.has_password))}
            </ShowWhen>
        </ConfirmDialog>
    }
}
