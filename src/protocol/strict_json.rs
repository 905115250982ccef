//! Decodes request bodies: JSON objects with all required fields and no unknown ones.
//!
//! No error contains a value of the body, because it may be a password.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What is wrong with a body. The message contains no value of it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON, or not UTF-8.
    #[error("The body is not valid JSON.")]
    NotJson,
    /// JSON, but not an object.
    #[error("The body has to be a JSON object.")]
    NotAnObject,
    /// A required field is missing.
    #[error("The {0} is absent from the body.")]
    Missing(String),
    /// A field has the wrong type.
    #[error("A field of the body has the wrong type.")]
    WrongType,
    /// The body has a field that this call doesn't have.
    #[error("The body has a field that this call does not know.")]
    UnknownField,
}

/// Decodes a body; an empty one is read as `{}`.
///
/// # Errors
/// Any [`BodyError`].
pub fn decode<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<T, BodyError> {
    let body = if body.is_empty() { Map::new() } else { read_object(body)? };
    let given: Vec<String> = body.keys().cloned().collect();
    let input: T = read_fields(body)?;
    // A field that is absent after a round trip is unknown to the type.
    let known = serde_json::to_value(&input).map_err(|_| BodyError::WrongType)?;
    if given.iter().all(|field| known.get(field).is_some()) {
        Ok(input)
    } else {
        Err(BodyError::UnknownField)
    }
}

/// Reads a JSON object. A byte order mark in front is skipped (RFC 8259 §8.1).
///
/// # Errors
/// [`BodyError::NotJson`], [`BodyError::NotAnObject`].
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
/// [`BodyError::Missing`], [`BodyError::WrongType`], and [`BodyError::UnknownField`] if the type denies unknown fields.
pub fn read_fields<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, BodyError> {
    serde_json::from_value(Value::Object(object)).map_err(|error| {
        // The message names a field only if the name comes from the type, not from the body.
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
    use super::{BodyError, Serialize};
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Credentials {
        username: String,
        password: String,
    }

    fn decode(body: &str) -> Result<Credentials, BodyError> {
        super::decode(body.as_bytes())
    }

    #[test]
    fn a_complete_body_is_decoded() {
        let read = decode(r#"{"username":"ada","password":"correct horse"}"#).unwrap();
        assert_eq!(read.username, "ada");
        let marked = decode("\u{feff}{\"username\":\"ada\",\"password\":\"correct horse\"}");
        assert_eq!(marked.unwrap(), read);
    }

    #[test]
    fn errors_name_the_fault_and_contain_no_value() {
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
