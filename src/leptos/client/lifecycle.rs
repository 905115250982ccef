//! Reacts to the life of the page: its start, visibility, and the network.

use super::{
    context::Context,
    login::LoginFlow,
    logout::PendingLogout,
    platform::Platform,
    refresh::Refresher,
    session::SessionStore,
    state::{LogoutReason, SessionState},
};
use handstamp_protocol::error::ErrorCode;
use std::{cell::Cell, rc::Rc};

/// The maximum delay after an event, in milliseconds, so that not all tabs send requests at once.
const JITTER: f64 = 500.0;

/// A change of the page or the network, ordered by how much doubt it casts on the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageEvent {
    /// The page became visible, possibly after hours.
    Shown,
    /// The browser reports that there is a network.
    Online,
    /// The page was restored from the back/forward cache, and has missed all messages until then.
    Restored,
    /// The browser reports that there is no network. A local server may be reachable nevertheless.
    Offline,
}

/// Checks the session after page events.
pub struct Lifecycle<P> {
    platform: Rc<P>,
    session: Rc<SessionStore>,
    refresher: Rc<Refresher<P>>,
    pending_logout: Rc<PendingLogout<P>>,
    login: Rc<LoginFlow<P>>,
    /// The most serious event that was not handled yet.
    pending: Cell<Option<PageEvent>>,
}

impl<P: Platform> Lifecycle<P> {
    /// Returns a handler without a pending event.
    pub fn new(
        context: &Context<P>,
        refresher: Rc<Refresher<P>>,
        pending_logout: Rc<PendingLogout<P>>,
        login: Rc<LoginFlow<P>>,
    ) -> Self {
        let Context { platform, session, .. } = context.clone();
        Self { platform, session, refresher, pending_logout, login, pending: Cell::default() }
    }

    /// Finds out by a refresh whether a user is logged in. If a logout is pending, sends that instead.
    pub fn on_start(&self) {
        if self.session.state() != SessionState::Starting {
            return;
        }
        if self.platform.has_pending_logout() {
            self.session.end(LogoutReason::LoggedOutUnconfirmed);
            self.pending_logout.resume();
        } else {
            drop(self.refresher.refresh());
        }
    }

    /// Checks the session, once for all events that occur at about the same time.
    pub async fn on_event(&self, event: PageEvent) {
        let Some(event) = self.coalesce(event).await else { return };
        match self.session.state() {
            SessionState::Starting => {}
            SessionState::LoggedIn | SessionState::Offline(_)
                if self.platform.has_pending_logout() =>
            {
                drop(self.refresher.sync_logout());
            }
            SessionState::LoggedIn => self.check_logged_in(event).await,
            SessionState::Offline(error) => self.check_offline(error).await,
            SessionState::LoggedOut(_) => self.check_logged_out(event).await,
        }
    }

    /// Returns the most serious of the events that occur within the jitter, or `None` if another call handles them.
    async fn coalesce(&self, event: PageEvent) -> Option<PageEvent> {
        let pending = self.pending.get();
        self.pending.set(pending.max(Some(event)));
        // A restored page may show another user's data, so it does not wait. Browsers report `Shown` before.
        if event != PageEvent::Restored {
            if pending.is_some() {
                return None;
            }
            self.platform.sleep(JITTER * self.platform.random()).await;
        }
        self.pending.take()
    }

    async fn check_logged_in(&self, event: PageEvent) {
        let is_in_doubt = self.may_have_missed_messages(event)
            || event == PageEvent::Offline
            || !self.session.has_valid_token(self.platform.now());
        if event == PageEvent::Restored {
            let _ = self.refresher.refresh_now().await;
        } else if is_in_doubt {
            let _ = self.refresher.refresh().await;
        }
    }

    async fn check_offline(&self, error: ErrorCode) {
        let _ = if error.is_unreached() {
            self.refresher.refresh_now().await
        } else {
            // The server has responded with an error, and may have sent a `Retry-After`.
            self.refresher.refresh().await
        };
    }

    async fn check_logged_out(&self, event: PageEvent) {
        if self.may_have_missed_messages(event) && !self.platform.has_pending_logout() {
            // The user may have logged in in another tab. A login here would end that session.
            let outcome = match event {
                PageEvent::Restored => self.refresher.refresh_now().await,
                _ => self.refresher.refresh().await,
            };
            if !outcome.is_err_and(|error| error.code.is_unreached()) {
                self.login.clear_lost_response();
            }
        } else if event > PageEvent::Shown || !self.pending_logout.is_active() {
            // A page that became visible does not cut the wait for the next attempt short.
            self.pending_logout.resume();
        }
    }

    fn may_have_missed_messages(&self, event: PageEvent) -> bool {
        event == PageEvent::Restored
            || !self.platform.receives_broadcasts()
            || (event == PageEvent::Online && self.login.has_lost_response())
    }
}
