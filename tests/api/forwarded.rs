//! The address of a client behind a proxy (`X-Forwarded-For`), in the session list, in security events and in rate
//! limits.

use crate::helpers::{Answer, PASSWORD, TestApp, start_server};
use axum::{
    body::Body,
    http::{HeaderValue, Request, StatusCode},
};
use serde_json::{Value, json};

const LIMITED: [(&str, &str); 2] = [("HANDSTAMP_RATE_LIMITS", "on"), ("HANDSTAMP_PROXIES", "1")];

async fn log_in(app: &TestApp, lines: &[&[u8]], name: &str, password: &str) -> Answer {
    let body = json!({"username": name, "password": password}).to_string();
    let mut request = Request::post("/api/login").header("content-type", "application/json");
    for line in lines {
        request = request.header("x-forwarded-for", HeaderValue::from_bytes(line).unwrap());
    }
    app.send(request.body(Body::from(body)).unwrap()).await
}

/// Returns the address in the session list and the network in the newest event.
async fn address_of(app: &TestApp, login: &Answer) -> (Value, Value) {
    let access = login.access_token();
    let sessions = app.get("/api/sessions", &access).await.json();
    let sessions = sessions["sessions"].as_array().unwrap();
    let current = sessions.iter().find(|session| session["current"] == true).unwrap();
    let events = app.get("/api/events", &access).await.json();
    (current["ip"].clone(), events["events"][0]["network"].clone())
}

#[tokio::test]
async fn ports_brackets_quotes_and_zones_are_removed_from_addresses() {
    let app = TestApp::start_with(&[("HANDSTAMP_PROXIES", "1")]).await;
    app.browser().sign_up("ada").await;
    for (written, ip, network) in [
        ("203.0.113.9", "203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.0/24"),
        ("203.0.113.9:52114", "203.0.113.9", "203.0.113.0/24"),
        ("\"[2001:db8::7]:443\"", "2001:db8::7", "2001:db8::/48"),
        ("[2001:db8::7]:443", "2001:db8::7", "2001:db8::/48"),
        ("[2001:db8::7]", "2001:db8::7", "2001:db8::/48"),
        ("\"203.0.113.9\"", "203.0.113.9", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::1", "fe80::/48"),
    ] {
        let login = log_in(&app, &[written.as_bytes()], "ada", PASSWORD).await;
        assert_eq!(address_of(&app, &login).await, (json!(ip), json!(network)), "{written}");
    }
}

#[tokio::test]
async fn only_the_entry_of_the_proxy_counts_and_an_unreadable_one_is_unknown() {
    let app = TestApp::start_with(&[("HANDSTAMP_PROXIES", "1")]).await;
    app.browser().sign_up("ada").await;
    let hostile: [&[&[u8]]; 3] = [
        &[b"\xff, 198.51.100.7"],
        &[b"\xff\x80", b"198.51.100.7"],
        &[b"unknown, \"a, [::1, 198.51.100.7:4711"],
    ];
    for lines in hostile {
        let login = log_in(&app, lines, "ada", PASSWORD).await;
        let expected = (json!("198.51.100.7"), json!("198.51.100.0/24"));
        assert_eq!(address_of(&app, &login).await, expected, "{lines:?}");
    }
    let unknown: [&[&[u8]]; 5] =
        [&[], &[b""], &[b"unknown"], &[b"198.51.100.7, _hidden"], &[b"198.51.100.7, \xff"]];
    for lines in unknown {
        let login = log_in(&app, lines, "ada", PASSWORD).await;
        let expected = (Value::Null, json!("unknown address"));
        assert_eq!(address_of(&app, &login).await, expected, "{lines:?}");
    }
}

#[tokio::test]
async fn clients_are_limited_separately_if_the_proxy_writes_ports() {
    let app = TestApp::start_with(&LIMITED).await;
    app.browser_at("192.0.2.1").sign_up("victim").await;
    for n in 0..66 {
        let from = format!("203.0.113.51:{}", 1111 + n);
        log_in(&app, &[from.as_bytes()], &format!("name-{n}"), "wrong password").await;
    }
    let same = log_in(&app, &[b"203.0.113.51:9"], "victim", PASSWORD).await;
    same.assert_problem(429, "rate_limited");
    let other = log_in(&app, &[b"203.0.113.61:2222"], "victim", PASSWORD).await;
    assert_eq!(other.status, StatusCode::OK, "{}", other.text());
}

#[tokio::test]
async fn clients_with_an_unknown_address_share_a_separate_limit() {
    let app = TestApp::start_with(&LIMITED).await;
    app.browser_at("192.0.2.1").sign_up("ada").await;
    for lines in [&[b"unknown".as_slice()], &[b"_a"], &[b"_b"], &[b"\xff"], &[b""]] {
        log_in(&app, lines, "ada", "wrong password")
            .await
            .assert_problem(401, "invalid_credentials");
    }
    log_in(&app, &[b"_c"], "ada", PASSWORD).await.assert_problem(429, "rate_limited");
    // The address of the proxy in these tests.
    let answer = log_in(&app, &[b"192.0.2.7"], "ada", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[tokio::test]
async fn an_ipv6_customer_with_many_networks_is_limited() {
    let settings = [LIMITED[0], LIMITED[1], ("HANDSTAMP_SIGN_UP_LIMIT", "2")];
    let app = TestApp::start_with(&settings).await;
    let guest = async |ip: String| {
        app.browser_at(&ip).post("/auth/try_it", None).await.status == StatusCode::OK
    };
    let mut made = 0;
    for n in 0..20 {
        made += u32::from(guest(format!("2001:db8:7:{n:x}::1")).await);
    }
    assert_eq!(made, 16, "eight times the limit of one address");
    assert!(guest("2001:db8:8::1".to_owned()).await);
}

#[test]
fn an_unreadable_entry_is_logged_once_and_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("HANDSTAMP_PROXIES", "1")];
    let server = start_server(folder.path(), &settings);
    let body = r#"{"username":"ada","password":"wrong password"}"#;
    for entry in ["_hidden-\u{1b}[31m", "unknown"] {
        server
            .post("/auth/log_in", &format!("X-Forwarded-For: 192.0.2.1, {entry}\r\n"), body)
            .unwrap();
    }
    let (_, log) = server.stop().unwrap();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("X-Forwarded-For")).collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(warnings[0].contains("WARN"), "{log}");
    assert!(log.contains("network=\"unknown address\""), "{log}");
    assert!(!log.contains('\u{1b}'), "{log}");
}
