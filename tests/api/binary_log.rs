//! What the binary logs: warnings at the start, and never a secret.

use crate::helpers::{PASSWORD, start_server};
use support::process::Server;

#[test]
fn settings_that_expose_a_server_are_logged_as_warnings() {
    let folder = tempfile::tempdir().unwrap();
    for (settings, words) in [
        (
            &[("HANDSTAMP_PUBLIC_URL", "https://example.org"), ("HANDSTAMP_DEMO", "true")][..],
            "HANDSTAMP_DEMO is true on a public URL",
        ),
        (
            &[("HANDSTAMP_PUBLIC_URL", "http://example.org"), ("HANDSTAMP_ALLOW_HTTP", "true")],
            "HANDSTAMP_ALLOW_HTTP is true",
        ),
        (&[("HANDSTAMP_RATE_LIMITS", "off")], "HANDSTAMP_RATE_LIMITS is off"),
    ] {
        let (_, log) = start_server(folder.path(), settings).stop().unwrap();
        assert!(log.contains("WARN") && log.contains(words), "{words}: {log}");
    }
    let (_, log) = start_server(folder.path(), &[]).stop().unwrap();
    assert!(!log.contains("WARN"), "{log}");
}

fn get(server: &Server, path: &str, headers: &str) -> String {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    server.send_raw(&request).unwrap()
}

/// Returns what is between two texts in a response.
fn between<'a>(response: &'a str, before: &str, after: &str) -> &'a str {
    response.split(before).nth(1).unwrap().split(after).next().unwrap()
}

#[test]
fn the_log_of_a_whole_session_contains_no_secret() {
    const OUTBOX_KEY: &str = "the-key-of-the-outbox";
    let folder = tempfile::tempdir().unwrap();
    let server = start_server(
        folder.path(),
        &[("HANDSTAMP_LOG", "trace"), ("HANDSTAMP_OUTBOX_KEY", OUTBOX_KEY)],
    );
    let port = server.addr.port();
    let cookie = |name: &str| format!("handstamp_{name}_{port}=");

    let account =
        format!(r#"{{"username":"ada","email":"ada@example.org","password":"{PASSWORD}"}}"#);
    let signed_up = server.post("/auth/sign_up", "", &account).unwrap();
    let refresh = between(&signed_up, &cookie("refresh"), ";");
    let access = between(&signed_up, "\"access_token\":\"", "\"");
    let refresh_header = format!("Cookie: {}{refresh}\r\n", cookie("refresh"));
    assert!(server.post("/auth/refresh", &refresh_header, "").unwrap().contains("200 OK"));
    server.post("/auth/log_in", "", r#"{"username":"ada","password":"wrong but secret"}"#).unwrap();
    get(&server, "/api/profile", &format!("Authorization: Bearer {access}\r\n"));
    get(&server, &format!("/api/posts?access_token={access}"), "");
    get(&server, &format!("/?x={refresh}"), "");

    let sent = server.post("/auth/send_magic_link", "", r#"{"email":"ada@example.org"}"#).unwrap();
    let binding = between(&sent, &cookie("asked"), ";");
    let binding_header = format!("Cookie: {}{binding}\r\n", cookie("asked"));
    let opened =
        server.post("/auth/open_outbox", "", &format!(r#"{{"key":"{OUTBOX_KEY}"}}"#)).unwrap();
    let outbox_value = between(&opened, &cookie("outbox"), ";");
    let outbox_header = format!("Cookie: {}{outbox_value}\r\n", cookie("outbox"));
    let outbox = get(&server, "/api/outbox", &outbox_header);
    let link = &outbox[outbox.find("hsm_").unwrap()..][..47];
    get(&server, &format!("/magic/{link}"), "");
    let body = format!(r#"{{"token":"{link}"}}"#);
    let redeemed = server.post("/auth/redeem_magic_link", &binding_header, &body).unwrap();
    assert!(redeemed.contains("200 OK"));
    server.post("/auth/log_out", &refresh_header, "").unwrap();

    let (_, log) = server.stop().unwrap();
    assert!(log.contains("/auth/sign_up") && log.contains("/api/posts"), "requests are logged");
    for secret in [
        PASSWORD,
        "wrong but secret",
        OUTBOX_KEY,
        outbox_value,
        access,
        refresh,
        &refresh[10..60],
        &link[4..],
    ] {
        assert!(!log.contains(secret), "a secret in the log");
    }
}
