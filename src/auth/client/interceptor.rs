//! The interceptor: sends a request with the access token; where the token is refused, refreshes and
//! sends the request once more. The caller sees the answer and nothing of this.

use super::{
    held::HeldToken,
    lifecycle::PageEvent,
    login::{InFlightLogins, PendingLogout},
    lone_failures::LoneFailures,
    platform::Platform,
    refresh::Refresher,
    replay::{ReplayRequest, ReplayResponse},
    session::SessionStore,
    state::{SessionState, SignedOutReason},
    trace::{Event, Trace},
    transport::{LONGEST, Transport},
};
use crate::protocol::error::{AppError, ErrorCode};
use http::Method;
use std::{cell::Cell, rc::Rc};

/// Said of a request that has no answer while the server answers others.
const FAILED_ALONE: &str = "This request was not answered, while others were. A browser extension or a filter on \
                            the network may block it.";

const NO_SESSION: SessionState = SessionState::SignedOut(SignedOutReason::NoSession);

/// Sends requests with the access token of the user who is logged in.
pub struct Interceptor<P> {
    platform: Rc<P>,
    session: Rc<SessionStore>,
    refresher: Rc<Refresher<P>>,
    farewell: Rc<PendingLogout<P>>,
    trace: Rc<Trace>,
    wire: Rc<Transport<P>>,
    logins: InFlightLogins,
    woken: Cell<Option<PageEvent>>,
    has_lost_login: Cell<bool>,
    lone_failures: LoneFailures,
}

impl<P: Platform> Interceptor<P> {
    /// An interceptor that refreshes by posting to `refresh_path`, and logs out by posting to
    /// `log_out_path`.
    pub fn new(platform: P, refresh_path: &'static str, log_out_path: &'static str) -> Self {
        let (platform, session) = (Rc::new(platform), Rc::<SessionStore>::default());
        let clock = Rc::clone(&platform);
        let trace = Rc::new(Trace::new(move || clock.now()));
        let wire = Rc::new(Transport::new(Rc::clone(&platform), Rc::clone(&trace)));
        let logins = InFlightLogins::default();
        let parts = || (Rc::clone(&platform), Rc::clone(&wire), Rc::clone(&session));
        let farewell = PendingLogout::new(log_out_path, parts(), logins.clone());
        let (noting, telling) = (Rc::clone(&trace), Rc::clone(&farewell));
        let refresher = Refresher::new(refresh_path, parts(), noting, logins.clone(), telling);
        Self {
            platform,
            session,
            refresher,
            farewell,
            trace,
            wire,
            logins,
            woken: Cell::default(),
            has_lost_login: Cell::default(),
            lone_failures: LoneFailures::default(),
        }
    }

    /// The session store.
    pub fn session(&self) -> &Rc<SessionStore> {
        &self.session
    }

    /// The refresher.
    pub fn refresher(&self) -> &Rc<Refresher<P>> {
        &self.refresher
    }

    /// What tells the server of a logout.
    pub fn farewell(&self) -> &Rc<PendingLogout<P>> {
        &self.farewell
    }

    /// The stream of steps.
    pub fn trace(&self) -> &Rc<Trace> {
        &self.trace
    }

    /// The wire.
    pub fn wire(&self) -> &Rc<Transport<P>> {
        &self.wire
    }

    /// The logins that are under way in this tab.
    pub fn logins(&self) -> &InFlightLogins {
        &self.logins
    }

    /// What happened to the page, and is still to be looked into.
    pub(super) fn woken(&self) -> &Cell<Option<PageEvent>> {
        &self.woken
    }

    /// Whether the answer of a login was lost, and the server could not be asked yet whether the login succeeded.
    pub(super) fn has_lost_login(&self) -> &Cell<bool> {
        &self.has_lost_login
    }

    /// The surroundings.
    pub fn platform(&self) -> &Rc<P> {
        &self.platform
    }

