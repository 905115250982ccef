//! Messages between the tabs of a browser: one tab refreshes for all, and all tabs show a login and a logout
//! immediately. They are an optimisation. The server keeps every tab logged in without them.

use super::{
    context::Context,
    held::TokenUpdate,
    logout::PendingLogout,
    platform::Platform,
    refresh::Refresher,
    session::SessionStore,
    state::LogoutReason,
    trace::{Event, Trace},
};
use handstamp_protocol::types::BrowserTokens;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// A message to the other tabs. It never leaves the browser, and is not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// A user logged in.
    Began(BrowserTokens),
    /// A refresh returned this access token.
    Refreshed(BrowserTokens),
    /// The session with this id is over.
    Ended(String, LogoutReason),
}

/// Applies the messages of other tabs to this one.
pub struct CrossTab<P> {
    platform: Rc<P>,
    session: Rc<SessionStore>,
    trace: Rc<Trace>,
    refresher: Rc<Refresher<P>>,
    pending_logout: Rc<PendingLogout<P>>,
}

impl<P: Platform> CrossTab<P> {
    /// Returns a receiver of messages.
    pub fn new(
        context: &Context<P>,
        refresher: Rc<Refresher<P>>,
        pending_logout: Rc<PendingLogout<P>>,
    ) -> Self {
        let Context { platform, session, trace, .. } = context.clone();
        Self { platform, session, trace, refresher, pending_logout }
    }

    /// Applies a message.
    pub fn on_message(&self, message: Message) {
        match message {
            // A refresh of this tab was faster, or the user has logged out again.
            Message::Began(tokens) if self.session.has_seen(&tokens.session_id) => {
                self.on_refreshed(tokens);
            }
            Message::Began(tokens) => self.on_login(tokens),
            Message::Refreshed(tokens) => self.on_refreshed(tokens),
            Message::Ended(session_id, reason) => self.on_ended(session_id, reason),
        }
    }

    fn on_login(&self, tokens: BrowserTokens) {
        self.pending_logout.cancel();
        self.refresher.cancel();
        let generation = self.session.start(tokens, self.platform.now());
        self.trace.record(Event::TokenReceived { generation });
    }

    fn on_refreshed(&self, tokens: BrowserTokens) {
        match self.session.update_from_tab(tokens, self.platform.now()) {
            TokenUpdate::Stored(generation) => {
                self.refresher.on_token_from_tab();
                self.trace.record(Event::TokenReceived { generation });
            }
            TokenUpdate::OtherSession => drop(self.refresher.refresh()),
            TokenUpdate::Ignored => {}
        }
    }

    fn on_ended(&self, session_id: String, reason: LogoutReason) {
        let reason = reason.seen_from_elsewhere();
        if self.session.end_if_current(session_id, reason) {
            self.refresher.cancel();
            self.trace.record(Event::LoggedOut { reason });
        }
    }
}
