//! Checks of fields before they are sent. The server checks them again, with the same messages.

use super::typed::tidy;

/// Returns what is wrong with the text of a field, or an empty string.
pub type Check = fn(&str) -> &'static str;

/// The name or the address at a login.
pub fn login_name(text: &str) -> &'static str {
    if tidy(text).is_empty() { "Enter your username or email." } else { "" }
}

/// The password of an account.
pub fn password(text: &str) -> &'static str {
    if text.is_empty() { "Enter your password." } else { "" }
}

/// A new user name. The server knows further rules, which depend on the script.
pub fn username(text: &str) -> &'static str {
    let text = tidy(text);
    let length = text.chars().count();
    let is_allowed = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || ".-_".contains(c);
    if text.is_empty() {
        "Enter a username."
    } else if length > 32 || (length < 3 && text.is_ascii()) {
        "Username must be 3–32 characters."
    } else if !text.chars().all(is_allowed) {
        "Use only letters, numbers, dots, hyphens, and underscores."
    } else {
        ""
    }
}

/// An e-mail address. The server knows further rules.
pub fn email(text: &str) -> &'static str {
    let text = tidy(text);
    let has_parts = text
        .rsplit_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && domain.trim_matches('.').contains('.'));
    if text.is_empty() {
        "Enter your email."
    } else if !has_parts || text.contains(char::is_whitespace) {
        "Enter a valid email address."
    } else {
        ""
    }
}

/// The shortest password that the server accepts, in characters.
pub const MIN_PASSWORD_LENGTH: usize = 8;

/// A new password. The server measures how easy it is to guess.
pub fn new_password(text: &str) -> &'static str {
    if text.is_empty() {
        "Enter a password."
    } else if text.chars().count() < MIN_PASSWORD_LENGTH {
        "Use at least 8 characters."
    } else {
        ""
    }
}

/// A code of an authenticator app.
pub fn app_code(text: &str) -> &'static str {
    if six_digits(text) { "" } else { "Enter the 6-digit code from your authenticator app." }
}

/// A recovery code.
pub fn recovery_code(text: &str) -> &'static str {
    if tidy(text).is_empty() { "Enter one of your recovery codes." } else { "" }
}

/// Returns whether a text is a code of six digits of any script, with any spacing, hyphens or dots.
pub fn six_digits(text: &str) -> bool {
    let others = text.chars().filter(|c| c.is_alphabetic()).count();
    others == 0 && text.chars().filter(|c| c.is_numeric()).count() == 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_field_is_requested_and_not_called_wrong() {
        for check in [login_name, password, username, email, new_password] {
            assert!(check("").starts_with("Enter "), "{}", check(""));
        }
        assert!(email(" \u{200b}").starts_with("Enter your"));
    }

    #[test]
    fn names_and_addresses_that_the_server_accepts_are_accepted() {
        for name in ["ada", "Ada.L_1-x", "שלום", "한", "ａｄａ", "\u{feff}ada ", &"x".repeat(32)]
        {
            assert_eq!(username(name), "", "{name:?}");
        }
        for address in ["ada@example.org", "ädä@bücher.org", "a+b/c@d.e.org ", "\"a@b\"@c.org"] {
            assert_eq!(email(address), "", "{address:?}");
        }
        assert_eq!(new_password("🎟🎬🍿🎥🎞🎫📽️🎭"), "");
    }

    #[test]
    fn each_mistake_has_its_message() {
        assert!(username("ab").contains("3–32"));
        assert!(username(&"x".repeat(33)).contains("3–32"));
        assert!(username("ada lovelace").contains("Use only"));
        for address in ["ada", "ada@", "@example.org", "ada@localhost", "a b@c.org", "ada@.org"] {
            assert!(email(address).contains("valid"), "{address}");
        }
        assert!(new_password("1234567").contains("at least 8"));
    }

    #[test]
    fn a_code_has_six_digits_in_any_spelling() {
        for code in
            ["292810", "292 810", "2-9-2-8-1-0", " 292\u{a0}810\n", "٢٩٢٨١٠", "２９２８１０"]
        {
            assert!(six_digits(code), "{code:?}");
        }
        for other in ["", "29281", "2928101", "29281x", "abcd-efgh-234567"] {
            assert!(!six_digits(other), "{other:?}");
        }
    }
}
