//! Recovery codes: each works once in place of a TOTP code.

use crate::{
    helpers::TestApp,
    totp::{ADA, Ada, FIRST_SECRET, PATH, SECOND_SECRET, code, codes_of, log_in, prepare, proof},
};
use axum::http::StatusCode;

#[tokio::test]
async fn a_recovery_code_works_once_in_any_spelling() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    assert_eq!(ada.recovery.len(), 10);
    let typed = ada.recovery[3].to_uppercase().replace('-', " ");
    let answer = log_in(&mut app.browser(), Some(&typed)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let again = log_in(&mut app.browser(), Some(&ada.recovery[3])).await;
    again.assert_problem(401, "second_factor_invalid");
    let account = app.get("/api/account", &answer.access_token()).await.json();
    assert_eq!(account["recovery_codes_left"], 9);
}

#[tokio::test]
async fn the_use_of_a_recovery_code_is_mailed() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let text = async || app.mail_to(ADA).await["text"].as_str().unwrap().to_owned();
    log_in(&mut app.browser(), Some(&ada.recovery[0])).await.access_token();
    assert!(text().await.contains("A recovery code was used to log in"));
    let events = app.events(&ada.access).await;
    assert_eq!(events[..2], ["logged_in_by_recovery_code", "second_factor_on"], "one event");
    app.advance_seconds(1);
    let path = "/api/account/recovery_codes";
    let made = app.call("POST", path, Some(&ada.access), proof(&ada.recovery[1])).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let events = app.events(&ada.access).await;
    assert_eq!(events[..2], ["recovery_codes_made", "recovery_code_used"]);
}

#[tokio::test]
async fn renewed_recovery_codes_replace_the_former_ones() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let path = "/api/account/recovery_codes";
    let made = app.call("POST", path, Some(&ada.access), proof(&ada.code(&app, 0))).await;
    let codes = codes_of(&made);
    let former = log_in(&mut app.browser(), Some(&ada.recovery[0])).await;
    former.assert_problem(401, "second_factor_invalid");
    assert_eq!(log_in(&mut app.browser(), Some(&codes[0])).await.status, StatusCode::OK);
}

/// A user who did not log in while both server secrets were set: the server can no longer decrypt the TOTP secret.
#[tokio::test]
async fn a_recovery_code_works_after_the_server_secret_is_gone() {
    let mut app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    for secrets in [format!("{SECOND_SECRET},{FIRST_SECRET}"), SECOND_SECRET.to_owned()] {
        app.restart_with_secrets(&secrets).await;
    }
    let refused = log_in(&mut app.browser(), Some(&ada.code(&app, 1))).await;
    refused.assert_problem(401, "second_factor_invalid");
    let mut browser = app.browser();
    let access = log_in(&mut browser, Some(&ada.recovery[0])).await.access_token();
    let off = app.call("DELETE", PATH, Some(&access), proof(&ada.recovery[1])).await;
    assert_eq!(off.status, StatusCode::NO_CONTENT, "{}", off.text());
    let prepared = prepare(&app, &access).await.json();
    let code = code(&app, prepared["key"].as_str().unwrap(), 0);
    let on = app.call("PUT", PATH, Some(&access), proof(&code)).await;
    assert_eq!(on.status, StatusCode::OK, "{}", on.text());
}
