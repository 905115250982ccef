//! What a refresh comes to: a new token, the end of the session, or trouble that passes.

use super::{
    cross_tab::Message,
    platform::Platform,
    refresh::{NOBODY, Outcome, Refresher},
    replay::ReplayResponse,
    state::{SessionState, SignedOutReason},
    trace::Event,
};
use crate::protocol::{
    error::{AppError, ErrorCode},
    types::BrowserTokens,
};
use futures::FutureExt;
use std::rc::Rc;

impl<P: Platform> Refresher<P> {
    /// The server has answered 200.
    pub(super) fn land(self: &Rc<Self>, answer: &ReplayResponse) -> Outcome {
        if answer.body.as_ref() == NOBODY && self.knows_nobody() {
            return Err(self.sign_out(ErrorCode::RefreshTokenMissing.into()));
        }
        let tokens = serde_json::from_slice::<BrowserTokens>(&answer.body).ok();
        let Some(tokens) = tokens.filter(BrowserTokens::are_usable) else {
            return Err(self.fail(ErrorCode::Unavailable.into()));
        };
        let news = Message::Refreshed(tokens.clone());
        let generation = match self.session.replace(tokens, self.platform.now()) {
            Ok(generation) => generation,
            // Another tab has said so while the answer was under way.
            Err(reason) => {
                self.end(reason);
                return Err(ErrorCode::SessionRevoked.into());
            }
        };
        self.unanswered.take();
        self.recover();
        self.trace.note(Event::TokenReplaced { generation });
        self.platform.tell(&news);
        Ok(generation)
    }

    /// The server has refused the refresh token.
    pub(super) fn sign_out(&self, refusal: AppError) -> AppError {
        if self.is_signed_out() {
            // As before, and for the reason from before.
            return refusal;
        }
        let known = self.session.known(self.platform.now());
        self.end(SignedOutReason::of(&refusal, known));
        refusal
    }

    /// Another tab has logged out, and this one has not heard it: the server may not have either. Answers what
    /// whoever asks for a token is told.
    pub fn catch_up(&self) -> AppError {
        let refusal = if self.knows_nobody() {
            ErrorCode::RefreshTokenMissing
        } else {
            ErrorCode::SessionRevoked
        };
        if !self.is_signed_out() {
            self.forget(SignedOutReason::LoggedOutUnconfirmed);
        }
        self.farewell.resume();
        refusal.into()
    }

    /// Forgets the session, in every tab.
    pub fn forget(&self, reason: SignedOutReason) {
        self.abandon();
        self.end(reason);
    }

    fn end(&self, reason: SignedOutReason) {
        if let Some(session_id) = self.session.end(reason) {
            self.platform.tell(&Message::Ended(session_id, reason));
        }
        self.trace.note(Event::SignedOut { reason });
    }

    fn is_signed_out(&self) -> bool {
        matches!(self.session.state(), SessionState::SignedOut(_))
    }

    /// The session stays. The next try waits, longer after every failure, and comes by itself while
    /// the server is out of reach or the client has no good token.
    pub(super) fn fail(self: &Rc<Self>, error: AppError) -> AppError {
        let wait =
            self.back_off.fail(self.platform.now(), self.platform.random(), error.retry_after);
        self.trouble.set(error.code);
        if self.is_signed_out() {
            return error;
        }
        let is_offline = matches!(self.session.state(), SessionState::Offline(_));
        if is_offline || error.code.is_unreached() || !self.has_good_token() {
            self.session.go_offline(error.code);
            self.try_again_after(wait);
        }
        error
    }

    /// Tries again by itself, unless another failure has set a later time meanwhile.
    pub(super) fn try_again_after(self: &Rc<Self>, wait: f64) {
        let (this, sleep) = (Rc::clone(self), self.platform.sleep(wait));
        let due = self.back_off.until();
        self.platform.spawn(
            async move {
                sleep.await;
                let is_latest = this.back_off.until() <= due;
                if is_latest && matches!(this.session.state(), SessionState::Offline(_)) {
                    let _ = this.refresh_now().await;
                }
            }
            .boxed_local(),
        );
    }
}
