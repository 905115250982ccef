//! Validates and normalises the text of a post.

use handstamp_server::identity::tidy::is_invisible;

/// The maximum length of a post, in characters.
const MAX_LENGTH: usize = 500;

/// Returns the text to store: line breaks as `\n`, no white space at the ends, and no bidi control that affects text
/// outside of the post.
///
/// Embeddings and overrides (U+202A to U+202E) are removed: with an override, other words are shown than stored,
/// and since isolates exist no text needs an embedding (UAX #9 §2.7). Isolates (U+2066 to U+2069) are kept, and those
/// that are open at the end of a line are closed there. This is done when a post is stored, so that every client can
/// safely show it beside other text.
///
/// # Errors
/// Fails with a message for the user if the post is empty, too long or contains control characters.
pub(super) fn parse(body: &str) -> Result<String, &'static str> {
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<String> = body.split('\n').map(with_closed_isolates).collect();
    let body = lines.join("\n").trim().to_owned();
    let is_too_long = body.chars().count() > MAX_LENGTH;
    if is_too_long || body.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err("A post has 1 to 500 characters.");
    }
    if body.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err("A post can't hold control characters.");
    }
    Ok(body)
}

/// Removes embeddings and overrides from a line, and closes every isolate.
fn with_closed_isolates(line: &str) -> String {
    let (mut closed, mut open) = (String::with_capacity(line.len()), 0_usize);
    for c in line.chars() {
        match c {
            '\u{202a}'..='\u{202e}' => continue,
            '\u{2066}'..='\u{2068}' => open += 1,
            // It would close an isolate of the text before the post.
            '\u{2069}' if open == 0 => continue,
            '\u{2069}' => open -= 1,
            _ => {}
        }
        closed.push(c);
    }
    closed.extend(std::iter::repeat_n('\u{2069}', open));
    closed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_are_normalised_and_tabs_are_kept() {
        for (typed, stored) in [
            ("a\tb", "a\tb"),
            ("a\r\nb", "a\nb"),
            ("a\rb", "a\nb"),
            ("a\r\n\r\nb\n", "a\n\nb"),
            ("  first\nline  ", "first\nline"),
            ("👩\u{200d}🚀", "👩\u{200d}🚀"),
        ] {
            assert_eq!(parse(typed).as_deref(), Ok(stored), "{typed:?}");
        }
        for control in ['\0', '\u{7}', '\u{1b}', '\u{7f}', '\u{85}'] {
            assert!(parse(&format!("a{control}b")).unwrap_err().contains("control"), "{control:?}");
        }
    }

    #[test]
    fn an_invisible_post_is_refused() {
        for body in [
            "",
            "   ",
            "\u{200b}",
            "\u{3164}",
            "\u{2060}\u{200e}",
            "\u{202e}",
            "\u{2067}",
            "\r\n\u{feff}\t",
        ] {
            assert!(parse(body).unwrap_err().contains("1 to 500"), "{body:?}");
        }
        assert!(parse(&"x".repeat(501)).is_err());
        assert!(parse(&"🎟".repeat(500)).is_ok());
    }

    #[test]
    fn bidi_controls_end_with_their_line() {
        for (typed, stored) in [
            ("\u{202e}abc", "abc"),
            ("\u{202a}abc\u{202c}", "abc"),
            ("a \u{2067}שלום\u{2069} b", "a \u{2067}שלום\u{2069} b"),
            ("a \u{2067}\u{2066}b\nc", "a \u{2067}\u{2066}b\u{2069}\u{2069}\nc"),
            ("a\u{2069}b", "ab"),
            ("\u{200f}שלום!", "\u{200f}שלום!"),
        ] {
            assert_eq!(parse(typed).as_deref(), Ok(stored), "{typed:?}");
        }
    }
}
