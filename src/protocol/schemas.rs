//! Schemas of fields that are strings in the code but have a fixed set of values.

use crate::security_event::SecurityEvent;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Type, schema::Schema},
};

/// The type of every access token (RFC 6750).
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document")]
pub(crate) enum TokenType {
    Bearer,
}

/// The name of a security event.
pub(crate) struct EventKind;

impl PartialSchema for EventKind {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The name of the security event."))
            .enum_values(Some(SecurityEvent::names()))
            .into()
    }
}

impl ToSchema for EventKind {}
