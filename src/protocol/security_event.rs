//! The security events of an account: their names in the API and in the log, and their descriptions for the user.

/// A security event of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityEvent {
    /// The account was created.
    SignedUp,
    /// A guest account was turned into an account that stays.
    GuestRegistered,
    /// A login with a password.
    LoggedIn,
    /// A login with an e-mail link.
    LoggedInByLink,
    /// A login with a recovery code instead of a code of the app.
    LoggedInByRecoveryCode,
    /// A login with a wrong password or a wrong code.
    LogInFailed,
    /// A wrong password or a wrong code in the settings of the account.
    ReauthenticationFailed,
    /// A rotated refresh token was presented again.
    Reuse,
    /// A session was ended from another session.
    SessionEnded,
    /// All other sessions were ended.
    OthersEnded,
    /// All sessions were ended.
    LoggedOutEverywhere,
    /// The password was changed with the current password.
    PasswordChanged,
    /// The password was changed with an e-mail link.
    PasswordReset,
    /// The password of an account with an unverified address was removed.
    PasswordRemoved,
    /// The e-mail address was confirmed.
    EmailConfirmed,
    /// The user name was changed.
    UsernameChanged,
    /// A change of the e-mail address was requested.
    EmailChangeAsked,
    /// A requested change of the e-mail address was cancelled.
    EmailChangeCancelled,
    /// The e-mail address was changed.
    EmailChanged,
    /// Two-step login was switched on.
    SecondFactorOn,
    /// Two-step login was switched off.
    SecondFactorOff,
    /// A recovery code was used instead of a code in the settings of the account.
    RecoveryCodeUsed,
    /// New recovery codes were created.
    RecoveryCodesMade,
    /// The account was deleted.
    AccountDeleted,
    /// The session that was unused for the longest time was ended, because the account had too many.
    TooManySessions,
}

/// A group of security events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventCategory {
    /// A login.
    Login,
    /// A change of the account or its sessions.
    Change,
    /// An event that an attacker may have caused.
    Warning,
}

/// The name and the description of an event, and whether an e-mail is sent.
struct Wording {
    name: &'static str,
    sends_mail: bool,
    sentence: &'static str,
}

const fn silent(name: &'static str, sentence: &'static str) -> Wording {
    Wording { name, sends_mail: false, sentence }
}

const fn notified(name: &'static str, sentence: &'static str) -> Wording {
    Wording { name, sends_mail: true, sentence }
}

impl SecurityEvent {
    const ALL: [Self; 25] = [
        Self::SignedUp,
        Self::GuestRegistered,
        Self::LoggedIn,
        Self::LoggedInByLink,
        Self::LoggedInByRecoveryCode,
        Self::LogInFailed,
        Self::ReauthenticationFailed,
        Self::Reuse,
        Self::SessionEnded,
        Self::OthersEnded,
        Self::LoggedOutEverywhere,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::PasswordRemoved,
        Self::EmailConfirmed,
        Self::UsernameChanged,
        Self::EmailChangeAsked,
        Self::EmailChangeCancelled,
        Self::EmailChanged,
        Self::SecondFactorOn,
        Self::SecondFactorOff,
        Self::RecoveryCodeUsed,
        Self::RecoveryCodesMade,
        Self::AccountDeleted,
        Self::TooManySessions,
    ];

