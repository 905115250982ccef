//! Normalizes a code of the second factor as the user typed or pasted it.

use crate::identity::{digit_value, tidy};
use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, GeneralCategoryGroup},
};
use unicode_normalization::UnicodeNormalization;

/// Normalizes a TOTP code or a recovery code. Maps digits of any script to `0` to `9` and full-width letters to ASCII,
/// and removes white space, dashes, dots, commas and invisible characters such as direction marks. Keeps all other
/// characters, so that a wrong code stays wrong.
pub fn read(typed: &str) -> String {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let is_separator = |c: char| {
        let category = categories.get(c);
        c.is_whitespace()
            || tidy::is_invisible(c)
            || category == GeneralCategory::DashPunctuation
            || category == GeneralCategory::ConnectorPunctuation
            || GeneralCategoryGroup::Separator.contains(category)
            // Dots, commas, the minus sign, and the hyphens that word processors insert.
            || matches!(c, '.' | ',' | '·' | '•' | '٫' | '٬' | '。' | '\u{2212}' | '\u{2043}' | '\u{2d7}')
    };
    let digit = |c| digit_value(c).map_or(c, |value| char::from(b'0' + value));
    typed.nfkc().filter(|c| !is_separator(*c)).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_code_are_normalized() {
        for typed in [
            "292810",
            "٢٩٢٨١٠",
            "۲۹۲۸۱۰",
            "２９２８１０",
            "२९२८१०",
            "২৯২৮১০",
            "๒๙๒๘๑๐",
            "292-810",
            "292 810",
            "\u{200e}292810",
            "292\u{200f}810",
            "292\u{a0}810",
            "292\u{202f}810",
            "292\u{200b}810",
            "292\u{2060}810",
            "292.810",
            "292\u{2011}810",
            "292–810",
            "292—810",
            "292−810",
            "292\u{ad}810",
            " 2 9 2\t8 1 0\n",
            "\u{2066}292810\u{2069}",
            "292‧810".replace('‧', "·").as_str(),
        ] {
            assert_eq!(read(typed), "292810", "{typed:?}");
        }
    }

    #[test]
    fn recovery_codes_keep_their_letters() {
        for typed in [
            "abcd-efgh-2345-mnop",
            "abcd efgh 2345 mnop",
            "abcdefgh2345mnop",
            "ａbcd–efgh–2345–mnop",
        ] {
            assert_eq!(read(typed), "abcdefgh2345mnop", "{typed}");
        }
        assert_eq!(read("ABCD-EFGH"), "ABCDEFGH");
    }

    #[test]
    fn other_characters_are_kept() {
        assert_eq!(read("29281x"), "29281x");
        assert_eq!(read("292/810"), "292/810");
        assert_eq!(read(" \u{200b}-"), "");
    }
}
