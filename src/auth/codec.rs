//! How `/auth` reads a body: a JSON object without missing and without unknown fields.
//!
//! The messages never repeat a value: what stands in a field may be a password.

use bytes::Bytes;
use leptos::server_fn::{
    ContentType, Decodes, Encodes, Format, FormatType,
    codec::{JsonEncoding, Post},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// `POST` with a strict JSON body; an empty body stands for `{}`.
pub type StrictJson = Post<StrictJsonEncoding>;

/// The encoding behind [`StrictJson`].
#[derive(Debug)]
pub struct StrictJsonEncoding;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What is wrong with a body, in words that repeat none of its values.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON at all, or not UTF-8.
    #[error("The body is not valid JSON.")]
    NotJson,
    /// JSON, and not an object.
    #[error("The body has to be a JSON object.")]
    NotAnObject,
    /// A field that has to be there is not.
    #[error("The {0} is absent from the body.")]
    Missing(String),
    /// A field holds something of another kind.
    #[error("A field of the body has the wrong type.")]
    WrongType,
    /// A field that this call doesn't know.
    #[error("The body has a field that this call does not know.")]
    UnknownField,
}

impl ContentType for StrictJsonEncoding {
    const CONTENT_TYPE: &'static str = JsonEncoding::CONTENT_TYPE;
}

impl FormatType for StrictJsonEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for StrictJsonEncoding {
    type Error = serde_json::Error;

    fn encode(input: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(input).map(Bytes::from)
    }
}

impl<T: Serialize + DeserializeOwned> Decodes<T> for StrictJsonEncoding {
    type Error = BodyError;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let body = if bytes.is_empty() { Map::new() } else { read_object(&bytes)? };
        let given: Vec<String> = body.keys().cloned().collect();
        let input: T = read_fields(body)?;
        // A field that is absent when the input is serialised again is unknown.
        let known = serde_json::to_value(&input).map_err(|_| BodyError::WrongType)?;
        if given.iter().all(|field| known.get(field).is_some()) {
            Ok(input)
        } else {
            Err(BodyError::UnknownField)
        }
    }
}

/// Reads a JSON object. A byte order mark in front is skipped (RFC 8259 §8.1).
///
/// # Errors
/// Not JSON, or JSON of another kind.
pub fn read_object(body: &[u8]) -> Result<Map<String, Value>, BodyError> {
    match serde_json::from_slice(body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(BodyError::NotAnObject),
        Err(_) => Err(BodyError::NotJson),
    }
}

/// Reads the fields of an object into a type.
///
/// # Errors
/// A field that is missing or of another kind, or, where the type says so, unknown.
pub fn read_fields<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, BodyError> {
    serde_json::from_value(Value::Object(object)).map_err(|error| {
        // Only a name that is ours is repeated.
        let message = error.to_string();
        match message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(name) => BodyError::Missing(format!("field \"{name}\"")),
            None if message.starts_with("unknown field") => BodyError::UnknownField,
            None => BodyError::WrongType,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Credentials {
        username: String,
        password: String,
    }

    fn decode(body: &'static str) -> Result<Credentials, BodyError> {
        StrictJsonEncoding::decode(Bytes::from(body))
    }

    #[test]
    fn a_whole_body_is_read() {
        let read = decode(r#"{"username":"ada","password":"correct horse"}"#).unwrap();
        assert_eq!(read.username, "ada");
        let marked = decode("\u{feff}{\"username\":\"ada\",\"password\":\"correct horse\"}");
        assert_eq!(marked.unwrap(), read);
    }

    #[test]
    fn every_other_body_says_what_is_wrong_and_repeats_no_value() {
        for (body, error) in [
            ("{", BodyError::NotJson),
            ("[]", BodyError::NotAnObject),
            (r#"{"username":"ada"}"#, BodyError::Missing("field \"password\"".into())),
            (r#"{"username":"ada","password":123456}"#, BodyError::WrongType),
            (r#"{"username":"ada","password":"x","hunter2":1}"#, BodyError::UnknownField),
        ] {
            let refused = decode(body).unwrap_err();
            assert_eq!(refused, error, "{body}");
            assert!(
                !refused.to_string().contains("123456") && !refused.to_string().contains("hunter2")
            );
        }
        assert_eq!(decode("").unwrap_err(), BodyError::Missing("field \"username\"".into()));
    }
}
