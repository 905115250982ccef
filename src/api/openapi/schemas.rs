//! Schemas of values that are text in the code and a closed list on the wire.

use crate::auth::server::accounts::security_events::Event;
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

/// What happened to an account, as a word.
pub(crate) struct EventKind;

impl PartialSchema for EventKind {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("What happened to an account, as a word."))
            .enum_values(Some(Event::words()))
            .into()
    }
}

impl ToSchema for EventKind {}
