//! The encoding of the bodies of `/auth`.

use bytes::Bytes;
use leptos::server_fn::{
    ContentType, Decodes, Encodes, Format, FormatType,
    codec::{JsonEncoding, Post},
};
use serde::{Serialize, de::DeserializeOwned};

/// `POST` with a strict JSON body; an empty body is read as `{}`.
pub type StrictJson = Post<StrictJsonEncoding>;

/// The encoding behind [`StrictJson`].
#[derive(Debug)]
pub struct StrictJsonEncoding;

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

#[cfg(feature = "ssr")]
impl<T: DeserializeOwned> Decodes<T> for StrictJsonEncoding {
    type Error = handstamp_protocol::strict_json::BodyError;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        handstamp_protocol::strict_json::decode(&bytes)
    }
}

/// Server functions require this of the client too, which never calls it.
#[cfg(not(feature = "ssr"))]
impl<T: DeserializeOwned> Decodes<T> for StrictJsonEncoding {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        serde_json::from_slice(&bytes)
    }
}