    /// Sends a request.
    ///
    /// The answer may be any status, also a 401 that isn't about the token or that stays after the
    /// one retry.
    ///
    /// # Errors
    /// `bad_request` for an address that is no path of our own origin; `offline`, `proxy_login` or another passing
    /// trouble; or, where the session turned out to be over, the server's refusal of the refresh, the same for
    /// everyone who waited for it.
    pub async fn send(&self, request: ReplayRequest) -> Result<ReplayResponse, AppError> {
        if !request.is_to_our_own() {
            return Err(AppError::bad_request("The access token goes to our own origin alone."));
        }
        let (before, epoch) = (self.session.held(), self.session.epoch());
        let held = self.token_to_use().await?;
        if before.is_some() {
            self.still_in(epoch)?;
        }
        let answer = self.attempt(&request, held.as_ref()).await?;
        let Some(used) = held else { return Ok(answer) };
        self.still_in(used.epoch)?;
        if !answer.refuses_token() {
            return Ok(answer);
        }
        self.trace.note(Event::TokenRefused {
            path: request.bare_path().to_owned(),
            status: answer.status,
        });

        // Refused with an older token than the one held now: a refresh has happened meanwhile.
        let newer = || self.session.held().filter(|held| held.replaces(&used));
        if newer().is_none() {
            let outcome = self.refresher.refresh().await;
            // Where the refresh itself has ended the session, its refusal says why.
            if outcome.as_ref().is_err_and(|error| error.status != 401) {
                self.still_in(used.epoch)?;
            }
            outcome?;
        }
        let Some(newer) = newer() else {
            return Err(ErrorCode::SessionRevoked.into());
        };
        self.trace.note(Event::Retried { path: request.bare_path().to_owned() });
        let answer = self.attempt(&request, Some(&newer)).await?;
        self.still_in(used.epoch)?;
        Ok(answer)
    }

    /// Nothing of one person's session is sent or shown in another's: whoever logged out or in since
    /// `epoch` gets no answer that was meant for before.
    fn still_in(&self, epoch: u64) -> Result<(), AppError> {
        if self.session.epoch() == epoch { Ok(()) } else { Err(ErrorCode::SessionRevoked.into()) }
    }

    /// The token to send; none for somebody who isn't logged in.
    ///
    /// A token that this client reckons expired is sent all the same: only the server's clock counts.
    async fn token_to_use(&self) -> Result<Option<HeldToken>, AppError> {
        let now = self.platform.now();
        let refreshed = match (self.session.held(), self.session.state()) {
            (Some(held), _) if held.times.is_about_to_expire(now) => self.refresher.refresh().await,
            (None, SessionState::Starting | SessionState::Offline(_)) => {
                self.refresher.refresh().await
            }
            _ => return Ok(self.session.held()),
        };
        match (self.session.held(), refreshed) {
            // Where an early refresh failed the token is still good, and is used.
            (Some(held), _) => Ok(Some(held)),
            (None, Err(error)) if error.code == ErrorCode::RefreshTokenMissing => Ok(None),
            // There never was a session here: the server did not make the token that it was sent.
            (None, Err(_)) if self.session.state() == NO_SESSION => Ok(None),
            (None, refused) => refused.map(|_| None),
        }
    }

    /// Sends the request once, and a `GET` without an answer once more if the server can be reached.
    ///
    /// One failed request does not make the page offline: a filter may block this path alone. Unless another
    /// request was answered since, the server is asked by a refresh, which says for the whole page that it can't
    /// be reached.
    async fn attempt(
        &self,
        request: &ReplayRequest,
        held: Option<&HeldToken>,
    ) -> Result<ReplayResponse, AppError> {
        let (sent_at, answers) = (self.platform.now(), self.wire.answers());
        let failure = match self.exchange(request, held).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let Some(held) = held.filter(|_| self.session.state() == SessionState::SignedIn) else {
            return Err(failure);
        };
        let is_timeout = self.platform.now() - sent_at >= LONGEST;
        let is_known = self.lone_failures.contains(request, sent_at);
        if !is_known && self.wire.answers() == answers {
            match self.refresher.check().await {
                Err(error) if error.code.is_unreached() => return Err(failure),
                checked => checked?,
            }
        }
        self.still_in(held.epoch)?;
        let is_repeatable = request.method == Method::GET && failure.code == ErrorCode::Offline;
        if is_repeatable && !is_known && !is_timeout {
            let newest = self.session.held();
            let repeated = self.exchange(request, newest.as_ref()).await;
            self.still_in(held.epoch)?;
            if let Ok(answer) = repeated {
                return Ok(answer);
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
            Some(held) => self.wire.send_with(request, &held.token, held.times.generation).await,
            None => self.wire.send(request).await,
        };
        let answer = sent.map_err(|_| AppError::new(ErrorCode::Offline))?;
        if answer.is_redirect() {
            return Err(answer.into_error());
        }
        self.lone_failures.remove(request);
        if !answer.refuses_token() && self.session.come_back() {
            self.refresher.recover();
        }
        Ok(answer)
    }
}
