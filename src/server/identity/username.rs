//! User names. Two names are equal if they have the same key, and look alike if they have the same skeleton.

use super::{
    look_alike::{is_mixed, skeleton},
    normalize,
    reserved::is_reserved,
    tidy,
};
use handstamp_protocol::error::AppError;
use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, Script},
};
use unicode_normalization::UnicodeNormalization;

/// The maximum length of a name in characters.
const MAX_LENGTH: usize = 32;

/// The minimum length of a name in characters.
const MIN_LENGTH: usize = 3;

/// The minimum length of a name of ideographs, Hangul syllables or kana: many full names have two.
const MIN_SYLLABLES: usize = 2;

/// The maximum number of combining marks after a letter (UTS #39 §5.4).
const MAX_MARKS: usize = 4;

/// A user name and the forms by which its uniqueness is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username {
    /// The name as typed, in NFC.
    pub shown: String,
    /// The normalized name, by which the account is looked up.
    pub key: String,
    /// The skeleton, which is the same for names that look alike.
    pub skeleton: String,
}

impl Username {
    /// Parses a name that is not part of a sign-up. `current` is the current name of the account.
    ///
    /// # Errors
    /// `validation` of the field `username`.
    pub fn parse(text: &str, current: Option<&str>) -> Result<Self, AppError> {
        Self::read(text, current).map_err(|message| AppError::field("username", message))
    }

    /// Parses a name. Another spelling of the `current` name is accepted even if the name is reserved or mixes scripts,
    /// because it may be older than these checks. Fails with the message for the user.
    pub(super) fn read(text: &str, current: Option<&str>) -> Result<Self, &'static str> {
        let shown: String = tidy::trim(text).nfc().collect();
        let length = shown.chars().count();
        let is_long_enough =
            length >= MIN_LENGTH || length >= MIN_SYLLABLES && shown.chars().all(is_syllable);
        if !is_long_enough || length > MAX_LENGTH {
            return Err("Username must be 3–32 characters.");
        }
        if !has_allowed_characters(&shown) {
            return Err("Use only letters, numbers, dots, hyphens, and underscores.");
        }
        let key = normalize(&shown);
        if current.is_none_or(|current| normalize(current) != key) {
            if is_mixed(&key) {
                return Err("A username can't mix letters or numbers from different scripts.");
            }
            if is_reserved(&shown) {
                return Err("That username is reserved. Try another one.");
            }
        }
        Ok(Self { skeleton: skeleton(&shown), key, shown })
    }

    /// Returns whether a name was generated for an account that was created with a link. Users can't choose such a
    /// name, because its prefix is reserved.
    pub fn is_generated_for_link(name: &str) -> bool {
        name.starts_with("member-")
    }

    /// Returns a name that the server generated. It may have a reserved prefix.
    pub fn generated(name: &str) -> Self {
        Self { shown: name.to_owned(), key: name.to_owned(), skeleton: skeleton(name) }
    }
}

/// Returns whether a name consists of letters, digits, separators, and combining marks after a letter.
/// Default-ignorable code points are refused, including the Hangul fillers, which are letters, and the variation
/// selectors, which are marks. Zero-width joiners are refused too: they affect the rendering of few words, and a name
/// without them is still readable.
fn has_allowed_characters(name: &str) -> bool {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let (mut marks, mut previous) = (None, None);
    let mut has_letter_or_digit = false;
    for c in name.chars() {
        if tidy::is_invisible(c) {
            return false;
        }
        match categories.get(c) {
            GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark => {
                let Some(count) = marks else { return false };
                // A repeated mark may look like a single one (UTS #39 §5.4).
                if count == MAX_MARKS || previous == Some(c) {
                    return false;
                }
                marks = Some(count + 1);
            }
            _ if c.is_alphanumeric() => {
                marks = c.is_alphabetic().then_some(0);
                has_letter_or_digit = true;
            }
            _ if matches!(c, '-' | '_' | '.') => marks = None,
            _ => return false,
        }
        previous = Some(c);
    }
    has_letter_or_digit
}

/// Returns whether a character is an ideograph, a Hangul syllable or a kana.
fn is_syllable(c: char) -> bool {
    let script = CodePointMapData::<Script>::new().get(c);
    let is_east_asian =
        [Script::Han, Script::Hangul, Script::Hiragana, Script::Katakana, Script::Bopomofo]
            .contains(&script);
    // The prolonged sound mark is used with both kana scripts.
    is_east_asian || c == 'ー'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Result<String, &'static str> {
        Username::read(name, None).map(|name| name.shown)
    }

    #[test]
    fn names_of_all_scripts_are_accepted() {
        for name in [
            "हिन्दी",
            "শান্ত",
            "தமிழ்",
            "ไม้เอก",
            "王伟",
            "김철",
            "さき",
            "王小明",
            "שלום",
            "Зоя",
            "محمد",
            "Nguyễn",
            "Zoë",
            "İstanbul",
            "ａｄａ９",
            "ọ̀ṣun",
            "x.y-z_1",
            "123",
            "مُحَمَّد",
        ] {
            assert_eq!(read(name), Ok(name.nfc().collect()), "{name}");
        }
        assert_eq!(read(" \u{200b}Ada\u{feff}\u{202c} "), Ok("Ada".to_owned()));
    }

    #[test]
    fn other_names_are_refused_with_their_reason() {
        for (name, reason) in [
            ("", "3–32"),
            ("ad", "3–32"),
            ("王", "3–32"),
            ("王a", "3–32"),
            (&"a".repeat(33), "3–32"),
            ("ad\u{200b}a", "Use only"),
            ("ad\u{202e}a", "Use only"),
            ("ad\u{3164}a", "Use only"),
            ("ad\u{115f}a", "Use only"),
            ("ad\u{1160}a", "Use only"),
            ("ad\u{ffa0}a", "Use only"),
            ("ad\u{200d}a", "Use only"),
            ("ad\u{fe0f}a", "Use only"),
            ("\u{93f}हन्दी", "Use only"),
            ("\u{301}ada", "Use only"),
            ("ada1\u{301}", "Use only"),
            ("ada-\u{301}", "Use only"),
            ("adax\u{323}\u{323}", "Use only"),
            ("a\u{20dd}da", "Use only"),
            ("ad\u{0}a", "Use only"),
            ("ada lovelace", "Use only"),
            ("ada@home", "Use only"),
            ("...", "Use only"),
            ("аda", "mix"),
            ("ada٢", "mix"),
            ("admin", "reserved"),
            ("guest-12345678", "reserved"),
        ] {
            let refused = read(name).unwrap_err();
            assert!(refused.contains(reason), "{name:?}: {refused}");
        }
    }

    #[test]
    fn another_spelling_of_the_current_name_is_always_accepted() {
        assert!(Username::read("ADMIN", Some("admin")).is_ok());
        assert!(Username::read("Аda", Some("аda")).is_ok());
        assert!(Username::read("root", Some("admin")).is_err());
    }
}
