//! The OpenAPI document of the JSON API, and that the server conforms to it. `bin/openapi` runs linters and client
//! generators on it.

use crate::helpers::TestApp;
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The document of a server with these settings.
async fn document(settings: &[(&str, &str)]) -> Value {
    let app = TestApp::start_with(settings).await;
    app.call("GET", "/api/openapi.json", None, None).await.json()
}

/// Every operation under its `operationId`. Fails if two have the same.
fn operations(document: &Value) -> BTreeMap<&str, &Value> {
    let mut found = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(found.insert(id, operation).is_none(), "{method} {path}: {id} is used twice");
        }
    }
    found
}

/// Follows a reference inside the document.
fn resolved<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => part,
    }
}

/// OpenAPI 3.1 §4.8.10: generators name functions by these, so they are part of the contract.
#[tokio::test]
async fn every_operation_has_a_stable_unique_id() {
    let document = document(&[]).await;
    let ids: Vec<&str> = operations(&document).into_keys().collect();
    assert_eq!(
        ids,
        [
            "cancel_email_change",
            "change_email",
            "change_password",
            "change_username",
            "confirm_user",
            "create_post",
            "delete_account",
            "delete_post",
            "disable_second_factor",
            "enable_second_factor",
            "end_other_sessions",
            "end_session",
            "get_account",
            "get_health",
            "get_jwks",
            "get_post",
            "get_profile",
            "get_readiness",
            "list_events",
            "list_outbox",
            "list_posts",
            "list_sessions",
            "log_in",
            "log_out",
            "prepare_second_factor",
            "refresh",
            "register_guest",
            "renew_recovery_codes",
            "resend_email_change",
            "send_email_confirmation",
        ]
    );
}

#[tokio::test]
async fn the_document_names_its_server_license_and_tags() {
    let document = document(&[("HANDSTAMP_PUBLIC_URL", "https://handstamp.example")]).await;
    assert_eq!(document["servers"][0]["url"], "https://handstamp.example");
    assert_eq!(document["info"]["license"]["identifier"], "MIT OR Apache-2.0");
    assert!(document["info"]["contact"]["url"].is_string());
    assert!(document["info"]["description"].as_str().unwrap().contains("Idempotency-Key"));
    let tags = document["tags"].as_array().unwrap();
    let described: BTreeSet<&str> = tags
        .iter()
        .filter(|tag| tag["description"].as_str().is_some_and(|text| !text.is_empty()))
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let used: BTreeSet<&str> = operations(&document)
        .into_values()
        .map(|operation| operation["tags"][0].as_str().unwrap())
        .collect();
    assert_eq!(described, used);
}

#[tokio::test]
async fn public_operations_declare_no_security() {
    let document = document(&[]).await;
    let operations = operations(&document).into_iter();
    let open: Vec<&str> = operations
        .filter(|(_, operation)| operation["security"] == json!([]))
        .map(|(id, _)| id)
        .collect();
    assert_eq!(
        open,
        ["get_health", "get_jwks", "get_readiness", "list_outbox", "log_in", "log_out", "refresh"]
    );
}

#[tokio::test]
async fn every_request_and_response_body_has_an_example() {
    let document = document(&[]).await;
    for (id, operation) in operations(&document) {
        let mut messages: Vec<&Value> =
            operation["responses"].as_object().unwrap().values().collect();
        messages.extend(operation.get("requestBody"));
        for message in messages {
            let contents = resolved(&document, message)["content"].as_object();
            for content in contents.into_iter().flat_map(|contents| contents.values()) {
                assert!(
                    content.get("example").is_some() || content.get("examples").is_some(),
                    "{id}: {content}"
                );
                assert!(content["schema"]["$ref"].is_string(), "{id}: {content}");
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter.get("example").is_some(), "{id}: {parameter}");
        }
    }
}

#[tokio::test]
async fn error_responses_are_shared_and_all_are_used() {
    let document = document(&[]).await;
    let mut used = BTreeSet::new();
    for (id, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            if status.starts_with(['4', '5']) {
                let reference =
                    response["$ref"].as_str().unwrap_or_else(|| panic!("{id} {status}"));
                used.insert(reference.rsplit('/').next().unwrap());
            }
        }
    }
    let shared = document["components"]["responses"].as_object().unwrap();
    assert_eq!(shared.keys().map(String::as_str).collect::<BTreeSet<_>>(), used);
    for (name, response) in shared {
        let examples = response["content"]["application/problem+json"]["examples"].as_object();
        for (code, example) in examples.unwrap_or_else(|| panic!("{name}")) {
            assert_eq!(example["value"]["code"], code.as_str());
            let names_code = response["description"].as_str().unwrap().contains(code.as_str());
            let is_choice = examples.unwrap().len() > 1;
            assert!(names_code || !is_choice, "{name}: {code} is not described");
        }
    }
}

/// Clients branch on these values, so the lists are closed and contain nothing else.
#[tokio::test]
async fn closed_lists_are_enums() {
    let document = document(&[]).await;
    let schemas = &document["components"]["schemas"];
    let codes = schemas["ErrorCode"]["enum"].as_array().unwrap();
    assert!(codes.contains(&json!("access_token_expired")));
    assert!(!codes.contains(&json!("offline")), "no server sends it");
    for code in codes {
        let line = format!("`{}` (", code.as_str().unwrap());
        assert!(schemas["ErrorCode"]["description"].as_str().unwrap().contains(&line), "{line}");
    }
    assert_eq!(schemas["TokenType"]["const"], "Bearer");
    let kinds = schemas["EventKind"]["enum"].as_array().unwrap();
    assert!(kinds.contains(&json!("refresh_token_reused")) && kinds.len() >= 20);
    assert!(schemas["ListedEvent"]["properties"]["kind"].to_string().contains("EventKind"));
}

