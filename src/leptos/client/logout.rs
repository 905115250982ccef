//! Sends a logout to the server until it is confirmed.

use super::{
    backoff::Backoff,
    context::Context,
    login::{InFlightLogins, LOCK_TIMEOUT},
    platform::Platform,
    session::SessionStore,
    transport::Transport,
};
use futures::{
    FutureExt,
    future::{AbortHandle, Either, abortable},
};
use std::{cell::RefCell, rc::Rc};

/// Whether the first request waits for the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FirstRequest {
    Immediate,
    Locked,
}

/// A logout that the server may not have received yet.
pub struct PendingLogout<P> {
    path: &'static str,
    platform: Rc<P>,
    transport: Rc<Transport<P>>,
    session: Rc<SessionStore>,
    logins: InFlightLogins,
    sending: RefCell<Option<AbortHandle>>,
}

impl<P: Platform> PendingLogout<P> {
    /// Returns a sender that posts to `path`.
    pub fn new(path: &'static str, context: &Context<P>, logins: InFlightLogins) -> Rc<Self> {
        let Context { platform, transport, session, .. } = context.clone();
        Rc::new(Self { path, platform, transport, session, logins, sending: RefCell::default() })
    }

    /// Sends the logout immediately, because the user may close the page.
    pub fn send(self: &Rc<Self>) {
        self.start(FirstRequest::Immediate);
    }

    /// Sends a pending logout as soon as this tab has the lock. If the wait for the next attempt has started, it ends.
    pub fn resume(self: &Rc<Self>) {
        if self.platform.has_pending_logout() && !self.logins.are_in_flight() {
            self.start(FirstRequest::Locked);
        }
    }

    /// Whether a logout is being sent, or waits for its next attempt.
    pub fn is_active(&self) -> bool {
        self.sending.borrow().is_some()
    }

    /// Stops sending.
    pub fn cancel(&self) {
        if let Some(sending) = self.sending.take() {
            sending.abort();
        }
    }

    fn start(self: &Rc<Self>, first: FirstRequest) {
        self.cancel();
        let this = Rc::clone(self);
        let (task, abort) = abortable(async move {
            this.retry_until_confirmed(first).await;
            this.sending.take();
        });
        *self.sending.borrow_mut() = Some(abort);
        self.platform.spawn(task.map(|_| ()).boxed_local());
    }

    async fn retry_until_confirmed(&self, first: FirstRequest) {
        let backoff = Backoff::default();
        let was_pending = self.platform.has_pending_logout();
        let mut waits = first == FirstRequest::Locked;
        loop {
            // Also a request that is sent immediately queues for the lock.
            let lock = self.platform.acquire_lock(LOCK_TIMEOUT);
            let lock = if waits { Either::Left(lock.await) } else { Either::Right(lock) };
            if waits && was_pending && !self.platform.has_pending_logout() {
                // Another tab has sent it, or the user has logged in, which ended the session too.
                break;
            }
            let Err(retry_after) = self.send_once().await else { break };
            drop(lock);
            self.session.set_logout_unconfirmed();
            let (now, random) = (self.platform.now(), self.platform.random());
            self.platform.sleep(backoff.record_failure(now, random, retry_after)).await;
            waits = true;
        }
        self.platform.set_pending_logout(false);
        self.session.set_logout_confirmed();
    }

    /// # Errors
    /// Returns the server's `Retry-After` in seconds, if any, unless the server confirmed the logout.
    async fn send_once(&self) -> Result<(), Option<u32>> {
        match self.transport.post_with_refresh_cookie(self.path, None).await {
            // The body is checked too, because a captive portal may respond with 200.
            Some(response) if response.status == 200 && response.body.as_ref() == b"null" => Ok(()),
            Some(response) => Err(response.into_error().retry_after),
            None => Err(None),
        }
    }
}
