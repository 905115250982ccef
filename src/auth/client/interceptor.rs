//! The interceptor: sends a request with the access token; where the token is refused, refreshes and
//! sends the request once more. The caller sees the answer and nothing of this.

use super::{
    platform::Platform,
    refresh::Refresher,
    replay::{ReplayRequest, ReplayResponse},
    session::{Held, SessionState, SessionStore},
    trace::{Event, Trace},
};
use crate::error::{AppError, ErrorCode};
use std::rc::Rc;

/// Sends requests for whoever is logged in.
pub struct Interceptor<P> {
    platform: Rc<P>,
    session: Rc<SessionStore>,
    refresher: Rc<Refresher<P>>,
    trace: Rc<Trace>,
}

impl<P: Platform> Interceptor<P> {
    /// An interceptor that refreshes by posting to `refresh_path`.
    pub fn new(platform: P, refresh_path: &'static str) -> Self {
        let (platform, session, trace) =
            (Rc::new(platform), Rc::<SessionStore>::default(), Rc::<Trace>::default());
        let refresher = Refresher::new(
            refresh_path,
            Rc::clone(&platform),
            Rc::clone(&session),
            Rc::clone(&trace),
        );
        Self { platform, session, refresher, trace }
    }

    /// The session store.
    pub fn session(&self) -> &Rc<SessionStore> {
        &self.session
    }

    /// The refresher.
    pub fn refresher(&self) -> &Rc<Refresher<P>> {
        &self.refresher
    }

    /// The stream of steps.
    pub fn trace(&self) -> &Rc<Trace> {
        &self.trace
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
    /// `offline` or another passing trouble; or, where the session turned out to be over, the
    /// server's refusal of the refresh, the same for everyone who waited for it.
    pub async fn send(&self, request: ReplayRequest) -> Result<ReplayResponse, AppError> {
        let (before, epoch) = (self.session.held(), self.session.epoch());
        let held = self.token_to_use().await?;
        if before.is_some() && self.session.epoch() != epoch {
            // Somebody else is logged in by now, and this request wasn't theirs.
            return Err(ErrorCode::SessionRevoked.into());
        }
        let answer = self.attempt(&request, held.as_ref()).await?;
        let Some(used) = held.filter(|_| answer.refuses_token()) else { return Ok(answer) };
        self.trace.note(Event::TokenRefused {
            path: request.bare_path().to_owned(),
            status: answer.status,
        });

        // Refused with an older token than the one held now: a refresh has happened meanwhile.
        let newer = || self.session.held().filter(|held| held.replaces(&used));
        if newer().is_none() {
            // Logged out, or somebody else logged in: this request was for nobody who is here now.
            if self.session.epoch() != used.epoch {
                return Err(ErrorCode::SessionRevoked.into());
            }
            self.refresher.refresh().await?;
        }
        let Some(newer) = newer() else { return Ok(answer) };
        self.trace.note(Event::Retried { path: request.bare_path().to_owned() });
        self.attempt(&request, Some(&newer)).await
    }

    /// The token to send; none for somebody who isn't logged in.
    ///
    /// A token that this client reckons expired is sent all the same: only the server's clock counts.
    async fn token_to_use(&self) -> Result<Option<Held>, AppError> {
        let now = self.platform.now();
        let refreshed = match (self.session.held(), self.session.state()) {
            (Some(held), _) if held.times.is_about_to_expire(now) => self.refresher.refresh().await,
            (None, SessionState::Starting | SessionState::Offline) => {
                self.refresher.refresh().await
            }
            _ => return Ok(self.session.held()),
        };
        match (self.session.held(), refreshed) {
            // Where an early refresh failed the token is still good, and is used.
            (Some(held), _) => Ok(Some(held)),
            (None, Err(error)) if error.code != ErrorCode::RefreshTokenMissing => Err(error),
            (None, _) => Ok(None),
        }
    }

    async fn attempt(
        &self,
        request: &ReplayRequest,
        held: Option<&Held>,
    ) -> Result<ReplayResponse, AppError> {
        self.trace.note(Event::RequestSent {
            method: request.method.to_string(),
            path: request.bare_path().to_owned(),
            generation: held.map_or(0, |held| held.times.generation),
        });
        let sent = self.platform.fetch(request, held.map(|held| &held.token));
        sent.await.map_err(|_| ErrorCode::Offline.into())
    }
}