    fn wording(self) -> Wording {
        match self {
            Self::SignedUp => silent("signed_up", "Account created"),
            Self::GuestRegistered => {
                silent("guest_registered", "Guest account turned into an account that stays")
            }
            Self::LoggedIn => silent("logged_in", "Logged in with password"),
            Self::LoggedInByLink => silent("logged_in_by_link", "Logged in with email link"),
            Self::LoggedInByRecoveryCode => {
                notified("logged_in_by_recovery_code", "Logged in with a recovery code")
            }
            Self::LogInFailed => silent("log_in_failed", "Failed login attempt"),
            Self::ReauthenticationFailed => silent(
                "reauthentication_failed",
                "Wrong password or code entered in account settings",
            ),
            Self::Reuse => notified(
                "refresh_token_reused",
                "Possible session theft: an old refresh token was reused. Session ended.",
            ),
            Self::SessionEnded => silent("session_ended", "Logged out another device"),
            Self::OthersEnded => silent("others_ended", "Logged out all other devices"),
            Self::LoggedOutEverywhere => {
                silent("logged_out_everywhere", "Logged out on all devices")
            }
            Self::PasswordChanged => notified("password_changed", "Password changed"),
            Self::PasswordReset => notified("password_reset", "Password reset by email"),
            Self::PasswordRemoved => notified(
                "password_removed",
                "The old password and username were removed because their owner never confirmed this email. \
                 Set your own in your account.",
            ),
            Self::EmailConfirmed => silent("email_confirmed", "Email confirmed"),
            Self::UsernameChanged => notified("username_changed", "Username changed"),
            Self::EmailChangeAsked => {
                notified("email_change_asked", "Email change requested. Waiting for confirmation.")
            }
            Self::EmailChangeCancelled => {
                silent("email_change_cancelled", "Email change cancelled")
            }
            Self::EmailChanged => notified("email_changed", "Email changed"),
            // Its e-mail contains a link and is sent by `record_second_factor_on`.
            Self::SecondFactorOn => silent("second_factor_on", "Two-step login turned on"),
            Self::SecondFactorOff => notified("second_factor_off", "Two-step login turned off"),
            Self::RecoveryCodeUsed => notified("recovery_code_used", "Recovery code used"),
            Self::RecoveryCodesMade => {
                notified("recovery_codes_made", "New recovery codes generated")
            }
            Self::AccountDeleted => {
                notified("account_deleted", "Your account was deleted, and can't be restored.")
            }
            Self::TooManySessions => silent(
                "too_many_sessions",
                "Logged out the device that was unused for the longest time, because an account can have 100 sessions",
            ),
        }
    }

    /// Returns the group of the event.
    pub fn category(self) -> EventCategory {
        match self {
            Self::SignedUp | Self::LoggedIn | Self::LoggedInByLink => EventCategory::Login,
            Self::LogInFailed
            | Self::ReauthenticationFailed
            | Self::Reuse
            | Self::PasswordRemoved
            | Self::LoggedInByRecoveryCode
            | Self::RecoveryCodeUsed => EventCategory::Warning,
            _ => EventCategory::Change,
        }
    }

    /// Returns whether an e-mail about the event is sent to the user.
    pub fn sends_mail(self) -> bool {
        self.wording().sends_mail
    }

    /// Returns whether the e-mail is also sent to an unverified address. This is the case only for events that require
    /// an e-mail link: anyone could trigger the other events by signing up with another user's address.
    pub fn reaches_unverified(self) -> bool {
        matches!(self, Self::PasswordReset | Self::PasswordRemoved | Self::EmailChanged)
    }

    /// Returns the name in the database, in the log and in the API.
    pub fn name(self) -> &'static str {
        self.wording().name
    }

    /// Returns the description for the user.
    pub fn sentence(self) -> &'static str {
        self.wording().sentence
    }

    /// Returns the names of all events.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::name)
    }

    /// Finds an event by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_event_has_its_own_name_and_sentence() {
        let names: HashSet<&str> = SecurityEvent::names().collect();
        assert_eq!(names.len(), SecurityEvent::ALL.len());
        let sentences: HashSet<&str> =
            SecurityEvent::ALL.into_iter().map(SecurityEvent::sentence).collect();
        assert_eq!(sentences.len(), SecurityEvent::ALL.len());
        for event in SecurityEvent::ALL {
            assert_eq!(SecurityEvent::from_name(event.name()), Some(event));
        }
        assert_eq!(SecurityEvent::from_name("something else"), None);
    }
}
