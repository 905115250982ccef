//! Finds tokens in the URL of a request. Such requests are rejected (RFC 6750 §2.3, ASVS 14.2.1) and the tokens are not
//! logged (ASVS 16.2.5), because browsers, proxies and logs store URLs.

use crate::mail::link_purpose as link;
use axum::http::Uri;
use handstamp_engine::refresh_token;
use std::{borrow::Cow, iter::successors};

/// The maximum number of times that a path is decoded. Clients encode a path once or twice.
const MAX_DECODED: usize = 4;

/// Returns whether the query or the path contains a token. The pages of e-mail links are excepted: their path contains
/// the token of the link.
pub(super) fn has_token(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(name, value)| is_token(&name, &value))
        || is_token_in_path(uri.path())
}

fn is_token(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['_', '-'], "");
    matches!(name.as_str(), "token" | "accesstoken" | "refreshtoken" | "idtoken")
        || value.starts_with(refresh_token::PREFIX)
        || value.starts_with(link::PREFIX)
        || is_jwt(value.as_bytes())
        || value.starts_with('/') && is_token_in(value)
}

fn is_jwt(text: &[u8]) -> bool {
    text.starts_with(b"eyJ") && text.iter().filter(|byte| **byte == b'.').count() == 2
}

fn is_token_in_path(path: &str) -> bool {
    let page = link::PAGES.into_iter().find_map(|page| path.strip_prefix(page));
    is_token_in(page.and_then(|rest| rest.strip_prefix(link::PREFIX)).unwrap_or(path))
}

/// Returns whether a part of a path starts like a token.
fn is_token_in(path: &str) -> bool {
    decodings(path).any(|decoded| {
        // A token has no character of base64url before it. The hash in a file name may contain any letters.
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        let mut parts = decoded.bytes.split(|byte| !is_part(byte) && *byte != b'.');
        parts.any(|part| {
            part.starts_with(refresh_token::PREFIX.as_bytes())
                || part.starts_with(link::PREFIX.as_bytes())
                || is_jwt(part)
        })
    })
}

/// Removes the rest of a path from the first token on: after the path of a page of e-mail links, or before a text that
/// starts like a token in any encoding and, except for JWTs, any case.
pub(super) fn without_tokens(path: &str) -> Cow<'_, str> {
    match decodings(path).filter_map(|decoded| decoded.start_of_token()).min() {
        Some(start) => Cow::Owned(format!("{}…", &path[..start])),
        None => Cow::Borrowed(path),
    }
}

/// Returns the path undecoded, then decoded once, twice and so on. A token may be visible in one of these forms only:
/// decoding `%AeyJ` consumes the first letter of the token as a digit.
fn decodings(path: &str) -> impl Iterator<Item = Decoded> {
    let raw = Decoded { bytes: path.as_bytes().to_vec(), origins: (0..path.len()).collect() };
    let next = |decoded: &Decoded| decoded.bytes.contains(&b'%').then(|| decoded.once());
    successors(Some(raw), next).take(MAX_DECODED + 1)
}

/// A percent-decoded path.
struct Decoded {
    bytes: Vec<u8>,
    /// The index in the original path of each byte.
    origins: Vec<usize>,
}

impl Decoded {
    /// Returns the index in the original path of the first token, or of the text after the path of a page of links. It
    /// is the index of an ASCII character.
    fn start_of_token(&self) -> Option<usize> {
        let lower = self.bytes.to_ascii_lowercase();
        let find = |within: &[u8], text: &str| {
            within.windows(text.len()).position(|window| window == text.as_bytes())
        };
        let pages = link::PAGES.iter().filter_map(|page| Some(find(&lower, page)? + page.len()));
        let prefixes = [refresh_token::PREFIX, link::PREFIX];
        let tokens = prefixes.iter().filter_map(|prefix| find(&lower, prefix));
        let start = pages.chain(tokens).chain(find(&self.bytes, "eyJ")).min()?;
        // A page without a token has no byte at this index.
        self.origins.get(start).copied()
    }

