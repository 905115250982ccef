//! Cookies that another application on the host, a sibling domain or another port has set. They can neither take
//! over a session nor end one.

use crate::helpers::{Answer, Browser, TestApp};
use axum::{
    body::Body,
    http::{HeaderValue, Request, StatusCode},
};

const HTTPS: (&str, &str) = ("HANDSTAMP_PUBLIC_URL", "https://localhost:8443");
const REFRESH: &str = "__Secure-handstamp_refresh";
const SESSION: &str = "__Host-handstamp_session";

/// Posts with these `Cookie` lines and no other cookies.
async fn post(app: &TestApp, path: &str, lines: &[&[u8]]) -> Answer {
    let mut request = Request::post(path).header("sec-fetch-site", "same-origin");
    for line in lines {
        request = request.header("cookie", HeaderValue::from_bytes(line).unwrap());
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn refresh(app: &TestApp, cookies: &str) -> Answer {
    post(app, "/auth/refresh", &[cookies.as_bytes()]).await
}

fn token<'a>(browser: &'a Browser<'_>) -> &'a str {
    browser.refresh_token().unwrap()
}

/// The cookies that a login of this browser left: the refresh token and the session.
fn own_cookies(browser: &Browser<'_>) -> String {
    format!("{REFRESH}={}; {SESSION}={}", token(browser), browser.session().unwrap())
}

#[track_caller]
fn assert_clears_only_planted(answer: &Answer) {
    for cookie in answer.set_cookies() {
        let clears = cookie.contains("Max-Age=0") && cookie.starts_with(REFRESH);
        assert!(!clears || cookie.contains("Path=/;"), "{cookie}");
    }
}

#[tokio::test]
async fn percent_encoded_cookie_names_are_not_decoded() {
    let app = TestApp::start_with(&[HTTPS]).await;
    let (ada, ada_access) = app.signed_up().await;
    let (eve, _) = app.signed_up().await;
    let planted = format!("{}; __Secure%2Dhandstamp_refresh={}", own_cookies(&ada), token(&eve));
    let answer = refresh(&app, &planted).await;
    assert_eq!(answer.json()["user"]["username"], "person-0");
    let answer = refresh(&app, &format!("__Secure%2Dhandstamp_refresh={}", token(&eve))).await;
    answer.assert_problem(401, "refresh_token_missing");
    post(&app, "/auth/log_out", &[planted.as_bytes()]).await;
    app.get("/api/profile", &ada_access).await.assert_problem(401, "session_revoked");
}

#[tokio::test]
async fn non_ascii_bytes_in_other_cookies_are_ignored() {
    let app = TestApp::start_with(&[HTTPS]).await;
    let (ada, access) = app.signed_up().await;
    let line = [b"city=K\xc3\xb6ln; \xff=\x80; ", own_cookies(&ada).as_bytes()].concat();
    assert_eq!(post(&app, "/auth/refresh", &[&line]).await.status, StatusCode::OK);
    assert_eq!(post(&app, "/auth/log_out", &[&line]).await.status, StatusCode::OK);
    app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");

    let dark = Request::get("/login").header(
        "cookie",
        HeaderValue::from_bytes(b"x=\xc3\xa9; __Host-handstamp_theme=dark").unwrap(),
    );
    let page = app.send(dark.body(Body::empty()).unwrap()).await.text();
    assert!(page.contains(r#"data-theme="dark""#));

    let mut browser = app.browser();
    browser.request_link("new@example.org").await;
    let link = app.link_to("new@example.org").await;
    browser.set_cookie("city", "Köln");
    assert_eq!(browser.log_in_with_link(&link).await.status, StatusCode::OK);
}

#[tokio::test]
async fn of_several_refresh_tokens_the_one_of_the_session_cookie_is_used() {
    let app = TestApp::start_with(&[HTTPS]).await;
    let (ada, _) = app.signed_up().await;
    let (eve, _) = app.signed_up().await;
    let (own, planted) = (own_cookies(&ada), format!("{REFRESH}={}", token(&eve)));
    for planted in [planted.as_str(), &format!("{REFRESH}=x"), &format!("{REFRESH}=")] {
        for cookies in [format!("{own}; {planted}"), format!("{planted}; {own}")] {
            let answer = refresh(&app, &cookies).await;
            assert_eq!(answer.json()["user"]["username"], "person-0", "{cookies}");
            let clearing =
                format!("{REFRESH}=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0");
            assert!(answer.set_cookies().contains(&clearing), "the planted token is cleared");
            assert_clears_only_planted(&answer);
        }
        let lines = [own.as_bytes(), planted.as_bytes()];
        assert_eq!(post(&app, "/auth/refresh", &lines).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_planted_token_does_not_switch_the_account() {
    let app = TestApp::start_with(&[HTTPS]).await;
    let (ada, _) = app.signed_up().await;
    let (eve, _) = app.signed_up().await;
    let cookies = format!("{SESSION}={}; {REFRESH}={}", ada.session().unwrap(), token(&eve));
    let answer = refresh(&app, &cookies).await;
    answer.assert_problem(401, "refresh_token_invalid");
    assert!(answer.set_cookies().is_empty(), "nothing is cleared");
}

/// A node of a version without the session cookie can replace the session and leave the cookie unchanged.
#[tokio::test]
async fn a_stale_session_cookie_is_replaced() {
    let app = TestApp::start_with(&[HTTPS]).await;
    let (mut former, _) = app.signed_up().await;
    let stale = former.session().unwrap().to_owned();
    former.post("/auth/log_out", None).await;
    let (ada, _) = app.signed_up().await;
    let answer = refresh(&app, &format!("{SESSION}={stale}; {REFRESH}={}", token(&ada))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let session = format!("{SESSION}={}", ada.session().unwrap());
    assert!(answer.set_cookies().iter().any(|cookie| cookie.starts_with(&session)));
}

#[tokio::test]
async fn a_missing_session_cookie_is_set_again() {
    let app = TestApp::start_with(&[HTTPS]).await;
    let (ada, _) = app.signed_up().await;
    let answer = refresh(&app, &format!("{REFRESH}={}", token(&ada))).await;
    assert_eq!(answer.status, StatusCode::OK);
    let session = format!("{SESSION}={}", ada.session().unwrap());
    assert!(answer.set_cookies().iter().any(|cookie| cookie.starts_with(&session)));
}

#[tokio::test]
async fn of_several_tokens_of_one_session_the_newest_is_used() {
    let app = TestApp::start_with(&[HTTPS]).await;
    let (mut ada, _) = app.signed_up().await;
    let spent = token(&ada).to_owned();
    app.advance_seconds(60);
    ada.refresh().await;
    app.advance_seconds(60);
    let cookies = format!("{REFRESH}={spent}; {}", own_cookies(&ada));
    assert_eq!(
        refresh(&app, &cookies).await.status,
        StatusCode::OK,
        "this is not treated as reuse"
    );
}

#[tokio::test]
async fn a_logout_ends_every_session_whose_token_was_sent() {
    for path in ["/auth/log_out", "/auth/log_out_form"] {
        let app = TestApp::start_with(&[HTTPS]).await;
        let (ada, ada_access) = app.signed_up().await;
        let (eve, eve_access) = app.signed_up().await;
        let cookies = format!("{REFRESH}=x; {REFRESH}={}; {}", token(&eve), own_cookies(&ada));
        let answer = post(&app, path, &[cookies.as_bytes()]).await;
        assert!(answer.status.is_success() || answer.status.is_redirection());
        for access in [ada_access, eve_access] {
            app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");
        }
        for browser in [&ada, &eve] {
            let answer = refresh(&app, &own_cookies(browser)).await;
            answer.assert_problem(401, "session_revoked");
        }
    }
}

/// Also over plain http, where cookie names end with the port, and in either order.
#[tokio::test]
async fn a_planted_token_blocks_neither_refresh_nor_logout() {
    for path in ["/auth/log_out", "/auth/log_out_form"] {
        for is_first in [true, false] {
            let app = TestApp::start().await;
            let (browser, _) = app.signed_up().await;
            let own = format!("handstamp_refresh_3000={}", token(&browser));
            let planted = "handstamp_refresh_3000=x";
            let cookies =
                if is_first { format!("{planted}; {own}") } else { format!("{own}; {planted}") };
            assert_eq!(refresh(&app, &cookies).await.status, StatusCode::OK, "{cookies}");
            post(&app, path, &[cookies.as_bytes()]).await;
            refresh(&app, &own).await.assert_problem(401, "session_revoked");
        }
    }
}

#[tokio::test]
async fn a_logout_does_not_clear_tokens_of_another_server() {
    let app = TestApp::start_with(&[HTTPS]).await;
    for cookies in [String::new(), format!("{REFRESH}=not-ours")] {
        let answer = post(&app, "/auth/log_out", &[cookies.as_bytes()]).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.set_cookies().iter().any(|cookie| cookie.starts_with(REFRESH)));
    }
}

/// Pages loaded before the cookie was renamed still write the former name.
#[tokio::test]
async fn the_former_attempt_cookie_still_repeats_a_lost_refresh() {
    let app = TestApp::start_with(&[HTTPS]).await;
    let (ada, _) = app.signed_up().await;
    app.advance_seconds(60);
    let cookies =
        format!("{}; __Secure-handstamp_attempt=AAAAAAAAAAAAAAAAAAAAAA", own_cookies(&ada));
    let lost = refresh(&app, &cookies).await;
    app.advance_seconds(60);
    let repeated = refresh(&app, &cookies).await;
    assert_eq!(repeated.status, StatusCode::OK, "{}", repeated.text());
    for answer in [lost, repeated] {
        let clears = "__Secure-handstamp_attempt=; SameSite=Strict; Secure; Path=/; Max-Age=0";
        assert!(answer.set_cookies().contains(&clears.to_owned()), "{:?}", answer.set_cookies());
    }
}

/// A token planted by a sibling domain does not prove that the user is logged in to its account.
#[tokio::test]
async fn a_planted_token_does_not_confirm_an_address() {
    let app = TestApp::start_with(&[HTTPS]).await;
    let (eve, access) = app.signed_up().await;
    let body =
        serde_json::json!({"email": "ada@example.org", "password": crate::helpers::PASSWORD});
    let asked = app.call("PUT", "/api/account/email", Some(&access), Some(body)).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text());
    let mails = handstamp_server::mail::queued(&app.state.mailer).await.unwrap();
    let (mail, _) = mails.into_iter().find(|(mail, _)| mail.to == "ada@example.org").unwrap();
    let link = mail.link.unwrap();
    let link = link.rsplit('/').next().unwrap().to_owned();
    let mut victim = app.browser();
    victim.store_refresh_token(token(&eve));
    let answer = victim.post("/auth/confirm_email", Some(serde_json::json!({"token": link}))).await;
    answer.assert_problem(403, "confirmation_required");
}
