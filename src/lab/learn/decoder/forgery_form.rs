//! Sends the access token with a change, and explains the response.

use super::{
    super::words::Say,
    access_token::{self, Answer, PATH},
    fields::Fields,
    forgery::{FORGERIES, Forgery, Unsigned},
    token::{Encoded, MASK},
};
use crate::ui::{
    component_scope::ComponentScope, live_text::LiveText, notice::ErrorNotice, show::ShowWhen,
};
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::prelude::*;

/// The last response, and what was changed for it.
type Sent = Option<(Forgery, Answer)>;

/// The choices, what will be sent, and what the server responds.
#[component]
pub fn ForgeryForm(
    #[prop(into)] parts: Signal<Unsigned>,
    #[prop(into)] has_token: Signal<bool>,
) -> impl IntoView {
    let while_shown = ComponentScope::current();
    let chosen = RwSignal::new(Forgery::OtherUser);
    let busy = RwSignal::new(false);
    let sent = RwSignal::<Sent>::new(None);
    let error = RwSignal::<Option<AppError>>::new(None);
    let send = move |_| {
        if busy.get_untracked() || !has_token.get_untracked() {
            return;
        }
        let forgery = chosen.get_untracked();
        busy.set(true);
        sent.set(None);
        error.set(None);
        while_shown.spawn(async move {
            match access_token::send(forgery).await {
                Ok(answer) => sent.set(Some((forgery, answer))),
                Err(failure) => error.set(Some(failure)),
            }
            busy.set(false);
        });
    };
    let choices = FORGERIES.map(|forgery| {
        let is_chosen = Signal::derive(move || chosen.get() == forgery);
        let choose = move |_| {
            sent.set(None);
            error.set(None);
            chosen.set(forgery);
        };
        view! {
            <label class="choice">
                <input type="radio" name="forgery" autocomplete="off" prop:checked=is_chosen on:change=choose />
                <span>{label(forgery)}</span>
            </label>
        }
        .into_any()
    });
    let is_closed = Signal::derive(move || (busy.get() || !has_token.get()).to_string());
    let is_busy = Signal::derive(move || busy.get().to_string());
    let reason = Signal::derive(move || match has_token.get() {
        true => String::new(),
        false => "Log in first: there is no ticket to change.".to_owned(),
    });
    view! {
        <h3><Say text="Change the ticket and send it" /></h3>
        <p><Say text="Play the forger: pick a change, and this page sends the changed ticket to the API, for real. The request goes around the interceptor, so nothing is refreshed, and your session stays as it is." /></p>
        <fieldset class="choices">
            <legend>"What to change"</legend>
            {Vec::from(choices)}
        </fieldset>
        <ShowWhen when=has_token><Preview parts chosen /></ShowWhen>
        <p class="actions">
            <button type="button" class="button button-quiet" aria-disabled=is_closed aria-busy=is_busy aria-describedby="forgery-closed" on:click=send>"Send it"</button>
        </p>
        <p class="hint" id="forgery-closed"><Say text=reason /></p>
        <Response sent />
        <ErrorNotice error />
        <p><Say text="Why the server notices: it computed the signature from header and payload, with a private key that never leaves it. After a change of a single character the old signature no longer fits, and without the key no one can compute a new one. Checking needs only the public key, which the server publishes." />" "<a href="/.well-known/jwks.json" rel="external">"Show the public key"</a></p>
    }
}

fn label(forgery: Forgery) -> &'static str {
    match forgery {
        Forgery::Unchanged => "Nothing, for comparison",
        Forgery::OtherUser => "sub: another user",
        Forgery::LaterExpiry => "exp: a year later",
        Forgery::OtherSession => "sid: another session",
        Forgery::NoAlgorithm => "alg: none, and no signature",
        Forgery::BrokenSignature => "One character of the signature",
    }
}

/// What will be sent, except for the signature.
#[component]
fn Preview(parts: Signal<Unsigned>, chosen: RwSignal<Forgery>) -> impl IntoView {
    let forged =
        Signal::derive(move || parts.with(|parts| chosen.get().apply(parts)).unwrap_or_default());
    let change = Signal::derive(move || change_of(chosen.get(), &parts.get(), &forged.get()));
    let signature = Signal::derive(move || {
        match chosen.get() {
            Forgery::NoAlgorithm => "",
            _ => MASK,
        }
        .to_owned()
    });
    let signature_note = Signal::derive(move || {
        match chosen.get() {
            Forgery::NoAlgorithm => "Without a signature: the text ends with the dot.",
            Forgery::BrokenSignature => {
                "With the signature of the real ticket, except for its first character (hidden)."
            }
            _ => "With the signature of the real ticket (hidden).",
        }
        .to_owned()
    });
    view! {
        <div class="preview" data-testid="forgery-preview">
            <h4>"What will be sent"</h4>
            <p><code translate="no">{format!("GET {PATH}")}</code></p>
            <p class="preview-token"><code translate="no">"Authorization: Bearer "</code><Encoded parts=forged signature /></p>
            <p class="preview-change"><code translate="no"><LiveText text=change /></code></p>
            <p class="hint"><Say text=signature_note /></p>
        </div>
    }
}

