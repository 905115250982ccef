//! Short texts that users type or paste: names, addresses, codes.

use super::field;
use leptos::{html, prelude::*};

/// Returns the text of an input field, tidied. Not for passwords, in which every character is significant.
pub fn value(node: NodeRef<html::Input>) -> String {
    tidy(&field::value(node)).to_owned()
}

/// Removes white space and invisible characters at both ends, which copied texts often have. Inside a name they may
/// belong to its script.
pub fn tidy(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// Returns whether a character is invisible: soft hyphens, joiners, direction marks, byte order marks.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_around_a_name_are_removed() {
        for pasted in
            ["ada\u{200b}", "\u{feff}ada", " ada\u{a0}\t", "ada\u{ad}", "\u{202a}ada\u{202c}"]
        {
            assert_eq!(tidy(pasted), "ada", "{pasted:?}");
        }
        assert_eq!(tidy("می\u{200c}خواهم"), "می\u{200c}خواهم", "a joiner inside a word stays");
        assert_eq!(tidy("\u{200b}"), "");
    }
}
