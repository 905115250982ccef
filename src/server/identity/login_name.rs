//! The login name: a user name or an e-mail address.

use super::{email, normalize, tidy};

/// A user name or an e-mail address, normalized for the lookup of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginName {
    /// The key of the name or of the address, normalized as at sign-up.
    pub key: String,
    /// The key as earlier versions computed it, without normalizing domains and trimming invisible characters. Accounts
    /// of those versions keep it if their new key would be that of another account.
    pub former_key: String,
}

impl LoginName {
    /// Normalizes the input. Text that is neither a name nor an address matches no account.
    pub fn read(text: &str) -> Self {
        let key = if text.contains('@') { email::key(text) } else { None };
        Self {
            key: key.unwrap_or_else(|| normalize(tidy::trim(text))),
            former_key: normalize(text),
        }
    }

    /// Returns the key of the account that was found, for rate limits.
    pub fn rate_limit_key(&self, is_former: bool) -> &str {
        if is_former { &self.former_key } else { &self.key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_name_is_normalized_like_a_sign_up() {
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
