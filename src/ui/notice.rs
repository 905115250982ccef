//! Sentences that tell the person what happened, in regions that screen readers follow.

use super::{live_text::LiveText, show::Shown};
use crate::{
    auth::client::{
        state::{SessionState, SignedOutReason},
        use_session,
    },
    protocol::error::{AppError, EndReason, ErrorCode},
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
    let text = Signal::derive(move || match error.get() {
        Some(error) if beside_fields => error.detail.into_owned(),
        Some(error) => sentence(&error),
        None => String::new(),
    });
    let is_wrong = Signal::derive(move || error.get().is_some());
    view! {
        <div role="alert">
            <Shown when=is_wrong>
                <p class="notice notice-error"><LiveText text /></p>
            </Shown>
        </div>
    }
}

/// How often a load that fails comes again by itself: one that fails for a reason of its own doesn't go round.
const TRIES: u32 = 5;

/// A load that failed, with "Try again". It does so by itself when the server is back in reach, and where it was
/// under way for the session before. The error stays until a load succeeds.
#[component]
pub fn LoadError(
    /// The error, if there is one.
    error: RwSignal<Option<AppError>>,
    /// Loads again.
    again: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let tries = StoredValue::new(0);
    Effect::new(move |was_offline: Option<bool>| {
        let state = session.state();
        match error.get() {
            None => tries.set_value(0),
            Some(error) => {
                let is_back = was_offline == Some(true) || error.code == ErrorCode::SessionRevoked;
                if is_back && state == SessionState::SignedIn && tries.get_value() < TRIES {
                    tries.update_value(|tries| *tries += 1);
                    again.run(());
                }
            }
        }
        matches!(state, SessionState::Offline(_))
    });
    let text = Signal::derive(move || error.get().as_ref().map(sentence).unwrap_or_default());
    let is_wrong = Signal::derive(move || error.get().is_some());
    view! {
        <div role="alert">
            <Shown when=is_wrong>
                <p class="notice notice-error">
                    <LiveText text /> " " <button type="button" class="link" on:click=move |_| again.run(())>"Try again"</button>
                </p>
            </Shown>
        </div>
    }
}

/// How a load stands: under way for the first time, or failed.
#[component]
pub fn LoadState(
    /// Whether there is nothing to show yet.
    #[prop(into)]
    is_loading: Signal<bool>,
    /// The error, if there is one.
    error: RwSignal<Option<AppError>>,
    /// Loads again.
    again: Callback<()>,
) -> impl IntoView {
    view! {
        <Shown when=is_loading>
            <p class="waiting" role="status">"Loading…"</p>
        </Shown>
        <LoadError error again />
    }
}

/// Says that something is done.
#[component]
pub fn DoneNotice(
    /// Whether it is.
    when: RwSignal<bool>,
    /// What is said.
    children: ChildrenFn,
) -> impl IntoView {
    view! {
        <div role="status">
            <Shown when>
                <p class="notice">{children()}</p>
            </Shown>
        </div>
    }
}

/// After how many failures in a row a load of the page is offered. It brings the page of whatever answers in place
/// of the server, such as a proxy that asks for a login, which a fetch can't.
const OFFER_LOAD_AFTER: u32 = 3;

/// Why the session is over, that the server is out of reach, or that the browser refuses cookies.
/// Stands above every page.
#[component]
pub fn SessionNotice(
    /// Tries to reach the server again.
    again: Callback<()>,
    /// Tells the server once more that the person has logged out.
    tell: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let ended = move || match session.state() {
        SessionState::SignedOut(reason) => reason_sentence(reason),
        _ => "",
    };
    let is_ended = Signal::derive(move || !ended().is_empty());
    let ended = Signal::derive(move || ended().to_owned());
    let is_unconfirmed = Signal::derive(move || {
        session.state() == SessionState::SignedOut(SignedOutReason::LoggedOutUnconfirmed)
    });
    let is_in_trouble = Signal::derive(move || matches!(session.state(), SessionState::Offline(_)));
    let trouble = Signal::derive(move || match session.state() {
        SessionState::Offline(why) => trouble_sentence(why, session.user().is_some()),
        _ => String::new(),
    });
    let needs_load = Signal::derive(move || {
        let snapshot = session.get();
        snapshot.state == SessionState::Offline(ErrorCode::ProxyLogin)
            || snapshot.failures >= OFFER_LOAD_AFTER
    });
    let refuses_cookies = Signal::derive(move || !session.get().keeps_cookies);
    view! {
        <div role="status">
            <Shown when=is_ended>
                <p class="notice">
                    <LiveText text=ended /> " "
                    <Shown when=is_unconfirmed>
                        <button type="button" class="link" on:click=move |_| tell.run(())>"Tell it now"</button>
                    </Shown>
                </p>
            </Shown>
            <Shown when=is_in_trouble>
                <p class="notice notice-warning">
                    <LiveText text=trouble /> " " <button type="button" class="link" on:click=move |_| again.run(())>"Try again"</button>
                    <Shown when=needs_load>
                        " " <a href="" rel="external">"Load the page"</a>
                    </Shown>
                </p>
            </Shown>
            <Shown when=refuses_cookies>
                <p class="notice notice-warning">
                    "This browser refuses the cookies of this site, so you can't stay logged in here. \
                     Allow cookies for this site, and load the page again. Over plain http some browsers \
                     keep none: then open the site over https."
                </p>
            </Shown>
        </div>
    }
}

