//! Decodes request bodies strictly: JSON objects with all required fields and no unknown fields.
//!
//! Errors contain no values of the body, because a value may be a password.

use serde::{
    Deserializer,
    de::{self, DeserializeOwned, IntoDeserializer, Visitor, value::MapDeserializer},
    forward_to_deserialize_any,
};
use serde_json::{Map, Value};
use std::fmt;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The error of an invalid body. The message contains no values of the body.
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
    /// The body has an unknown field.
    #[error("The body has a field that this call does not know.")]
    UnknownField,
}

/// Deserializers report missing and unknown fields with separate functions; all other errors are reported with
/// [`custom`](de::Error::custom).
impl de::Error for BodyError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::WrongType
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(format!("field \"{field}\""))
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::UnknownField
    }
}

/// Decodes a body. An empty body is treated as `{}`. Unknown fields are refused even if the type does not deny them.
///
/// # Errors
/// Any [`BodyError`].
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, BodyError> {
    let object = if body.is_empty() { Map::new() } else { read_object(body)? };
    let mut has_unknown_field = false;
    let input = serde_ignored::deserialize(fields(object), |_| has_unknown_field = true)?;
    if has_unknown_field { Err(BodyError::UnknownField) } else { Ok(input) }
}

/// Parses a JSON object. A leading byte order mark is ignored (RFC 8259 §8.1).
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

/// Deserializes the fields of an object.
///
/// # Errors
/// [`BodyError::Missing`], [`BodyError::WrongType`], and [`BodyError::UnknownField`] if the type denies unknown fields.
pub fn read_fields<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, BodyError> {
    T::deserialize(fields(object))
}

fn fields(
    object: Map<String, Value>,
) -> MapDeserializer<'static, impl Iterator<Item = (String, Field)>, BodyError> {
    MapDeserializer::new(object.into_iter().map(|(name, value)| (name, Field(value))))
}

/// Deserializes the value of a field. Any error in it becomes [`BodyError::WrongType`].
struct Field(Value);

impl IntoDeserializer<'_, BodyError> for Field {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Implements methods by calling those of [`Value`] and converting the error.
macro_rules! forward_to_value {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {
        $(fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, BodyError> {
            self.0.$method($($argument,)* visitor).map_err(de::Error::custom)
        })*
    };
}

impl<'de> Deserializer<'de> for Field {
    type Error = BodyError;

    forward_to_value! {
        deserialize_any();
        deserialize_option();
        deserialize_newtype_struct(name: &'static str);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_ignored_any();
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier
    }
}

#[cfg(test)]
mod tests {
    use super::{BodyError, read_fields, read_object};
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
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

    #[derive(Debug, PartialEq, Deserialize)]
    struct Id(String);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Native,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[serde(alias = "theId")]
        id: Id,
        kind: Option<Kind>,
        #[serde(default)]
        counts: Vec<u8>,
    }

    #[test]
    fn fields_are_read_like_those_of_any_json() {
        let read = |body: &str| read_fields::<Strict>(read_object(body.as_bytes())?);
        for (body, kind, counts) in [
            (r#"{"id":"a"}"#, None, vec![]),
            (r#"{"theId":"a","kind":null}"#, None, vec![]),
            (r#"{"id":"a","kind":"native","counts":[1,2]}"#, Some(Kind::Native), vec![1, 2]),
        ] {
            assert_eq!(read(body).unwrap(), Strict { id: Id("a".into()), kind, counts }, "{body}");
        }
        for (body, error) in [
            (r#"{"kind":"native"}"#, BodyError::Missing("field \"id\"".into())),
            (r#"{"id":"a","hunter2":1}"#, BodyError::UnknownField),
            (r#"{"id":"a","theId":"a"}"#, BodyError::WrongType),
            (r#"{"id":null}"#, BodyError::WrongType),
            (r#"{"id":"a","kind":"hunter2"}"#, BodyError::WrongType),
            (r#"{"id":"a","counts":[256]}"#, BodyError::WrongType),
        ] {
            assert_eq!(read(body).unwrap_err(), error, "{body}");
        }
    }
}
