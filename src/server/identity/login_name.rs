//! What a user types at a login: a user name or an e-mail address.

use super::{email, normalize, tidy};

/// A typed user name or address in the forms under which accounts are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginName {
    /// The key of the name or of the address, normalized as at a sign-up.
    pub key: String,
    /// The key before normalized domains and trimmed invisible characters. Accounts of that time whose new
    /// key belonged to another account have kept such a key.
    pub former_key: String,
}

impl LoginName {
    /// Normalizes what was typed. Never fails: text that is neither a name nor an address is found nowhere.
    pub fn read(text: &str) -> Self {
        let key = if text.contains('@') { email::key(text) } else { None };
        Self {
            key: key.unwrap_or_else(|| normalize(tidy::trim(text))),
            former_key: normalize(text),
        }
    }

    /// The key to count attempts by: that of the account that was found.
    pub fn rate_limit_key(&self, is_former: bool) -> &str {
        if is_former { &self.former_key } else { &self.key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_finds_what_a_sign_up_made() {
        for typed in ["ada", " ADA\u{200b}", "\u{ad}ａｄａ"] {
            assert_eq!(LoginName::read(typed).key, "ada", "{typed:?}");
        }
        for typed in ["ada@bücher.de", "<ADA@xn--bcher-kva.de>", "mailto:ada@BÜCHER.de;"] {
            assert_eq!(LoginName::read(typed).key, "ada@xn--bcher-kva.de", "{typed:?}");
        }
        let former = LoginName::read("ada@[127.0.0.1]");
        assert_eq!(
            (former.key.as_str(), former.former_key.as_str()),
            ("ada@[127.0.0.1]", "ada@[127.0.0.1]")
        );
    }
}
