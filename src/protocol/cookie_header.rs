//! Reads the `Cookie` header byte by byte (RFC 6265 §5.4).
//!
//! Browsers enforce the prefixes `__Secure-` and `__Host-` on the name as it is sent. Names are therefore compared
//! without decoding: otherwise a sibling domain could set a cookie with such a name by encoding `-` as `%2D`. Cookies
//! of other applications on the same host may contain any bytes and don't affect the cookies of this server.

use http::{HeaderMap, header};

/// Returns the values of all cookies with this name, in the order of the request. A browser sends the cookie with the
/// longest path first. Values with characters other than visible ASCII are skipped: this server sets no such cookie.
pub fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(move |pair| {
        let value = pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        let is_visible_ascii = value.iter().all(u8::is_ascii_graphic);
        str::from_utf8(value).ok().filter(|_| is_visible_ascii)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn read(lines: &[&[u8]], name: &str) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        values(&headers, name).map(str::to_owned).collect()
    }

    #[test]
    fn names_are_compared_byte_by_byte() {
        for line in
            ["__Secure%2Da=1", "__secure-a=1", "x__Secure-a=1", "__Secure-a2=1", "__Secure-a"]
        {
            assert!(read(&[line.as_bytes()], "__Secure-a").is_empty(), "{line}");
        }
        assert_eq!(read(&[b"b=2; __Secure-a=%31;c=3"], "__Secure-a"), ["%31"]);
    }

    #[test]
    fn other_cookies_may_hold_any_bytes() {
        assert_eq!(read(&[b"city=K\xc3\xb6ln; a=1"], "a"), ["1"]);
        assert_eq!(read(&[b"a=1; \xff\xfe; =; ;;"], "a"), ["1"]);
        assert_eq!(read(&[b"a=K\xc3\xb6ln; a=1"], "a"), ["1"], "not a value of this server");
    }

    #[test]
    fn all_values_are_returned_in_their_order() {
        assert_eq!(read(&[b"a=1; a=; a=2", b"a=3"], "a"), ["1", "", "2", "3"]);
    }

    proptest! {
        #[test]
        fn a_cookie_is_found_among_any_other_bytes(before: Vec<u8>, after: Vec<u8>) {
            let clean = |bytes: Vec<u8>| -> Vec<u8> {
                bytes.into_iter().filter(|byte| *byte >= 32 && *byte != 127).collect()
            };
            let line = [clean(before), b"; a=1; ".to_vec(), clean(after)].concat();
            prop_assert!(read(&[&line], "a").contains(&"1".to_owned()));
        }
    }
}
