//! The migration to normalized names and addresses, applied to older accounts.

use crate::{
    helpers::{PASSWORD, TestApp},
    identity::{assert_ok, assert_refused, execute, rename, sign_up_as},
};
use axum::http::StatusCode;
use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Statement};

async fn value(app: &TestApp, column: &str, name: &str) -> Option<String> {
    let sql = format!("SELECT {column} FROM users WHERE username_key = '{name}'");
    let statement = Statement::from_string(app.state.db.reader.get_database_backend(), sql);
    app.state
        .db
        .reader
        .query_one_raw(statement)
        .await
        .unwrap()
        .unwrap()
        .try_get("", column)
        .unwrap()
}

/// Reverts the migrations that added name skeletons, writes accounts in the old form, and restarts the server.
#[tokio::test]
async fn older_accounts_are_migrated_and_conflicts_are_left_unchanged() {
    let mut app = TestApp::start().await;
    let rows = [
        ("adal", "ada@example.org"),
        ("buch", "ada@bücher.de"),
        ("second", "eve@xn--bcher-kva.de"),
        ("third", "eve@bücher.de"),
        ("mike", "mike@example.org"),
        ("rnike", "rnike@example.org"),
        ("admin", "admin@[127.0.0.1]"),
    ];
    for (number, _) in rows.iter().enumerate() {
        assert_ok(&sign_up_as(&app, number, &format!("former-{number}")).await, "sign-up");
        app.advance_seconds(1);
    }
    let steps = Migrator::get_migration_files();
    let added = steps.iter().position(|step| step.name().contains("_000007_identity")).unwrap();
    let count = u32::try_from(steps.len() - added).unwrap();
    Migrator::down(&app.state.db.writer, Some(count)).await.unwrap();
    for (number, (name, email)) in rows.iter().enumerate() {
        let sql = format!(
            "UPDATE users SET username = '{name}', username_key = '{name}', email = '{email}', \
             email_key = '{email}' WHERE username_key = 'former-{number}'"
        );
        execute(&app, &sql).await;
    }
    app.restart().await;

    for (name, email) in rows {
        assert_ok(&app.browser().log_in(name, PASSWORD).await, name);
        let answer = app.browser().log_in(email, PASSWORD).await;
        assert_eq!(answer.json()["user"]["username"], name, "{}", answer.text());
    }
    assert_ok(&app.browser().log_in("ada@BÜCHER.de", PASSWORD).await, "another spelling");
    assert_eq!(value(&app, "email_key", "buch").await.unwrap(), "ada@xn--bcher-kva.de");
    assert_eq!(value(&app, "email", "buch").await.unwrap(), "ada@bücher.de");
    assert_eq!(value(&app, "email_key", "third").await.unwrap(), "eve@bücher.de");
    assert!(
        value(&app, "username_skeleton", "mike").await.is_some(),
        "the older account gets the skeleton"
    );
    assert_eq!(value(&app, "username_skeleton", "rnike").await, None);
    assert_refused(&sign_up_as(&app, 50, "ada1").await, "username", "looks too much like");

    // An account without a skeleton can still change the spelling of its own name.
    let access = app.browser().log_in("rnike", PASSWORD).await.access_token();
    assert_eq!(rename(&app, &access, "RNIKE").await.status, StatusCode::NO_CONTENT);
    assert_eq!(rename(&app, &access, "ronja").await.status, StatusCode::NO_CONTENT);
    assert!(value(&app, "username_skeleton", "ronja").await.is_some());
}