    fn once(&self) -> Self {
        let (mut bytes, mut origins, mut at) = (Vec::new(), Vec::new(), 0);
        while let Some(byte) = self.bytes.get(at) {
            let code = if *byte == b'%' { self.bytes.get(at + 1..at + 3) } else { None };
            let code = code.and_then(|code| {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                u8::try_from(digit(code[0])? * 16 + digit(code[1])?).ok()
            });
            bytes.push(code.unwrap_or(*byte));
            origins.push(self.origins[at]);
            at += if code.is_some() { 3 } else { 1 };
        }
        Self { bytes, origins }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{
        prelude::*,
        test_runner::{Config, TestRunner},
    };

    const LINK: &str = "hsm_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn tokens_in_any_part_of_a_path_are_found() {
        for path in [
            "/hsr_AAAA",
            "/api/logout/hsr_AAAA",
            "/api/sessions/eyJhbGciOiJFZERTQSJ9.e30.AA",
            "/reset/hsr_AAAA",
            "//reset/hsm_AAAA",
            "/Reset/hsm_AAAA",
            "/reset/more/hsm_AAAA",
            "/reset/hsm_AAAA/hsm_BBBB",
            "/api;token=hsr_AAAA",
            "/%68sr_AAAA",
            "/%2568sr_AAAA",
            "/%72eset/hsm_AAAA",
            "/x%2Fhsr_AAAA",
        ] {
            assert!(has_token(&path.parse().unwrap()), "{path}");
        }
        for path in [
            "/",
            "/magic",
            "/magic/hsm_AAAA",
            "/confirm/hsm_AAAA/",
            "/reset/hsm_AAAA",
            "/pkg/handstamp.xhsm_yeyJz.wasm",
            "/eyJ",
            "/posts/100%",
            "/%",
            "/%zz",
        ] {
            assert!(!has_token(&path.parse().unwrap()), "{path}");
        }
    }

    #[test]
    fn the_log_shows_a_path_up_to_the_token() {
        for (path, shown) in [
            (format!("/magic/{LINK}"), "/magic/…"),
            (format!("/RESET/{LINK}"), "/RESET/…"),
            (format!("//reset/{LINK}"), "//reset/…"),
            (format!("/%72eset/{LINK}"), "/%72eset/…"),
            ("/confirm/anything".to_owned(), "/confirm/…"),
            ("/api/logout/hsr_AAAA/x".to_owned(), "/api/logout/…"),
            ("/api/%68%73%72_AAAA".to_owned(), "/api/…"),
            ("/api/%2568sr_AAAA".to_owned(), "/api/…"),
            ("/api/HSR_AAAA".to_owned(), "/api/…"),
            ("/%AeyJhbGci.e30.AA".to_owned(), "/%A…"),
            ("/%2568%AeyJhbGci.e30.AA".to_owned(), "/%2568%A…"),
            ("/xeyJhbGci.e30.AA".to_owned(), "/x…"),
            ("/api/posts".to_owned(), "/api/posts"),
            ("/magic".to_owned(), "/magic"),
            ("/magic/".to_owned(), "/magic/"),
            ("/100%".to_owned(), "/100%"),
        ] {
            assert_eq!(without_tokens(&path), shown, "{path}");
        }
    }

    #[test]
    fn any_path_is_cut_somewhere_or_stays_as_it_is() {
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
        let part = prop_oneof!["\\PC{0,4}", "%[0-9a-f]{2}", "hsr_|HSM_|eyJ|/magic/|%2568"];
        let path = prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat());
        runner
            .run(&path, |path| {
                let shown = without_tokens(&path).into_owned();
                let kept = shown.strip_suffix('…').filter(|_| shown != path).unwrap_or(&shown);
                prop_assert!(path.starts_with(kept));
                prop_assert!(!kept.contains("hsr_") && !kept.contains("eyJ"));
                let _ = is_token_in_path(&path);
                Ok(())
            })
            .unwrap();
    }
}
