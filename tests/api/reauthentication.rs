//! Re-authentication with the password: how long it is valid, and for which access tokens.

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;

/// ASVS 7.2.4: a confirmation applies to the access token of the request and to later ones of the session.
#[tokio::test]
async fn a_confirmation_applies_to_its_access_token_and_to_later_ones() {
    let app = TestApp::start_with(&[("HANDSTAMP_ACCESS_TTL", "1h")]).await;
    let mut browser = app.browser();
    let copied = browser.sign_up("ada").await.access_token();
    app.advance_seconds(16 * 60);
    let own = browser.refresh().await.access_token();
    let body = Some(json!({"password": PASSWORD}));
    let confirmed = app.call("POST", "/api/account/confirmation", Some(&own), body).await;
    assert_eq!(confirmed.status, StatusCode::NO_CONTENT, "{}", confirmed.text());
    app.advance_seconds(60);
    let later = browser.refresh().await.access_token();
    let fresh =
        async |access: &str| app.get("/api/account", access).await.json()["confirmed"].clone();
    assert_eq!(fresh(&copied).await, json!(false));
    assert_eq!((fresh(&own).await, fresh(&later).await), (json!(true), json!(true)));
    let answer = app.call("DELETE", "/api/sessions/others", Some(&copied), None).await;
    answer.assert_problem(403, "confirmation_required");
    app.advance_seconds(14 * 60);
    assert_eq!((fresh(&own).await, fresh(&later).await), (json!(false), json!(false)));
}
