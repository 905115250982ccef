//! The refresh request and its response.

use super::{
    context::Context, platform::Platform, replay::ReplayResponse, session::SessionStore,
    transport::Transport,
};
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    types::BrowserTokens,
};
use std::{cell::RefCell, rc::Rc};

const IF_ANY_BODY: &str = r#"{"if_any":true}"#;
const NULL_BODY: &[u8] = b"null";

/// How many times a refresh is sent if the server responds with 409.
const MAX_ATTEMPTS: u32 = 3;

/// How the server responds if the browser has no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefreshMode {
    /// With 401.
    Required,
    /// With `null`, because this is no error.
    IfAny,
}

/// Sends refresh requests, and keeps the attempt id until one of them has succeeded.
pub(super) struct RefreshRequest<P> {
    path: &'static str,
    platform: Rc<P>,
    transport: Rc<Transport<P>>,
    session: Rc<SessionStore>,
    /// The attempt id of a refresh without a usable response.
    unanswered: RefCell<Option<String>>,
}

impl<P: Platform> RefreshRequest<P> {
    pub(super) fn new(path: &'static str, context: &Context<P>) -> Self {
        let Context { platform, transport, session, .. } = context.clone();
        Self { path, platform, transport, session, unanswered: RefCell::default() }
    }

    /// Sends a refresh with the pending attempt id. Returns `None` if there is no response in time.
    pub(super) async fn send(&self, mode: RefreshMode) -> Option<ReplayResponse> {
        let attempt = self.platform.attempt_id(self.unanswered.borrow().as_deref());
        self.session.set_keeps_cookies(attempt.is_some());
        *self.unanswered.borrow_mut() = attempt;
        let body = (mode == RefreshMode::IfAny).then_some(IF_ANY_BODY);
        self.transport.post_with_refresh_cookie(self.path, body).await
    }

    /// Sends a refresh, and again after a 409, as long as the session is the one of `epoch`.
    pub(super) async fn send_for(&self, epoch: u64) -> Option<ReplayResponse> {
        let mut response = None;
        for attempt in 1..=MAX_ATTEMPTS {
            if self.session.epoch() != epoch {
                return None;
            }
            let has_user = self.session.has_user();
            let mode = if has_user { RefreshMode::Required } else { RefreshMode::IfAny };
            response = self.send(mode).await;
            let is_conflict = response.as_ref().is_some_and(|response| response.status == 409);
            if !is_conflict || attempt == MAX_ATTEMPTS {
                break;
            }
            self.platform.sleep(100.0 + 200.0 * self.platform.random()).await;
        }
        response
    }

    /// Discards the attempt id: its refresh has succeeded, or its result is not needed any more.
    pub(super) fn discard_attempt(&self) {
        self.unanswered.take();
    }
}

/// The meaning of a response to a refresh.
#[derive(Debug)]
pub(super) enum RefreshResult {
    /// New tokens.
    Tokens(BrowserTokens),
    /// The response to [`RefreshMode::IfAny`] if the browser has no session.
    NoSession,
    /// The server refused the refresh token.
    Refused(AppError),
    /// A transient error, after which the session may still be active.
    Failed(AppError),
}

impl RefreshResult {
    pub(super) fn of(response: Option<ReplayResponse>) -> Self {
        let Some(response) = response else { return Self::Failed(ErrorCode::Offline.into()) };
        match response.status {
            200 if response.body.as_ref() == NULL_BODY => Self::NoSession,
            200 => match serde_json::from_slice::<BrowserTokens>(&response.body) {
                Ok(tokens) if tokens.are_usable() => Self::Tokens(tokens),
                _ => Self::Failed(ErrorCode::Unavailable.into()),
            },
            // A 401 without problem details comes from an intermediary, and does not end the session.
            401 => match response.problem() {
                Some(refusal) => Self::Refused(refusal),
                None => Self::Failed(response.into_error()),
            },
            _ => Self::Failed(response.into_error()),
        }
    }
}
