//! What happens to an account: written down for its person and for the operator, and sent by mail where
//! it is serious (ASVS 16.3, 6.3.7).

use super::device::Device;
use crate::{
    db::{
        event::{self, EventRow},
        user::UserRow,
    },
    error::AppError,
    server::{
        mail::{self, letters},
        state::AppState,
    },
};
use sea_orm::ConnectionTrait;
use std::time::Duration;
use uuid::Uuid;

/// How long events are kept.
pub const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The account was made.
    SignedUp,
    /// A login with a password.
    LoggedIn,
    /// A login with a link.
    LoggedInByLink,
    /// A login with a wrong password or a wrong code.
    LogInFailed,
    /// A spent refresh token came back.
    Reuse,
    /// A session was ended from another one.
    SessionEnded,
    /// All other sessions were ended.
    OthersEnded,
    /// All sessions were ended.
    LoggedOutEverywhere,
    /// A new password, by who knew the old one.
    PasswordChanged,
    /// A new password, by who reads the mail.
    PasswordReset,
    /// The password of somebody who never confirmed the address is gone.
    PasswordRemoved,
    /// The address is confirmed.
    EmailConfirmed,
    /// Another name.
    UsernameChanged,
    /// Another address is wanted.
    EmailChangeAsked,
    /// Another address.
    EmailChanged,
    /// A second factor is asked for.
    SecondFactorOn,
    /// None is asked for any more.
    SecondFactorOff,
    /// A recovery code took the place of the second factor.
    RecoveryCodeUsed,
    /// New recovery codes.
    RecoveryCodesMade,
    /// The account is gone.
    AccountDeleted,
}

impl Event {
    /// All of them, to find one by its word.
    const ALL: [Self; 20] = [
        Self::SignedUp,
        Self::LoggedIn,
        Self::LoggedInByLink,
        Self::LogInFailed,
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
        Self::EmailChanged,
        Self::SecondFactorOn,
        Self::SecondFactorOff,
        Self::RecoveryCodeUsed,
        Self::RecoveryCodesMade,
        Self::AccountDeleted,
    ];

    /// The word in the database and in the log, whether the person gets a mail, and the sentence.
    fn about(self) -> (&'static str, bool, &'static str) {
        match self {
            Self::SignedUp => ("signed_up", false, "The account was made."),
            Self::LoggedIn => ("logged_in", false, "Logged in with the password."),
            Self::LoggedInByLink => ("logged_in_by_link", false, "Logged in with a link by mail."),
            Self::LogInFailed => ("log_in_failed", false, "Somebody tried to log in, in vain."),
            Self::Reuse => (
                "refresh_token_reused",
                true,
                "An old stamp was used again, which a thief might have done. We ended that session.",
            ),
            Self::SessionEnded => ("session_ended", false, "A session was ended from another one."),
            Self::OthersEnded => ("others_ended", false, "All other sessions were ended."),
            Self::LoggedOutEverywhere => {
                ("logged_out_everywhere", false, "All sessions were ended.")
            }
            Self::PasswordChanged => ("password_changed", true, "The password was changed."),
            Self::PasswordReset => {
                ("password_reset", true, "A new password was set with a link by mail.")
            }
            Self::PasswordRemoved => (
                "password_removed",
                true,
                "The password was removed: whoever chose it had never confirmed this address. \
                 You can set one of your own in your account.",
            ),
            Self::EmailConfirmed => ("email_confirmed", false, "The e-mail address was confirmed."),
            Self::UsernameChanged => ("username_changed", true, "The user name was changed."),
            Self::EmailChangeAsked => (
                "email_change_asked",
                true,
                "Somebody asked to give your account another e-mail address. \
                 Nothing changes before that address is confirmed.",
            ),
            Self::EmailChanged => ("email_changed", true, "The e-mail address was changed."),
            Self::SecondFactorOn => ("second_factor_on", true, "Two-step login was switched on."),
            Self::SecondFactorOff => {
                ("second_factor_off", true, "Two-step login was switched off.")
            }
            Self::RecoveryCodeUsed => {
                ("recovery_code_used", true, "A recovery code was used to log in.")
            }
            Self::RecoveryCodesMade => {
                ("recovery_codes_made", true, "New recovery codes were made.")
            }
            Self::AccountDeleted => {
                ("account_deleted", true, "The account was deleted, and nobody can bring it back.")
            }
        }
    }

    /// Whether the mail goes also to an address that nobody has confirmed. What follows from a link does; of
    /// all else its owner would hear without end from whoever signs up with it.
    fn reaches_unconfirmed(self) -> bool {
        matches!(self, Self::PasswordReset | Self::PasswordRemoved | Self::EmailChanged)
    }

    /// The words of all events.
    pub fn words() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::word)
    }

    /// The word in the database and in the log.
    pub fn word(self) -> &'static str {
        self.about().0
    }

    /// The sentence for the event of a word.
    pub fn sentence_of(word: &str) -> Option<&'static str> {
        Self::ALL.into_iter().map(Self::about).find(|about| about.0 == word).map(|about| about.2)
    }
}

/// Writes an event down, and sends a mail to the address that the account had before where it is serious.
///
/// # Errors
/// The database's.
pub async fn note(
    db: &impl ConnectionTrait,
    state: &AppState,
    user: &UserRow,
    event: Event,
    device: &Device,
) -> Result<(), AppError> {
    let (word, is_serious, sentence) = event.about();
    let (name, network) = (device.name(), device.network());
    tracing::info!(event = word, user = %user.id, device = name, network, "security event");
    let now = state.clock.now();
    let row = EventRow {
        id: Uuid::now_v7(),
        user_id: user.id,
        kind: word.to_owned(),
        at: now,
        device: name.clone(),
        network: network.clone(),
    };
    event::insert(db, row).await?;
    let reaches = user.email_confirmed_at.is_some() || event.reaches_unconfirmed();
    if is_serious && reaches {
        let place = [name, network].into_iter().flatten().collect::<Vec<_>>().join(", ");
        mail::post(db, state, letters::notice(&user.email, sentence, &place, now)).await?;
    }
    Ok(())
}

/// Notes that a login failed, and lets nobody wait for it: how long an answer takes must not tell whether
/// there is such an account.
pub fn note_failure(state: &AppState, user: Option<UserRow>, device: &Device) {
    let Some(user) = user else {
        tracing::info!(event = "log_in_failed", network = device.network(), "security event");
        return;
    };
    let (state, device) = (state.clone(), device.clone());
    tokio::spawn(async move {
        let _turn = state.turn_to_write().await;
        // Where it fails, the log has said so.
        let _ = note(&state.writer, &state, &user, Event::LogInFailed, &device).await;
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_event_has_a_word_and_a_sentence_of_its_own() {
        let words: HashSet<&str> = Event::ALL.into_iter().map(|event| event.about().0).collect();
        assert_eq!(words.len(), Event::ALL.len());
        for event in Event::ALL {
            assert_eq!(Event::sentence_of(event.about().0), Some(event.about().2));
        }
        assert_eq!(Event::sentence_of("something else"), None);
    }
}
