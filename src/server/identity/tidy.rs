//! Removes invisible and surplus characters that are copied along with a name or an address.
//!
//! Sign-up, login, links and account changes use the same functions, so that a login accepts every spelling that a
//! sign-up accepts.

use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};

/// The maximum length of the input in bytes. Longer text can't be an address.
const MAX_TYPED: usize = 4096;

/// Zero-width joiners affect the rendering of some scripts, so they are not removed from the middle of a text.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Returns whether a character is invisible: a default-ignorable code point (Unicode Standard §5.21; this includes all
/// bidi controls and the Hangul fillers), the braille blank, or an interlinear annotation mark. White space is not
/// included.
pub fn is_invisible(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || matches!(c, '\u{2800}' | '\u{fff9}'..='\u{fffb}')
}

/// Returns `text` without white space and invisible characters at both ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// Returns an e-mail address without text that programs copy along with it: the scheme and the query of a `mailto:` URL
/// (RFC 6068), angle brackets, trailing dots, commas and semicolons, and invisible characters. Zero-width joiners in
/// the middle are kept, because they may be part of the local part.
pub fn address(text: &str) -> String {
    if text.len() > MAX_TYPED {
        return text.to_owned();
    }
    let mut rest = trim(text);
    loop {
        let mut shorter = rest;
        if let Some((scheme, address)) = shorter.split_once(':')
            && scheme.eq_ignore_ascii_case("mailto")
        {
            shorter = address.split('?').next().unwrap_or_default();
        }
        if let Some(inner) = shorter.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
            shorter = inner;
        }
        shorter = trim(shorter.trim_end_matches(['.', ',', ';']));
        if shorter == rest {
            break;
        }
        rest = shorter;
    }
    rest.chars().filter(|c| !is_invisible(*c) || JOINERS.contains(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_trimmed_and_visible_ones_are_kept() {
        for edge in
            ["\u{200b}", "\u{ad}", "\u{feff}", "\u{200e}", "\u{202a}", " \u{a0}\t\n", "\u{3164}"]
        {
            assert_eq!(trim(&format!("{edge}ada{edge}")), "ada", "{edge:?}");
        }
        assert_eq!(trim("a\u{200b}da"), "a\u{200b}da");
        assert_eq!(trim("هند"), "هند");
        assert_eq!(trim("\u{200b} \u{2060}"), "");
    }

    #[test]
    fn text_copied_along_with_an_address_is_removed() {
        for typed in [
            "ada@example.org",
            " mailto:ada@example.org?subject=Hello ",
            "MAILTO:ada@example.org",
            "<ada@example.org>",
            "<mailto:ada@example.org>;",
            "ada@example.org.",
            "ada@example.org ,",
            "\u{202a}ada@\u{200b}exam\u{ad}ple.org\u{202c}",
        ] {
            assert_eq!(address(typed), "ada@example.org", "{typed:?}");
        }
        assert_eq!(address("Ada <ada@example.org>"), "Ada <ada@example.org>");
        assert_eq!(address("<>"), "");
        assert_eq!(address("mailto:"), "");
    }
}
