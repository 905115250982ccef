//! The purposes of links in e-mails.

use std::time::Duration;

/// The prefix of the tokens in links, by which secret scanners find leaked links. NEVER change it: it is part of the
/// scanners' rules.
pub const PREFIX: &str = "hsm_";

/// The purpose of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Logs in, and creates an account if the address has none.
    LogIn,
    /// Confirms the address of an account.
    ConfirmEmail,
    /// Changes the address of an account to the one that the link was sent to.
    ChangeEmail,
    /// Sets a new password.
    ResetPassword,
    /// Removes a second factor that was recently enabled, and ends all sessions.
    EndSecondFactor,
}

impl Purpose {
    /// Returns the name of the purpose in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::LogIn => "log_in",
            Self::ConfirmEmail => "confirm_email",
            Self::ChangeEmail => "change_email",
            Self::ResetPassword => "reset_password",
            Self::EndSecondFactor => "end_second_factor",
        }
    }

    /// Returns the first path segment of the page that the link opens.
    pub fn page(self) -> &'static str {
        match self {
            Self::LogIn => "magic",
            Self::ConfirmEmail | Self::ChangeEmail => "confirm",
            Self::ResetPassword => "reset",
            Self::EndSecondFactor => "undo",
        }
    }

    /// Returns how long the link is valid.
    pub fn lifetime(self) -> Duration {
        let minutes = match self {
            Self::LogIn | Self::ResetPassword => 10,
            Self::ConfirmEmail | Self::ChangeEmail => 24 * 60,
            Self::EndSecondFactor => 72 * 60,
        };
        Duration::from_secs(minutes * 60)
    }
}

/// The paths of these pages. A token follows each of them, which must not be logged.
pub const PAGES: [&str; 4] = ["/magic/", "/confirm/", "/reset/", "/undo/"];
