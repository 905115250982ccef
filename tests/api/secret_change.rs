//! A replaced server secret signs no new tokens. Its access tokens are valid for one access-token lifetime.

use crate::helpers::TestApp;
use axum::http::StatusCode;
use handstamp_engine::{
    access_token::{AccessTokens, Subject},
    clock::Timestamp,
    keys::{KeyRing, ServerSecret},
};
use std::time::Duration;

const FIRST: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SECOND: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// An attacker who knows the first secret and signs access tokens with it.
struct Forger {
    tokens: AccessTokens,
    subject: Subject,
}

impl Forger {
    async fn new(app: &TestApp, access: &str) -> Self {
        let secret = ServerSecret::new((0..32).collect()).unwrap();
        let ring = KeyRing::new(&[secret]).unwrap();
        let ttl = Duration::from_secs(15 * 60);
        let issuer = "http://localhost:3000".to_owned();
        let profile = app.get("/api/profile", access).await.json();
        let now = app.state.clock.now();
        let subject = Subject {
            user: profile["id"].as_str().unwrap().parse().unwrap(),
            session: profile["session"]["id"].as_str().unwrap().parse().unwrap(),
            authenticated_at: now,
            session_ends_at: now.plus(Duration::from_secs(30 * 24 * 3600)),
        };
        Self { tokens: AccessTokens::new(&ring, issuer, ttl).unwrap(), subject }
    }

    fn forge(&self, at: Timestamp) -> String {
        self.tokens.issue(self.subject, at).unwrap().0.expose_secret().to_owned()
    }
}

#[tokio::test]
async fn a_former_secret_is_valid_only_for_access_tokens_from_before_the_change() {
    let mut app = TestApp::start().await;
    let access = app.signed_up().await.1;
    let forger = Forger::new(&app, &access).await;
    app.advance_seconds(60);
    let change = app.state.clock.now();
    app.restart_with_secrets(&format!("{SECOND},{FIRST}")).await;
    assert_eq!(app.get("/api/profile", &access).await.status, StatusCode::OK);

    app.advance_seconds(120);
    let forged = forger.forge(app.state.clock.now());
    app.get("/api/profile", &forged).await.assert_problem(401, "access_token_invalid");
    // A restart with the same secrets does not count as a change.
    app.restart_with_secrets(&format!("{SECOND},{FIRST}")).await;
    app.get("/api/profile", &forged).await.assert_problem(401, "access_token_invalid");

    let dated_back = forger.forge(change);
    assert_eq!(app.get("/api/profile", &dated_back).await.status, StatusCode::OK);
    app.advance_seconds(15 * 60);
    app.get("/api/profile", &dated_back).await.assert_problem(401, "access_token_expired");
}

#[tokio::test]
async fn a_secret_that_becomes_the_newest_again_signs_tokens_again() {
    let mut app = TestApp::start().await;
    app.restart_with_secrets(&format!("{SECOND},{FIRST}")).await;
    app.advance_seconds(3600);
    app.restart_with_secrets(&format!("{FIRST},{SECOND}")).await;
    let access = app.signed_up().await.1;
    assert_eq!(app.get("/api/profile", &access).await.status, StatusCode::OK);
    // A node that was not restarted yet accepts the tokens that the others issue already.
    app.restart_with_secrets(&format!("{SECOND},{FIRST}")).await;
    assert_eq!(app.get("/api/profile", &access).await.status, StatusCode::OK);
}