#[tokio::test]
async fn field_constraints_are_in_the_document() {
    let document = document(&[]).await;
    let schemas = &document["components"]["schemas"];
    let password = &schemas["Password"];
    assert_eq!(
        (&password["format"], &password["minLength"], &password["maxLength"]),
        (&json!("password"), &json!(8), &json!(256))
    );
    assert_eq!(schemas["NewEmail"]["properties"]["email"]["format"], "email");
    assert_eq!(schemas["SecondFactorCode"]["properties"]["code"]["pattern"], "^[0-9]{6}$");
    let username = &schemas["NewUsername"]["properties"]["username"];
    assert!(username["pattern"].is_string() && username["minLength"].is_number());
    assert_eq!(username["maxLength"], 32);
    let body = &schemas["NewPost"]["properties"]["body"];
    assert!(body["pattern"].is_string());
    assert_eq!((&body["minLength"], &body["maxLength"]), (&json!(1), &json!(500)));
    let operations = operations(&document);
    let limit = &operations["list_posts"]["parameters"][0]["schema"];
    assert_eq!(
        (&limit["type"], &limit["format"], &limit["minimum"], &limit["maximum"]),
        (&json!("integer"), &json!("int32"), &json!(1), &json!(100))
    );
    let key = &operations["refresh"]["parameters"][0];
    assert_eq!((&key["name"], &key["required"]), (&json!("Idempotency-Key"), &json!(false)));
    assert_eq!(
        (&key["schema"]["type"], &key["schema"]["minLength"]),
        (&json!("string"), &json!(1))
    );
    assert!(operations["create_post"]["responses"]["429"].is_object());
}

#[tokio::test]
async fn the_document_is_compressed_and_cacheable() {
    let app = TestApp::start().await;
    let request = Request::get("/api/openapi.json").header("accept-encoding", "gzip");
    let answer = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    assert!(answer.header("vary").unwrap().contains("accept-encoding"));
}

#[tokio::test]
async fn a_new_post_is_at_its_location() {
    let app = TestApp::start().await;
    let (_browser, token) = app.signed_up().await;
    let created =
        app.call("POST", "/api/posts", Some(&token), Some(json!({"body": "hello"}))).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let location = created.header("location").unwrap().to_owned();
    assert_eq!(app.get(&location, &token).await.json(), created.json());
    app.call("GET", &location, None, None).await.assert_problem(401, "access_token_missing");
    for absent in ["018f3c1e-0000-7000-8000-000000000000", "x"] {
        app.get(&format!("/api/posts/{absent}"), &token).await.assert_problem(404, "not_found");
    }
}

/// A client that refreshes on `Bearer error="invalid_token"` must not do so for a refused login or refresh.
#[tokio::test]
async fn failed_logins_and_refreshes_send_no_bearer_challenge() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let tokens = app.json_login("ada").await;
    let (access, refresh) = (tokens.access_token(), tokens.native_refresh_token());
    let wrong = json!({"username": "ada", "password": "wrong but long"});
    let wrong = app.call("POST", "/api/login", None, Some(wrong)).await;
    assert_eq!(wrong.header("www-authenticate"), Some(r#"Handstamp realm="login""#));
    let unknown = app.native_refresh("hsr_x", None).await;
    assert_eq!(unknown.header("www-authenticate"), Some(r#"Handstamp realm="refresh""#));
    app.call("POST", "/api/logout", None, Some(json!({"refresh_token": refresh}))).await;
    let revoked = app.native_refresh(&refresh, None).await;
    revoked.assert_problem(401, "session_revoked");
    assert_eq!(revoked.header("www-authenticate"), Some(r#"Handstamp realm="refresh""#));
    let revoked = app.get("/api/profile", &access).await;
    revoked.assert_problem(401, "session_revoked");
    assert!(revoked.header("www-authenticate").unwrap().starts_with("Bearer error="));
}

#[tokio::test]
async fn swagger_ui_is_served_in_a_demo_or_if_enabled() {
    for (settings, is_served) in [
        (vec![("HANDSTAMP_DEMO", "true")], true),
        (vec![("HANDSTAMP_DEMO", "false")], false),
        (vec![("HANDSTAMP_DEMO", "false"), ("HANDSTAMP_API_DOCS", "true")], true),
        (vec![("HANDSTAMP_DEMO", "true"), ("HANDSTAMP_API_DOCS", "false")], false),
    ] {
        let app = TestApp::start_with(&settings).await;
        for path in ["/api/docs/", "/api/docs/swagger-ui-bundle.js"] {
            let answer = app.call("GET", path, None, None).await;
            if is_served {
                assert_eq!(answer.status, StatusCode::OK, "{settings:?} {path}");
            } else {
                answer.assert_problem(404, "not_found");
            }
        }
        let document = app.call("GET", "/api/openapi.json", None, None).await;
        assert_eq!(document.status, StatusCode::OK, "the document itself is public");
    }
}
