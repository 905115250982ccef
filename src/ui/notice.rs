//! Sentences that tell the person what happened, in regions that screen readers follow.

use crate::{
    auth::client::{
        session::{SessionState, SignedOutReason},
        use_session,
    },
    error::{AppError, EndReason, ErrorCode},
};
use leptos::prelude::*;

/// The error of a form or of a button.
#[component]
pub fn ErrorNotice(
    /// The error, if there is one.
    error: RwSignal<Option<AppError>>,
    /// Whether the errors of single fields stand beside them already.
    #[prop(optional)]
    beside_fields: bool,
) -> impl IntoView {
    let text = move || {
        error.with(|error| match error {
            Some(error) if beside_fields => Some(error.detail.to_string()),
            error => error.as_ref().map(sentence),
        })
    };
    view! {
        <div role="alert">
            {move || text().map(|text| view! { <p class="notice notice-error">{text}</p> })}
        </div>
    }
}

/// A load that failed, with "Try again".
#[component]
pub fn LoadError(
    /// The error, if there is one.
    error: RwSignal<Option<AppError>>,
    /// Loads again.
    again: Callback<()>,
) -> impl IntoView {
    view! {
        <div role="alert">
            <Show when=move || error.with(Option::is_some)>
                <p class="notice notice-error">
                    {move || error.with(|error| error.as_ref().map(sentence))} " "
                    <button class="link" on:click=move |_| again.run(())>"Try again"</button>
                </p>
            </Show>
        </div>
    }
}

/// Why the session is over, or that the server is out of reach. Stands above every page.
#[component]
pub fn SessionNotice(
    /// Tries to reach the server again.
    again: Callback<()>,
    /// Tells the server once more that the person has logged out.
    log_out: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let state = Memo::new(move |_| session.with(|session| session.state));
    let ended = move || match state.get() {
        SessionState::SignedOut(reason) => reason_sentence(reason),
        _ => None,
    };
    let is_unconfirmed =
        move || state.get() == SessionState::SignedOut(SignedOutReason::LoggedOutUnconfirmed);
    let out_of_reach = move || match session.with(|session| session.user.is_some()) {
        true => "The server is out of reach. You are still logged in. ",
        false => "The server is out of reach. ",
    };
    view! {
        <div role="status">
            <Show when=move || ended().is_some()>
                <p class="notice">
                    {ended} " "
                    <Show when=is_unconfirmed>
                        <button class="link" on:click=move |_| log_out.run(())>"Tell it again"</button>
                    </Show>
                </p>
            </Show>
            <Show when=move || state.get() == SessionState::Offline>
                <p class="notice notice-warning">
                    {out_of_reach} <button class="link" on:click=move |_| again.run(())>"Try again"</button>
                </p>
            </Show>
        </div>
    }
}

fn reason_sentence(reason: SignedOutReason) -> Option<&'static str> {
    match reason {
        SignedOutReason::NoSession => None,
        SignedOutReason::LoggedOut => Some("You are logged out."),
        SignedOutReason::LoggedOutUnconfirmed => {
            Some("You are logged out here, but the server could not be told.")
        }
        SignedOutReason::Expired => Some("Your session reached its end. Please log in again."),
        SignedOutReason::Revoked(Some(EndReason::Reuse)) => {
            Some("We ended this session because an old stamp was used again. Please log in again.")
        }
        SignedOutReason::Revoked(Some(EndReason::LoggedOutEverywhere)) => {
            Some("You logged out everywhere. Please log in again.")
        }
        SignedOutReason::Revoked(Some(EndReason::EndedElsewhere)) => {
            Some("You ended this session from another device. Please log in again.")
        }
        SignedOutReason::Revoked(Some(EndReason::LoggedOut)) => {
            Some("You signed out in another tab.")
        }
        SignedOutReason::Revoked(None) => Some("This session was ended. Please log in again."),
    }
}

/// The server's sentence; of a field's error, that field's.
fn sentence(error: &AppError) -> String {
    match (error.code, &error.request_id) {
        (ErrorCode::Validation, _) => error
            .errors
            .first()
            .map_or_else(|| error.detail.to_string(), |first| first.message.to_string()),
        (_, Some(id)) => format!("{} (Request {id})", error.detail),
        _ => error.detail.to_string(),
    }
}
