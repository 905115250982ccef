//! The texts of the security notices.

use handstamp_protocol::security_event::SecurityEvent;

const ADVICE: &str = "Was this you? Nothing to do. If not:";

/// The texts of a security notice.
pub(super) struct NoticeWords {
    /// Names the event, in at most 41 characters.
    pub subject: &'static str,
    pub text: &'static str,
    /// What to do if the user did not cause the event.
    pub advice: &'static str,
    /// Whether the advice is followed by steps.
    pub has_steps: bool,
}

/// Returns the texts for an event.
pub(super) fn words_of(event: SecurityEvent) -> NoticeWords {
    let (subject, text) = match event {
        SecurityEvent::Reuse => (
            "One of your sessions may have been stolen",
            "An old copy of one of your sessions was used, possibly by an attacker. We ended that session.",
        ),
        SecurityEvent::PasswordChanged => {
            ("Your password was changed", "The password of your account was changed.")
        }
        SecurityEvent::PasswordReset => {
            ("Your password was reset", "A new password was set with a link from an email to you.")
        }
        SecurityEvent::PasswordRemoved => (
            "Your password was removed",
            "The old password was removed, and your account has a new username, because the person who chose them \
             never confirmed this email. Choose your own in your account.",
        ),
        SecurityEvent::UsernameChanged => {
            ("Your username was changed", "The username of your account was changed.")
        }
        SecurityEvent::EmailChangeAsked => (
            "A change of your email was requested",
            "Your account asked to use another email. Nothing changes until that email is confirmed.",
        ),
        SecurityEvent::EmailChanged => {
            ("Your email was changed", "Your account uses another email from now on.")
        }
        SecurityEvent::SecondFactorOff => {
            ("Two-step login was turned off", "Two-step login was turned off for your account.")
        }
        SecurityEvent::LoggedInByRecoveryCode => (
            "A recovery code was used to log in",
            "A recovery code was used to log in to your account.",
        ),
        SecurityEvent::RecoveryCodeUsed => (
            "A recovery code was used",
            "A recovery code was used in the settings of your account.",
        ),
        SecurityEvent::RecoveryCodesMade => (
            "New recovery codes were generated",
            "New recovery codes were generated for your account. The old ones no longer work.",
        ),
        SecurityEvent::AccountDeleted => {
            return NoticeWords {
                subject: "Your account was deleted",
                text: "Your account was deleted, and can't be restored.",
                advice: "Was this you? Nothing to do. If not, another person had access to your account: change \
                         the password of your email, and of every account with the same password.",
                has_steps: false,
            };
        }
        other => ("Security activity in your account", other.sentence()),
    };
    NoticeWords { subject, text, advice: ADVICE, has_steps: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_name_the_event_and_fit_in_a_header_line_with_their_time() {
        let mut subjects: Vec<_> = SecurityEvent::names()
            .filter_map(SecurityEvent::from_name)
            .filter(|event| event.sends_mail())
            .map(|event| words_of(event).subject)
            .collect();
        let count = subjects.len();
        assert!(subjects.iter().all(|subject| subject.len() <= 41), "{subjects:?}");
        assert!(!subjects.contains(&"Security activity in your account"));
        subjects.sort_unstable();
        subjects.dedup();
        assert_eq!(subjects.len(), count);
    }
}
