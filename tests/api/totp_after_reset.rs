//! A password reset does not bypass the second factor (ASVS 6.4.3).

use crate::{
    helpers::TestApp,
    totp::{ADA, Ada},
};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_password_reset_needs_no_code_but_the_next_login_does() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    app.browser().post("/auth/send_password_reset", Some(json!({"email": ADA}))).await;
    let new = "a new and good phrase";
    let body = json!({"token": app.link_to(ADA).await, "password": new});
    let reset = app.browser().post("/auth/reset_password", Some(body)).await;
    assert_eq!(reset.status, StatusCode::OK, "{}", reset.text());
    assert!(reset.set_cookies().is_empty(), "a reset starts no session");
    app.browser().log_in("ada", new).await.assert_problem(401, "second_factor_required");
    let body = json!({"username": "ada", "password": new, "code": ada.code(&app, 0)});
    let answer = app.browser().post("/auth/log_in", Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}