/// Why nobody is logged in; an empty sentence where there is nothing to say.
pub fn reason_sentence(reason: SignedOutReason) -> &'static str {
    match reason {
        SignedOutReason::NoSession => "",
        SignedOutReason::LoggedOut => "You are logged out.",
        SignedOutReason::LoggedOutUnconfirmed => {
            "You are logged out here. The server will be told as soon as it can be reached."
        }
        SignedOutReason::Expired => "Your session reached its end. Please log in again.",
        SignedOutReason::CookieRefused => {
            "This browser did not keep the cookie that keeps you logged in. \
             Allow cookies for this site, and log in again. Over plain http some browsers keep none: \
             then open the site over https."
        }
        SignedOutReason::CookieLost => {
            "This browser no longer has the cookie that kept you logged in. Please log in again."
        }
        SignedOutReason::Revoked(Some(EndReason::Reuse)) => {
            "We ended this session because an old stamp was used again. Please log in again."
        }
        SignedOutReason::Revoked(Some(EndReason::LoggedOutEverywhere)) => {
            "You logged out everywhere. Please log in again."
        }
        SignedOutReason::Revoked(Some(EndReason::EndedElsewhere)) => {
            "You ended this session from another device. Please log in again."
        }
        SignedOutReason::Revoked(Some(EndReason::PasswordChanged)) => {
            "Your password was changed. Please log in with the new one."
        }
        SignedOutReason::Revoked(Some(EndReason::AccountDeleted)) => "This account was deleted.",
        SignedOutReason::Revoked(Some(EndReason::TooManySessions)) => {
            "You were logged in at too many places, and this one was unused for the longest time. Please log in again."
        }
        SignedOutReason::Revoked(Some(EndReason::LoggedOut)) => "You signed out in another tab.",
        SignedOutReason::Revoked(None) => "This session was ended. Please log in again.",
    }
}

fn trouble_sentence(why: ErrorCode, is_known: bool) -> String {
    let what = match why {
        ErrorCode::Offline => "The server is out of reach.",
        ErrorCode::ProxyLogin => "A server in front of this site asks for a login of its own.",
        ErrorCode::RateLimited => "The server asks for a moment of patience.",
        // To wait does not help here.
        ErrorCode::CrossSite => return AppError::new(why).detail.into_owned(),
        _ => "The server has trouble and can't answer right now.",
    };
    let stays = if is_known { " You are still logged in." } else { "" };
    format!("{what}{stays} We keep trying.")
}

/// The server's sentence; of a field's error, that field's.
pub fn sentence(error: &AppError) -> String {
    match (error.code, &error.request_id) {
        (ErrorCode::Validation, _) => error
            .errors
            .first()
            .map_or_else(|| error.detail.to_string(), |first| first.message.to_string()),
        (_, Some(id)) => format!("{} (Request {id})", error.detail),
        _ => error.detail.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_end_of_a_session_has_a_sentence_of_its_own() {
        use EndReason::{
            AccountDeleted, EndedElsewhere, LoggedOut, LoggedOutEverywhere, PasswordChanged, Reuse,
            TooManySessions,
        };
        let revoked = [
            LoggedOut,
            LoggedOutEverywhere,
            EndedElsewhere,
            Reuse,
            PasswordChanged,
            AccountDeleted,
            TooManySessions,
        ]
        .map(|reason| SignedOutReason::Revoked(Some(reason)));
        let others = [
            SignedOutReason::NoSession,
            SignedOutReason::LoggedOut,
            SignedOutReason::LoggedOutUnconfirmed,
            SignedOutReason::Expired,
            SignedOutReason::CookieRefused,
            SignedOutReason::CookieLost,
            SignedOutReason::Revoked(None),
        ];
        let all: Vec<_> = revoked.into_iter().chain(others).collect();
        let sentences: HashSet<_> = all.iter().map(|reason| reason_sentence(*reason)).collect();
        assert_eq!(sentences.len(), all.len());
    }
}
