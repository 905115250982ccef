//! What happens to an account: written down for its person and for the operator, and sent by mail where
//! it is serious (ASVS 16.3, 6.3.7).

use super::email_link::token::Purpose;
use crate::{
    auth::server::http::device::Device,
    db::{
        event::{self, EventRow},
        user::UserRow,
    },
    server::{
        clock::Timestamp,
        error::ServiceError,
        mail::{self, templates},
        state::AppState,
    },
};
use sea_orm::ConnectionTrait;
use std::time::Duration;
use url::Url;
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
    /// The session that was unused for the longest time was ended, because there were too many.
    TooManySessions,
}

impl Event {
    /// All of them, to find one by its word.
    const ALL: [Self; 21] = [
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
        Self::TooManySessions,
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
                "The password was removed, and the account has a new user name: the person who chose them had \
                 never confirmed this address. You can choose your own in your account.",
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
            // Its letter has a link: `note_second_factor_on`.
            Self::SecondFactorOn => ("second_factor_on", false, "Two-step login was switched on."),
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
                ("account_deleted", true, "The account was deleted, and can't be brought back.")
            }
            Self::TooManySessions => (
                "too_many_sessions",
                false,
                "The session that was unused for the longest time was ended: an account can have 100.",
            ),
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
) -> Result<(), ServiceError> {
    let (_, is_serious, sentence) = event.about();
    let now = state.clock.now();
    let place = write(db, user, event, device, now).await?;
    let reaches = user.email_confirmed_at.is_some() || event.reaches_unconfirmed();
    if is_serious && reaches {
        mail::post(db, state, templates::notice(&user.email, sentence, &place, now)).await?;
    }
    Ok(())
}

/// Writes down that a second factor was switched on. The letter about it has a link that switches it off again.
///
/// # Errors
/// The database can't answer.
pub async fn note_second_factor_on(
    db: &impl ConnectionTrait,
    state: &AppState,
    user: &UserRow,
    undo: &Url,
    device: &Device,
) -> Result<(), ServiceError> {
    let now = state.clock.now();
    let place = write(db, user, Event::SecondFactorOn, device, now).await?;
    let (name, origin) = (Some(user.username.as_str()), templates::origin(&place, now));
    let purpose = Purpose::EndSecondFactor;
    mail::post(db, state, templates::link(&user.email, purpose, name, Some(&origin), undo, now))
        .await
}

/// Writes an event into the log and the database. Returns the device and the network in words.
async fn write(
    db: &impl ConnectionTrait,
    user: &UserRow,
    event: Event,
    device: &Device,
    now: Timestamp,
) -> Result<String, ServiceError> {
    let (word, name, network) = (event.word(), device.name(), device.network());
    tracing::info!(event = word, user = %user.id, device = name, network, "security event");
    let row = EventRow {
        id: Uuid::now_v7(),
        user_id: user.id,
        kind: word.to_owned(),
        at: now,
        device: name.clone(),
        network: network.clone(),
    };
    event::insert(db, row).await?;
    Ok([name, network].into_iter().flatten().collect::<Vec<_>>().join(", "))
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
