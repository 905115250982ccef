//! The parts of the OpenAPI document that do not belong to a single operation.

use super::responses;
use handstamp_protocol::error::{ErrorCode, ErrorInfo, Problem};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use url::Url;
use utoipa::{
    OpenApi,
    openapi::{
        OpenApi as Document,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

/// Returns the example of a schema, by its name.
pub(super) type Examples<'a> = dyn Fn(&str) -> Option<Value> + 'a;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Handstamp, the JSON API",
        description = "Log in, store both tokens, send the access token with every request, and refresh when it expires. \
            The response to a refresh contains the refresh token to use from then on; the previous one is spent.\n\n\
            **A lost response.** Generate 128 random bits as the `Idempotency-Key` of a refresh, and store the key beside the \
            refresh token before you send the request. Send the same key with every retry, also after a restart, and \
            delete it as soon as your refresh token changes. With a new key for each attempt, or none, a retry after \
            the reuse window ends the session. Only one process at a time may refresh.\n\n\
            **Errors** are problem details (RFC 9457). Use `code`, not the status: 401 and 403 have several \
            reasons, and only some of them require a refresh.\n\n\
            **Other services** can verify an access token with the keys at `/.well-known/jwks.json`: see the tag \
            `Operations`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "Tokens", description = "Log in, refresh, log out."),
        (name = "Resources", description = "Resources that require an access token."),
        (name = "Sessions", description = "The sessions of the user."),
        (name = "Account", description = "The user's account and its settings."),
        (name = "Operations", description = "For load balancers, and for services that verify access tokens. \
            An access token is a JWT of the profile RFC 9068, signed with Ed25519. A verifier accepts only the algorithm \
            `EdDSA`; selects the key by `kid`, and fetches the keys again if it doesn't know the `kid`; requires \
            the type `at+jwt`; requires `iss` and `aud` to be the public URL of this server; requires `exp` to be in \
            the future, with a leeway of a few seconds for clocks that differ. `aud` names only this server, so another \
            service must accept it as its own audience. `client_id` is always `handstamp`. Only this server knows \
            which sessions were ended: other services accept their access tokens until `exp`."),
        (name = "Demo", description = "Only for a demo on the user's own machine.")
    ),
    components(schemas(Problem))
)]
struct Contents;

/// Returns the document without its operations.
pub(super) fn without_paths() -> Document {
    let mut document = Contents::openapi();
    let scheme = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("at+jwt (RFC 9068)")
        .description(Some("The access token of a login or a refresh."));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("access_token", SecurityScheme::Http(scheme.build()));
    components.responses.extend(responses::components());
    document
}

/// Adds to the document: the server with this public URL, examples, the error codes that a server sends, and
/// `security: []` for the operations that require no access token.
pub(super) fn complete(document: Document, public_url: &Url, examples: &Examples<'_>) -> Value {
    // Can't fail: the document contains only strings, numbers, lists and maps with string keys.
    let mut document = serde_json::to_value(document).unwrap_or_default();
    let url = public_url.origin().ascii_serialization();
    document["info"]["contact"] = json!({"name": "The operator of this server", "url": url});
    document["servers"] = json!([{"url": url, "description": "This server."}]);
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        if operation.get("security").is_none() {
            operation["security"] = json!([]);
        }
        add_examples(operation, examples);
    }
    describe_codes(&mut document["components"]["schemas"]["ErrorCode"]);
    use_const(&mut document["components"]["schemas"]);
    document
}

/// Adds the examples of their schemas to the request and to the responses.
fn add_examples(operation: &mut Value, examples: &Examples<'_>) {
    let responses = operation["responses"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for response in responses {
        add_example(response, examples);
    }
    if let Some(request) = operation.get_mut("requestBody") {
        make_optional(request);
        add_example(request, examples);
    }
}

/// Marks a body as optional if its schema is a choice between a type and null, which is the schema of an `Option`.
fn make_optional(request: &mut Value) {
    let Some(contents) = request["content"].as_object_mut() else { return };
    let mut is_optional = false;
    for content in contents.values_mut() {
        let schema = &mut content["schema"];
        let Some(choices) = schema["oneOf"].as_array() else { continue };
        let has_null = choices.iter().any(|choice| choice["type"] == "null");
        let body = choices.iter().find(|choice| choice["type"] != "null");
        if let Some(body) = body.filter(|_| has_null && choices.len() == 2).cloned() {
            *schema = body;
            is_optional = true;
        }
    }
    if is_optional {
        request["required"] = Value::Bool(false);
    }
}

fn add_example(message: &mut Value, examples: &Examples<'_>) {
    let contents = message.get_mut("content").and_then(Value::as_object_mut);
    for content in contents.into_iter().flat_map(Map::values_mut) {
        let schema = content["schema"]["$ref"].as_str().unwrap_or_default();
        if let Some(example) = examples(schema.rsplit('/').next().unwrap_or_default()) {
            content["example"] = example;
        }
    }
}

/// Removes the codes that only the client creates, and describes each of the others.
fn describe_codes(schema: &mut Value) {
    let mut description = String::from("The kind of the error. Programs should use this field.\n");
    if let Some(words) = schema["enum"].as_array_mut() {
        words.retain(|word| {
            let code = serde_json::from_value::<ErrorCode>(word.clone()).ok();
            let Some(code) = code.filter(|code| code.status() != 0) else { return false };
            let ErrorInfo { status, detail, .. } = code.info();
            // Can't fail: it writes to a string.
            let _ = write!(description, "\n- `{}` ({status}): {detail}", code.name());
            true
        });
    }
    schema["description"] = description.into();
}

/// Replaces every `enum` of one value by `const` (JSON Schema 2020-12, validation, §6.1.3).
fn use_const(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some([only]) = members.get("enum").and_then(Value::as_array).map(Vec::as_slice) {
                let only = only.clone();
                members.remove("enum");
                members.insert("const".to_owned(), only);
            }
            members.values_mut().for_each(use_const);
        }
        Value::Array(items) => items.iter_mut().for_each(use_const),
        _ => {}
    }
}