/// Returns the changed member before and after; an empty text if no member is changed.
fn change_of(forgery: Forgery, original: &Unsigned, forged: &Unsigned) -> String {
    let name = forgery.changed();
    let value = |parts: &Unsigned| {
        let member = |part: &str| Some(Fields::decode(part)?.get(name)?.to_string());
        member(&parts.header).or_else(|| member(&parts.payload))
    };
    match (value(original), value(forged)) {
        (Some(before), Some(after)) => format!("\"{name}\": {before} → {after}"),
        _ => String::new(),
    }
}

#[component]
fn Response(sent: RwSignal<Sent>) -> impl IntoView {
    let read = move |read: fn(&Answer) -> String| {
        Signal::derive(move || {
            sent.with(|sent| sent.as_ref().map(|(_, answer)| read(answer)).unwrap_or_default())
        })
    };
    let has_answer = Signal::derive(move || sent.with(Option::is_some));
    let status = read(|answer| format!("{} {}", answer.status, answer.status_text));
    let challenge = read(|answer| answer.challenge.clone().unwrap_or_else(|| "none".to_owned()));
    let code = read(|answer| answer.code.map_or_else(|| "none".to_owned(), ErrorCode::name));
    let explanation = Signal::derive(move || {
        sent.with(|sent| sent.as_ref().map(|(forgery, answer)| verdict(*forgery, answer)))
            .unwrap_or_default()
            .to_owned()
    });
    view! {
        <div role="status" data-testid="forgery-response">
            <ShowWhen when=has_answer>
                <div class="preview">
                    <h4>"What the server answered"</h4>
                    <dl class="facts">
                        <dt>"Status"</dt><dd translate="no"><LiveText text=status /></dd>
                        <dt translate="no">"WWW-Authenticate"</dt><dd translate="no"><LiveText text=challenge /></dd>
                        <dt>"Problem code"</dt><dd translate="no"><LiveText text=code /></dd>
                    </dl>
                </div>
                <p class="outcome"><Say text=explanation /></p>
            </ShowWhen>
        </div>
    }
}

/// Returns the explanation of a response, in the picture's words.
fn verdict(forgery: Forgery, answer: &Answer) -> &'static str {
    match (answer.code, forgery) {
        (Some(ErrorCode::AccessTokenInvalid), forgery) => refusal(forgery),
        (Some(ErrorCode::AccessTokenExpired), _) => {
            "The signature fits, but the ticket has expired. Nothing refreshed it, because this request went around the interceptor. Call the API once, then try again."
        }
        (Some(ErrorCode::SessionRevoked), _) => {
            "The signature fits, but the session has ended. The server remembers that until the ticket expires."
        }
        (None, Forgery::Unchanged) if answer.status == 200 => {
            "Accepted: nothing was changed, so the signature fits. Now change something."
        }
        (None, _) if answer.status == 200 => {
            "Accepted, which must never happen. Please report this as a security fault."
        }
        _ => "The server neither accepted nor refused the ticket. Try again in a moment.",
    }
}

fn refusal(forgery: Forgery) -> &'static str {
    match forgery {
        Forgery::Unchanged => {
            "Refused, although nothing was changed: the server has new keys, and no longer knows the old one. Call the API once, then try again."
        }
        Forgery::OtherUser => {
            "Refused. The signature was made for your own id. The server checks it before it reads sub, so it never even looked for the other user."
        }
        Forgery::LaterExpiry => {
            "Refused. The signature was made for the earlier time. If you could write exp yourself, no ticket would ever expire."
        }
        Forgery::OtherSession => {
            "Refused. The signature was made for your own session. So the ticket of a session that has ended can't be turned into one of another session."
        }
        Forgery::NoAlgorithm => {
            "Refused. Some early libraries accepted a token that asked not to be checked (RFC 8725 §2.1). This server accepts one algorithm, whatever the header says."
        }
        Forgery::BrokenSignature => {
            "Refused. All claims are true, and one wrong character is enough: a signature fits, or it doesn't."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_response_has_its_explanation() {
        let verdict = |forgery, status, code| {
            let (status_text, challenge) = (String::new(), None);
            super::verdict(forgery, &Answer { status, status_text, challenge, code })
        };
        let invalid = Some(ErrorCode::AccessTokenInvalid);
        for forgery in FORGERIES {
            assert!(verdict(forgery, 401, invalid).starts_with("Refused"));
            let expired = verdict(forgery, 403, Some(ErrorCode::AccessTokenExpired));
            assert!(expired.contains("has expired"));
            let ended = verdict(forgery, 401, Some(ErrorCode::SessionRevoked));
            assert!(ended.contains("session has ended"));
            let accepted = verdict(forgery, 200, None);
            assert_eq!(accepted.contains("must never happen"), forgery != Forgery::Unchanged);
            assert!(verdict(forgery, 503, Some(ErrorCode::Unavailable)).contains("Try again"));
            assert!(verdict(forgery, 502, None).contains("Try again"));
        }
    }
}
