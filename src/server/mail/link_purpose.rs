//! What the links in e-mails do.

use std::time::Duration;

/// Lets secret scanners find leaked links. NEVER change it: the scanners' rules know it.
pub const PREFIX: &str = "hsm_";

/// What a link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Logs in, and makes an account for an address that has none.
    LogIn,
    /// Confirms the address of an account.
    ConfirmEmail,
    /// Gives an account this address.
    ChangeEmail,
    /// Gives an account a new password.
    ResetPassword,
    /// Switches a second factor off that was switched on a short while ago, and ends all sessions.
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

    /// The page that the link opens.
    pub fn page(self) -> &'static str {
        match self {
            Self::LogIn => "magic",
            Self::ConfirmEmail | Self::ChangeEmail => "confirm",
            Self::ResetPassword => "reset",
            Self::EndSecondFactor => "undo",
        }
    }

    /// How long it is good.
    pub fn lifetime(self) -> Duration {
        let minutes = match self {
            Self::LogIn | Self::ResetPassword => 10,
            Self::ConfirmEmail | Self::ChangeEmail => 24 * 60,
            Self::EndSecondFactor => 72 * 60,
        };
        Duration::from_secs(minutes * 60)
    }
}

/// The pages whose addresses end with the token of a link, which no log may hold.
pub const PAGES: [&str; 4] = ["/magic/", "/confirm/", "/reset/", "/undo/"];
