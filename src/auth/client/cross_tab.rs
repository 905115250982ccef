//! What the tabs of one browser tell each other, so that one of them refreshes for all, and all of
//! them show a logout and a login at once. The server's convergence stays the only thing to rely on.

use super::{
    held::TokenUpdate, interceptor::Interceptor, platform::Platform, state::SignedOutReason,
    trace::Event,
};
use crate::protocol::types::BrowserTokens;
use serde::{Deserialize, Serialize};

/// What one tab tells the others. It never leaves the browser, and nothing of it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Somebody logged in.
    Began(BrowserTokens),
    /// A refresh brought this access token.
    Refreshed(BrowserTokens),
    /// The session of this id is over.
    Ended(String, SignedOutReason),
}

impl<P: Platform> Interceptor<P> {
    /// Another tab tells something.
    pub fn hear(&self, message: Message) {
        let now = self.platform().now();
        match message {
            // A refresh of this tab was faster, or the person has gone again.
            Message::Began(tokens) if self.session().knows(&tokens.session_id) => {
                self.hear(Message::Refreshed(tokens));
            }
            Message::Began(tokens) => {
                self.farewell().abandon();
                self.refresher().abandon();
                let generation = self.session().begin(tokens, now);
                self.trace().note(Event::TokenReceived { generation });
            }
            Message::Refreshed(tokens) => match self.session().take(tokens, now) {
                TokenUpdate::Taken(generation) => {
                    self.refresher().hear();
                    self.trace().note(Event::TokenReceived { generation });
                }
                TokenUpdate::OfAnother => drop(self.refresher().refresh()),
                TokenUpdate::Ignored => {}
            },
            Message::Ended(session_id, reason) => {
                let reason = reason.seen_from_elsewhere();
                if self.session().end_of(session_id, reason) {
                    self.refresher().abandon();
                    self.trace().note(Event::SignedOut { reason });
                }
            }
        }
    }
}
