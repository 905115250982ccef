//! Parses user names, e-mail addresses and passwords into types whose values are always valid.

mod digit;
mod email;
mod login_name;
mod look_alike;
pub mod password_text;
mod reserved;
pub mod tidy;
mod username;

pub use digit::value as digit_value;
pub use email::{Email, is_local_part, to_ascii_domain};
pub use login_name::LoginName;
pub use look_alike::skeleton;
pub use username::Username;

use crate::error::ServiceError;
use handstamp_protocol::{
    error::{AppError, FieldError},
    types::Password,
};
use unicode_normalization::UnicodeNormalization;

/// The validated input of a sign-up.
#[derive(Debug)]
pub struct Registration {
    /// The name.
    pub username: Username,
    /// The address.
    pub email: Email,
    /// The password.
    pub password: Password,
}

impl Registration {
    /// Validates the fields of a sign-up.
    ///
    /// # Errors
    /// `validation` with a message for each invalid field.
    pub fn parse(username: &str, email: &str, password: Password) -> Result<Self, ServiceError> {
        let mut errors = Vec::new();
        let mut note = |field: &'static str, message: &'static str| {
            errors.push(FieldError { field: field.into(), message: message.into() });
        };
        let username =
            Username::read(username, None).map_err(|message| note("username", message)).ok();
        let email = Email::read(email).map_err(|message| note("email", message)).ok();
        let checked = check_password(&password).map_err(|message| note("password", message));
        match (username, email, checked) {
            (Some(username), Some(email), Ok(())) => Ok(Self { username, email, password }),
            _ => Err(AppError::validation(errors).into()),
        }
    }
}

/// Returns the form by which a name is looked up, in which compatibility characters and case are unified.
pub fn normalize(name: &str) -> String {
    name.trim().nfkc().collect::<String>().to_lowercase()
}

/// The allowed length of a password in characters (ASVS 6.2.1, 6.2.9).
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

/// Checks the length of a password in the form in which it is hashed.
///
/// # Errors
/// Fails with the message for the user.
pub fn check_password(password: &Password) -> Result<(), &'static str> {
    let length = password_text::prepare(password).chars().take(PASSWORD_LENGTH.end() + 1).count();
    if length < *PASSWORD_LENGTH.start() {
        return Err("Use at least 8 characters.");
    }
    if length > *PASSWORD_LENGTH.end() {
        return Err("Use 256 characters at most.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(username: &str, email: &str, password: &str) -> Result<Registration, Vec<String>> {
        Registration::parse(username, email, Password::new(password.to_owned()))
            .map_err(|error| error.errors.iter().map(|error| error.field.to_string()).collect())
    }

    #[test]
    fn valid_fields_are_kept_as_typed_and_normalized_for_comparison() {
        let parsed = parse(" Ada.L ", "Ada+films@Example.org", "correct horse").unwrap();
        assert_eq!(
            (parsed.username.shown.as_str(), parsed.username.key.as_str()),
            ("Ada.L", "ada.l")
        );
        assert_eq!(parsed.email.key, "ada+films@example.org");
        assert_eq!(normalize("ﬁlm"), normalize("FILM"));
        assert!(parse("שלום", "a@b.org", "correct horse").is_ok());
    }

    #[test]
    fn each_invalid_field_is_reported() {
        let all = parse("a", "nowhere", "short").unwrap_err();
        assert_eq!(all, ["username", "email", "password"]);
        assert_eq!(parse("ad\u{0}a", "a@b.org", "correct horse").unwrap_err(), ["username"]);
        assert_eq!(parse("ada", "A <a@b.org>", "correct horse").unwrap_err(), ["email"]);
        assert_eq!(parse("ada", "a@b.org", &"x".repeat(10_000)).unwrap_err(), ["password"]);
        assert!(parse("ada", "a@b.org", &"🎟".repeat(256)).is_ok());
        assert!(parse("ada", "ädä@bücher.org", "correct horse").is_ok());
    }

    #[test]
    fn the_length_of_a_password_is_that_of_the_text_that_is_hashed() {
        assert_eq!(parse("ada", "a@b.org", &"e\u{301}".repeat(7)).unwrap_err(), ["password"]);
        assert!(parse("ada", "a@b.org", &"e\u{301}".repeat(256)).is_ok());
    }
}
