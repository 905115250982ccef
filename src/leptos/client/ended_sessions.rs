//! The sessions that ended in this browser. Late responses and messages about them are discarded.

use super::state::LogoutReason;

/// No request is in flight for longer than a few logins take.
const MAX_ENDED: usize = 8;

/// The ids of the ended sessions with the reasons, newest first.
#[derive(Debug, Default)]
pub(super) struct EndedSessions(Vec<(String, LogoutReason)>);

impl EndedSessions {
    /// Returns why this session ended, if it did.
    pub(super) fn reason(&self, session_id: &str) -> Option<LogoutReason> {
        self.0.iter().find(|(id, _)| id == session_id).map(|(_, reason)| *reason)
    }

    pub(super) fn record(&mut self, session_id: String, reason: LogoutReason) {
        self.0.insert(0, (session_id, reason));
        self.0.truncate(MAX_ENDED);
    }
}
