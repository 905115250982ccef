//! User names, addresses and passwords as people type them: parsed once, good from then on.

use super::random::random;
use crate::{
    auth::types::Password,
    db::user,
    error::{AppError, FieldError},
    server::state::AppState,
};
use email_address::{EmailAddress, Options};
use unicode_normalization::UnicodeNormalization;

/// A user name and the folded form that makes it unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username {
    /// As the person wrote it, in Unicode's composed form.
    pub shown: String,
    /// What two spellings of one name have in common.
    pub key: String,
}

/// An e-mail address and the folded form that makes it unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// As the person wrote it.
    pub shown: String,
    /// In lower case: no provider of note tells addresses apart by case.
    pub key: String,
}

impl Username {
    /// Parses a name that stands alone.
    ///
    /// # Errors
    /// `validation` of the field `username`.
    pub fn parse(text: &str) -> Result<Self, AppError> {
        parse_username(text).map_err(|message| AppError::field("username", message))
    }
}

impl Email {
    /// Parses an address that stands alone.
    ///
    /// # Errors
    /// `validation` of the field `email`.
    pub fn parse(text: &str) -> Result<Self, AppError> {
        parse_email(text).map_err(|message| AppError::field("email", message))
    }
}

/// A name that nobody has, for who signs up with a link. It tells nothing of the address, because
/// everybody sees it.
///
/// # Errors
/// The database's.
pub async fn free_username(state: &AppState) -> Result<Username, AppError> {
    // Sixteen million names: the first one is free, or the second.
    for _ in 0..8 {
        let [a, b, c] = random::<3>()?;
        let name = format!("member-{a:02x}{b:02x}{c:02x}");
        if user::find_by_name_or_email(&state.db, &name).await?.is_none() {
            return Ok(Username { shown: name.clone(), key: name });
        }
    }
    Err(AppError::internal(anyhow::anyhow!("no user name is free")))
}

/// What a sign-up needs, all of it good.
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
    /// Parses the three fields.
    ///
    /// # Errors
    /// `validation` with a sentence for every field that is wrong.
    pub fn parse(username: &str, email: &str, password: Password) -> Result<Self, AppError> {
        let mut errors = Vec::new();
        let mut note = |field: &'static str, message: &'static str| {
            errors.push(FieldError { field: field.into(), message: message.into() });
        };
        let username = parse_username(username).map_err(|message| note("username", message)).ok();
        let email = parse_email(email).map_err(|message| note("email", message)).ok();
        let checked = check_password(&password).map_err(|message| note("password", message));
        match (username, email, checked) {
            (Some(username), Some(email), Ok(())) => Ok(Self { username, email, password }),
            _ => Err(AppError::validation(errors)),
        }
    }
}

/// The folded form under which a name or an address is looked up.
pub fn fold(name: &str) -> String {
    name.trim().nfkc().collect::<String>().to_lowercase()
}

/// How long a password may be, in characters (ASVS 6.2.1, 6.2.9).
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

fn parse_username(text: &str) -> Result<Username, &'static str> {
    let shown: String = text.trim().nfc().collect();
    let length = shown.chars().count();
    if !(3..=32).contains(&length) {
        return Err("A user name has 3 to 32 characters.");
    }
    if !shown.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Err("A user name is made of letters, digits, dots, hyphens and underscores.");
    }
    Ok(Username { key: fold(&shown), shown })
}

fn parse_email(text: &str) -> Result<Email, &'static str> {
    let shown: String = text.trim().nfc().collect();
    let options = Options::default().without_display_text().with_required_tld();
    // Nothing is ever delivered to `.invalid` (RFC 2606 §2); guests have such addresses.
    let key = fold(&shown);
    // Mail goes to what was typed, and the account is found by what it folds to: where these could be two
    // mailboxes, one person would get the other's links.
    let is_one_mailbox = key == shown.to_ascii_lowercase();
    let is_possible = shown.len() <= 254 && is_one_mailbox && !key.ends_with(".invalid");
    match EmailAddress::parse_with_options(&shown, options) {
        Ok(_) if is_possible => Ok(Email { shown, key }),
        _ => Err("This is not an e-mail address."),
    }
}

/// Whether a password has a length that it may have.
///
/// # Errors
/// The sentence that says what is wrong.
pub fn check_password(password: &Password) -> Result<(), &'static str> {
    let length = password.reveal().chars().take(PASSWORD_LENGTH.end() + 1).count();
    if length < *PASSWORD_LENGTH.start() {
        return Err("A password has 8 characters or more.");
    }
    if length > *PASSWORD_LENGTH.end() {
        return Err("A password has 256 characters at most.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(username: &str, email: &str, password: &str) -> Result<Registration, Vec<String>> {
        Registration::parse(username, email, Password::new(password.to_owned())).map_err(|error| {
            error.errors.into_iter().map(|error| error.field.into_owned()).collect()
        })
    }

    #[test]
    fn good_fields_are_kept_as_they_were_written_and_folded_for_comparison() {
        let parsed = parse(" Ada.L ", "Ada+films@Example.org", "correct horse").unwrap();
        assert_eq!(
            (parsed.username.shown.as_str(), parsed.username.key.as_str()),
            ("Ada.L", "ada.l")
        );
        assert_eq!(parsed.email.key, "ada+films@example.org");
        assert_eq!(fold("ﬁlm"), fold("FILM"));
        assert!(parse("שלום", "a@b.org", "correct horse").is_ok());
    }

    #[test]
    fn every_wrong_field_is_named() {
        let all = parse("a", "nowhere", "short").unwrap_err();
        assert_eq!(all, ["username", "email", "password"]);
        for name in ["ad\u{0}a", "ad\u{202e}a", "ada lovelace", "ada@home", &"a".repeat(33)] {
            assert_eq!(
                parse(name, "a@b.org", "correct horse").unwrap_err(),
                ["username"],
                "{name:?}"
            );
        }
        for email in [
            "",
            "a@",
            "@b.org",
            "a@b",
            "a\n@b.org",
            "A <a@b.org>",
            &format!("{}@b.org", "a".repeat(250)),
            "ada@guest.invalid",
            "ﬁlm@b.org",
            "ada@ΟΔΟΣ.org",
            "ＡＤＡ@b.org",
        ] {
            assert_eq!(parse("ada", email, "correct horse").unwrap_err(), ["email"], "{email:?}");
        }
        assert_eq!(parse("ada", "a@b.org", &"x".repeat(10_000)).unwrap_err(), ["password"]);
        assert!(parse("ada", "a@b.org", &"🎟".repeat(256)).is_ok());
        assert!(parse("ada", "ädä@bücher.org", "correct horse").is_ok());
    }
}
