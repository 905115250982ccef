//! The notice about the session, above every page.

use super::{live_text::LiveText, show::ShowWhen};
use handstamp_leptos::client::{
    state::{LogoutReason, SessionState},
    use_session,
};
use handstamp_protocol::error::{AppError, EndReason, ErrorCode};
use leptos::prelude::*;

/// The number of consecutive failures after which the notice offers to load the page. Loading it shows the page of an
/// intermediary that responds in place of the server, such as a proxy with its own login.
const OFFER_RELOAD_AFTER_FAILURES: u32 = 3;

/// Says why the session has ended, that the server is unreachable, or that the browser refuses cookies.
#[component]
pub fn SessionNotice(
    /// Retries to reach the server.
    retry: Callback<()>,
    /// Sends the pending logout again.
    retry_logout: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let ended = move || match session.state() {
        SessionState::LoggedOut(reason) => reason_sentence(reason),
        _ => "",
    };
    let is_ended = Signal::derive(move || !ended().is_empty());
    let ended = Signal::derive(move || ended().to_owned());
    let is_warning = Signal::derive(move || {
        matches!(
            session.state(),
            SessionState::LoggedOut(
                LogoutReason::Revoked(Some(EndReason::Reuse)) | LogoutReason::CookieRefused
            )
        )
    });
    let is_unconfirmed = Signal::derive(move || {
        session.state() == SessionState::LoggedOut(LogoutReason::LoggedOutUnconfirmed)
    });
    let is_offline = Signal::derive(move || matches!(session.state(), SessionState::Offline(_)));
    let offline = Signal::derive(move || match session.state() {
        SessionState::Offline(code) => offline_sentence(code, session.user().is_some()),
        _ => String::new(),
    });
    let offers_reload = Signal::derive(move || {
        let snapshot = session.get();
        snapshot.state == SessionState::Offline(ErrorCode::ProxyLogin)
            || snapshot.failures >= OFFER_RELOAD_AFTER_FAILURES
    });
    let refuses_cookies = Signal::derive(move || !session.get().keeps_cookies);
    view! {
        <div role="status">
            <ShowWhen when=is_ended>
                <p class="notice" class:notice-warning=is_warning>
                    <LiveText text=ended /> " "
                    <ShowWhen when=is_unconfirmed>
                        <button type="button" class="link" on:click=move |_| retry_logout.run(())>"Retry now"</button>
                    </ShowWhen>
                </p>
            </ShowWhen>
            <ShowWhen when=is_offline>
                <p class="notice notice-warning">
                    <LiveText text=offline /> " " <button type="button" class="link" on:click=move |_| retry.run(())>"Retry now"</button>
                    <ShowWhen when=offers_reload>
                        " " <a href="" rel="external">"Reload the page"</a>
                    </ShowWhen>
                </p>
            </ShowWhen>
            <ShowWhen when=refuses_cookies>
                <p class="notice notice-warning">
                    "Your browser blocks cookies for this site, so you can't stay logged in. Allow cookies for \
                     this site and reload the page. If the address starts with http, open it with https: some \
                     browsers save no cookies over http."
                </p>
            </ShowWhen>
        </div>
    }
}

/// Returns the message for the end of a session, or an empty string if there is nothing to say.
pub fn reason_sentence(reason: LogoutReason) -> &'static str {
    match reason {
        LogoutReason::NoSession => "",
        LogoutReason::LoggedOut => "You're logged out.",
        LogoutReason::LoggedOutUnconfirmed => {
            "You're logged out on this device. We'll tell the server when it's reachable."
        }
        LogoutReason::Expired => "Your session expired. Please log in again.",
        LogoutReason::CookieRefused => {
            "Your browser didn't save the login cookie. Allow cookies for this site and log in again. If the \
             address starts with http, open it with https: some browsers save no cookies over http."
        }
        LogoutReason::CookieLost => {
            "Your browser no longer has the login cookie. Please log in again."
        }
        LogoutReason::Revoked(Some(EndReason::Reuse)) => {
            "We logged you out because an old copy of your session was used. If you didn't expect this, change \
             your password."
        }
        LogoutReason::Revoked(Some(EndReason::LoggedOutEverywhere)) => {
            "You logged out everywhere. Please log in again."
        }
        LogoutReason::Revoked(Some(EndReason::EndedElsewhere)) => {
            "This session was ended from another session. Please log in again."
        }
        LogoutReason::Revoked(Some(EndReason::PasswordChanged)) => {
            "Your password was changed. Please log in with the new one."
        }
        LogoutReason::Revoked(Some(EndReason::AccountDeleted)) => "Your account has been deleted.",
        LogoutReason::Revoked(Some(EndReason::TooManySessions)) => {
            "You were logged in on too many devices, and this one was unused for the longest time. Please log in again."
        }
        LogoutReason::Revoked(Some(EndReason::LoggedOut)) => "You logged out in another tab.",
        LogoutReason::Revoked(None) => "This session was ended. Please log in again.",
    }
}

fn offline_sentence(code: ErrorCode, is_logged_in: bool) -> String {
    let problem = match code {
        ErrorCode::Offline => "Can't reach the server.",
        ErrorCode::ProxyLogin => "A proxy in front of this site asks for its own login.",
        ErrorCode::RateLimited => "Too many requests.",
        // Waiting does not help.
        ErrorCode::CrossSite => return AppError::new(code).detail.into_owned(),
        _ => "The server has a problem right now.",
    };
    let stays = if is_logged_in { " You're still logged in." } else { "" };
    format!("{problem}{stays} Retrying…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_reason_has_its_own_message() {
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
        .map(|reason| LogoutReason::Revoked(Some(reason)));
        let others = [
            LogoutReason::NoSession,
            LogoutReason::LoggedOut,
            LogoutReason::LoggedOutUnconfirmed,
            LogoutReason::Expired,
            LogoutReason::CookieRefused,
            LogoutReason::CookieLost,
            LogoutReason::Revoked(None),
        ];
        let all: Vec<_> = revoked.into_iter().chain(others).collect();
        let sentences: HashSet<_> = all.iter().map(|reason| reason_sentence(*reason)).collect();
        assert_eq!(sentences.len(), all.len());
    }
}
