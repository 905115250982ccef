//! The members of a JSON object in their order, and base64url.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use std::fmt;

/// The members of a JSON object, in the order of the text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(Vec<(String, Value)>);

impl Fields {
    /// Decodes a part of a JWT (RFC 7515 §3.1). Returns `None` if it is malformed.
    pub fn decode(part: &str) -> Option<Self> {
        serde_json::from_slice(&handstamp_leptos::client::claims::base64url(part)?).ok()
    }

    /// Encodes a part of a JWT.
    pub fn encode(&self) -> String {
        serde_json::to_vec(self).map(|json| base64url(&json)).unwrap_or_default()
    }

    /// Returns the names in their order.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Returns the value of a member.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// Replaces the value of a member, if there is one.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        if let Some((_, old)) = self.0.iter_mut().find(|(other, _)| other == name) {
            *old = value.into();
        }
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Encodes without padding and without a library, which would make the page larger.
fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..=chunk.len() {
            let value = bits >> (18 - 6 * index) & 0x3f;
            text.push(char::from(ALPHABET[value as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    #[test]
    fn members_keep_their_order() {
        let json = r#"{"typ":"at+jwt","alg":"EdDSA","nested":{"a":[1,null]},"exp":12}"#;
        let mut fields = Fields::decode(&URL_SAFE_NO_PAD.encode(json)).unwrap();
        assert_eq!(fields.names(), ["typ", "alg", "nested", "exp"]);
        assert_eq!(fields.encode(), URL_SAFE_NO_PAD.encode(json));
        fields.set("alg", "none");
        fields.set("missing", 1);
        assert_eq!(fields.get("alg"), Some(&Value::from("none")));
        assert_eq!(fields.names().len(), 4);
    }

    #[test]
    fn malformed_parts_have_no_members() {
        for part in ["", "!", "e30=", "W10", "bnVsbA"] {
            assert_eq!(Fields::decode(part), None, "{part}");
        }
    }

    proptest! {
        #[test]
        fn bytes_are_encoded_as_base64url(bytes: Vec<u8>) {
            prop_assert_eq!(base64url(&bytes), URL_SAFE_NO_PAD.encode(&bytes));
        }
    }
}
