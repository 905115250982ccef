//! A token in the path of a URL is rejected and not logged.

use crate::helpers::TestApp;
use axum::http::StatusCode;
use support::process::Server;

const LINK: &str = "hsm_q3Vf7sYx1Kc9LmN2pQ4rT6uW8yZ0aB5dE7gH9jK1mN3";
const SECRET: &str = "q3Vf7sYx1Kc9LmN2pQ4rT6uW8yZ0aB5dE7gH9jK1mN3";
const JWT: &str = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJxM1ZmN3NZeDFLYzlMbU4y.q3Vf7sYx1Kc9LmN2";

fn refused_paths() -> Vec<String> {
    vec![
        format!("/hsr_{SECRET}"),
        format!("/api/logout/hsr_{SECRET}"),
        format!("/api/sessions/{JWT}"),
        format!("/auth/refresh/hsr_{SECRET}"),
        format!("/magic/hsr_{SECRET}"),
        format!("//reset/{LINK}"),
        format!("/Reset/{LINK}"),
        format!("/%72eset/{LINK}"),
        format!("/api/%68sr_{SECRET}"),
        format!("/api/%2568sr_{SECRET}"),
        format!("/api/x%2fhsm_{SECRET}"),
    ]
}

#[tokio::test]
async fn tokens_in_paths_are_rejected_except_on_link_pages() {
    let app = TestApp::start().await;
    for path in refused_paths() {
        for method in ["GET", "POST", "DELETE"] {
            let answer = app.call(method, &path, None, None).await;
            answer.assert_problem(400, "token_in_query");
            assert!(!answer.text().contains(SECRET), "{path}");
        }
    }
    for page in ["magic", "confirm", "reset"] {
        let answer = app.call("GET", &format!("/{page}/{LINK}"), None, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
    }
}

#[test]
fn tokens_in_paths_are_not_logged() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("HANDSTAMP_LOG", "trace")];
    let server = Server::start(env!("CARGO_BIN_EXE_handstamp"), folder.path(), &settings).unwrap();
    let mut paths = refused_paths();
    paths.extend([
        format!("/reset/{LINK}"),
        format!("/confirm/x{SECRET}"),
        format!("/MAGIC/{SECRET}"),
    ]);
    for path in &paths {
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        server.send_raw(&head).unwrap();
    }
    let (_, log) = server.stop().unwrap();
    for expected in
        ["path=\"/api/logout/…\"", "path=\"/Reset/…\"", "path=\"/magic/…\"", "path=\"/MAGIC/…\""]
    {
        assert!(log.contains(expected), "{expected} is not in the log");
    }
    assert!(!log.contains(&SECRET[..20]) && !log.contains(&JWT[..40]), "a token in the log");
}
