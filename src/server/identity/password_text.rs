//! Normalizes passwords before they are hashed, so that differently encoded input is the same password.

use handstamp_protocol::types::Password;
use icu_properties::{CodePointMapData, props::GeneralCategory};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Normalizes a password with the profile `OpaqueString` (RFC 8265 §4.2.2): maps spaces outside ASCII to ASCII spaces,
/// then applies NFC. Case and width are preserved. Characters that the profile disallows are kept, because a password
/// that was accepted once must stay valid.
pub fn prepare(password: &Password) -> Zeroizing<String> {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let is_space = |c| categories.get(c) == GeneralCategory::SpaceSeparator;
    let text = password.expose_secret();
    if text.is_ascii() {
        return Zeroizing::new(text.to_owned());
    }
    // NFC is at most three times as long. Reallocation would leave a copy of the password in freed memory.
    let mut prepared = Zeroizing::new(String::with_capacity(3 * text.len()));
    prepared.extend(text.chars().map(|c| if is_space(c) { ' ' } else { c }).nfc());
    prepared
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(text: &str) -> String {
        prepare(&Password::new(text.to_owned())).as_str().to_owned()
    }

    #[test]
    fn composed_and_decomposed_letters_are_one_password() {
        assert_eq!(prepared("nai\u{308}ve cafe\u{301} 1815"), "na\u{ef}ve caf\u{e9} 1815");
        assert_eq!(prepared("\u{1100}\u{1161}"), "가");
    }

    #[test]
    fn spaces_are_mapped_and_case_and_width_are_kept() {
        assert_eq!(prepared("a\u{a0}b\u{3000}c\u{2003}d"), "a b c d");
        assert_eq!(prepared(" Correct  Horse "), " Correct  Horse ");
        assert_eq!(prepared("ＡﬁÄ\u{200b}"), "ＡﬁÄ\u{200b}");
    }
}
