//! Sends requests with the access token. If the server refuses the token, refreshes it and sends the request once
//! more, so that the caller sees only the final response.

use super::{
    context::Context,
    held::HeldToken,
    lone_failures::LoneFailures,
    platform::Platform,
    refresh::Refresher,
    replay::{ReplayRequest, ReplayResponse},
    session::SessionStore,
    state::{LogoutReason, SessionState},
    trace::{Event, Trace},
    transport::{REQUEST_TIMEOUT, Transport},
};
use handstamp_protocol::error::{AppError, ErrorCode};
use http::Method;
use std::rc::Rc;

/// The detail of the error if a request has no response while the server responds to others.
const FAILED_ALONE: &str = "This request was not answered, while others were. A browser extension or a filter on \
                            the network may block it.";

const NO_SESSION: SessionState = SessionState::LoggedOut(LogoutReason::NoSession);

/// Sends requests with the access token of the user who is logged in.
pub struct Interceptor<P> {
    platform: Rc<P>,
    transport: Rc<Transport<P>>,
    session: Rc<SessionStore>,
    trace: Rc<Trace>,
    refresher: Rc<Refresher<P>>,
    lone_failures: LoneFailures,
}

impl<P: Platform> Interceptor<P> {
    /// Returns an interceptor that refreshes with `refresher`.
    pub fn new(context: &Context<P>, refresher: Rc<Refresher<P>>) -> Self {
        let Context { platform, transport, session, trace } = context.clone();
        let lone_failures = LoneFailures::default();
        Self { platform, transport, session, trace, refresher, lone_failures }
    }

    /// Sends a request.
    ///
    /// The response may have any status, including a 401 that is not about the token or that follows the retry.
    ///
    /// # Errors
    /// `bad_request` if the address is not a path of our own origin; `offline`, `proxy_login` or another transient
    /// error; or the server's refusal of the refresh if the session is over, the same for all requests that waited.
    pub async fn send(&self, request: ReplayRequest) -> Result<ReplayResponse, AppError> {
        if !request.is_same_origin() {
            return Err(AppError::bad_request("The access token goes to our own origin alone."));
        }
        let (before, epoch) = (self.session.held(), self.session.epoch());
        let held = self.token_to_send().await?;
        if before.is_some() {
            self.require_epoch(epoch)?;
        }
        let response = self.attempt(&request, held.as_ref()).await?;
        let Some(used) = held else { return Ok(response) };
        self.require_epoch(used.epoch)?;
        if !response.refuses_token() {
            return Ok(response);
        }
        self.trace.record(Event::TokenRefused {
            path: request.bare_path().to_owned(),
            status: response.status,
        });
        let newer = self.token_newer_than(&used).await?;
        self.trace.record(Event::Retried { path: request.bare_path().to_owned() });
        let response = self.attempt(&request, Some(&newer)).await?;
        self.require_epoch(used.epoch)?;
        Ok(response)
    }

    /// Fails with `session_revoked` if the user has logged out or in since `epoch`, so that a request or response of
    /// one session is never used in another.
    fn require_epoch(&self, epoch: u64) -> Result<(), AppError> {
        if self.session.epoch() == epoch { Ok(()) } else { Err(ErrorCode::SessionRevoked.into()) }
    }

    /// Returns the token to send, or `None` if no user is logged in.
    ///
    /// A token that has expired by the client's clock is sent nevertheless, because only the server's clock counts.
    async fn token_to_send(&self) -> Result<Option<HeldToken>, AppError> {
        let now = self.platform.now();
        let outcome = match (self.session.held(), self.session.state()) {
            (Some(held), _) if held.times.is_about_to_expire(now) => self.refresher.refresh().await,
            (None, SessionState::Starting | SessionState::Offline(_)) => {
                self.refresher.refresh().await
            }
            _ => return Ok(self.session.held()),
        };
        match (self.session.held(), outcome) {
            // If an early refresh failed, the token is still valid.
            (Some(held), _) => Ok(Some(held)),
            (None, Err(error)) if error.code == ErrorCode::RefreshTokenMissing => Ok(None),
            // There was no session here: the server does not know the refresh token of the browser.
            (None, Err(_)) if self.session.state() == NO_SESSION => Ok(None),
            (None, outcome) => outcome.map(|_| None),
        }
    }

    /// Returns the token that has replaced `used` since it was sent, or refreshes.
    async fn token_newer_than(&self, used: &HeldToken) -> Result<HeldToken, AppError> {
        let newer = || self.session.held().filter(|held| held.replaces(used));
        if let Some(newer) = newer() {
            return Ok(newer);
        }
        let outcome = self.refresher.refresh().await;
        // If the refresh itself has ended the session, its error contains the reason.
        if outcome.as_ref().is_err_and(|error| error.status != 401) {
            self.require_epoch(used.epoch)?;
        }
        outcome?;
        newer().ok_or_else(|| ErrorCode::SessionRevoked.into())
    }

    /// Sends the request once, and a `GET` without a response once more if the server is reachable.
    ///
    /// One failed request does not make the page offline, because a filter may block this path alone. Unless another
    /// request was answered since, a refresh finds out whether the server is unreachable for the whole page.
    async fn attempt(
        &self,
        request: &ReplayRequest,
        held: Option<&HeldToken>,
    ) -> Result<ReplayResponse, AppError> {
        let (sent_at, responses) = (self.platform.now(), self.transport.responses());
        let failure = match self.exchange(request, held).await {
            Ok(response) => return Ok(response),
            Err(failure) => failure,
        };
        let Some(held) = held.filter(|_| self.session.state() == SessionState::LoggedIn) else {
            return Err(failure);
        };
        let is_timeout = self.platform.now() - sent_at >= REQUEST_TIMEOUT;
        let is_known = self.lone_failures.contains(request, sent_at);
        if !is_known && self.transport.responses() == responses {
            match self.refresher.refresh().await {
                Err(error) if error.code.is_unreached() => return Err(failure),
                Err(error) if error.status == 401 => return Err(error),
                // Any other response, also an error, shows that the server is reachable.
                _ => {}
            }
        }
        self.require_epoch(held.epoch)?;
        let is_repeatable = request.method == Method::GET && failure.code == ErrorCode::Offline;
        if is_repeatable && !is_known && !is_timeout {
            let newest = self.session.held();
            let repeated = self.exchange(request, newest.as_ref()).await;
            self.require_epoch(held.epoch)?;
            if let Ok(response) = repeated {
                return Ok(response);
            }
        }
        self.lone_failures.add(request, self.platform.now());
        Err(match failure.code {
            ErrorCode::Offline => AppError { detail: FAILED_ALONE.into(), ..failure },
            _ => failure,
        })
    }

    /// Sends the request once.
    async fn exchange(
        &self,
        request: &ReplayRequest,
        held: Option<&HeldToken>,
    ) -> Result<ReplayResponse, AppError> {
        let sent = match held {
            Some(held) => {
                self.transport.send_with(request, &held.token, held.times.generation).await
            }
            None => self.transport.send(request).await,
        };
        let response = sent.map_err(|_| AppError::new(ErrorCode::Offline))?;
        if response.is_redirect() {
            return Err(response.into_error());
        }
        self.lone_failures.remove(request);
        if !response.refuses_token() && self.session.set_reachable() {
            self.refresher.reset_backoff();
        }
        Ok(response)
    }
}
