//! Security headers, caching headers and the content of page documents (ASVS 3.4).

use crate::helpers::{REFRESH_COOKIE, TestApp};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let app = TestApp::start().await;
    for path in ["/", "/login", "/api/profile", "/auth/refresh", "/healthz", "/no/such/page"] {
        let answer = app.call("GET", path, None, None).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(policy.contains("base-uri 'none'"), "{path}");
        assert!(answer.header("x-request-id").is_some(), "{path}");
        assert!(answer.header("strict-transport-security").is_none(), "not on http");
    }
}

#[tokio::test]
async fn the_csp_of_a_page_allows_its_scripts_by_nonce_and_no_inline_style() {
    let app = TestApp::start().await;
    let (one, two) =
        (app.call("GET", "/", None, None).await, app.call("GET", "/", None, None).await);
    let nonce = |policy: &str| {
        policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned()
    };
    let (first, second) = (
        nonce(one.header("content-security-policy").unwrap()),
        nonce(two.header("content-security-policy").unwrap()),
    );
    assert_ne!(first, second);
    let html = one.text();
    assert_eq!(
        html.matches("<script").count(),
        html.matches(&format!("nonce=\"{first}\"")).count()
    );
    assert!(
        !html.contains("style=\"")
            && !one.header("content-security-policy").unwrap().contains("unsafe-inline")
    );
}

#[tokio::test]
async fn pages_are_compressed_and_responses_with_secrets_are_not() {
    let app = TestApp::start().await;
    let (browser, _) = app.signed_up().await;
    let cookie = format!("{REFRESH_COOKIE}={}", browser.refresh_token().unwrap());
    let request = |method: &str, path: &str| {
        Request::builder()
            .method(method)
            .uri(path)
            .header("accept-encoding", "gzip, br")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &cookie)
            .body(Body::empty())
            .unwrap()
    };
    for path in ["/", "/lab", "/reset/x"] {
        let page = app.send(request("GET", path)).await;
        assert_eq!(page.header("content-encoding"), Some("gzip"), "{path}");
        assert_eq!(page.header("vary"), Some("accept-encoding"), "{path}");
    }
    let answer = app.send(request("POST", "/auth/refresh")).await;
    assert_eq!((answer.status, answer.header("content-encoding")), (StatusCode::OK, None));
}

#[tokio::test]
async fn documents_are_sent_with_no_transform() {
    let app = TestApp::start().await;
    for path in ["/", "/login", "/posts", "/no/such/page"] {
        let page = app.call("GET", path, None, None).await;
        assert_eq!(page.header("cache-control"), Some("no-cache, no-transform"), "{path}");
    }
}

#[tokio::test]
async fn hsts_is_sent_when_the_public_url_is_https() {
    let app = TestApp::start_with(&[("HANDSTAMP_PUBLIC_URL", "https://handstamp.example")]).await;
    let answer = app.call("GET", "/", None, None).await;
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
    let settings = [
        ("HANDSTAMP_PUBLIC_URL", "https://handstamp.example"),
        ("HANDSTAMP_HSTS_SUBDOMAINS", "true"),
    ];
    let answer = TestApp::start_with(&settings).await.call("GET", "/", None, None).await;
    let with_subdomains = "max-age=31536000; includeSubDomains";
    assert_eq!(answer.header("strict-transport-security"), Some(with_subdomains));
}

#[tokio::test]
async fn ssr_is_anonymous_and_never_refreshes() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let cookie = format!("{REFRESH_COOKIE}={}", browser.refresh_token().unwrap());
    for path in ["/", "/profile", "/posts", "/login"] {
        let request = Request::get(path).header("cookie", &cookie).body(Body::empty());
        let page = app.send(request.unwrap()).await;
        assert_eq!((page.status, page.set_cookies().len()), (StatusCode::OK, 0));
        assert!(!page.text().contains("person-0"));
    }
    app.advance_seconds(3600);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_theme_of_the_cookie_is_rendered_by_the_server() {
    let app = TestApp::start().await;
    for (cookie, theme) in [
        ("handstamp_theme_3000=dark", "dark"),
        ("handstamp_theme_3000=light", "light"),
        ("handstamp_theme_3000=\"><script>", "auto"),
        ("a=b", "auto"),
    ] {
        let request = Request::get("/").header("cookie", cookie).body(Body::empty());
        let html = app.send(request.unwrap()).await.text();
        assert!(html.contains(&format!("data-theme=\"{theme}\"")), "{cookie}");
    }
}

#[tokio::test]
async fn a_page_has_a_hidden_notice_for_each_reason_why_its_wasm_does_not_run() {
    let app = TestApp::start_with(&[("HANDSTAMP_PUBLIC_URL", "https://handstamp.example")]).await;
    for path in ["/login", "/no/such/page"] {
        let html = app.call("GET", path, None, None).await.text();
        let is_notice =
            |tag: &&str| tag.contains("data-when=\"") || tag.contains("id=\"plain-http\"");
        let notices: Vec<&str> = html.split('<').filter(is_notice).collect();
        assert_eq!(notices.len(), 5, "{path}");
        for notice in notices {
            assert!(notice.contains(" hidden") && notice.contains("role=\"alert\""), "{notice}");
        }
        for part in ["action=\"/auth/log_out_form\"", "href=\"https://handstamp.example\""] {
            assert!(html.contains(part), "{path}: {part}");
        }
    }
}

#[tokio::test]
async fn client_supplied_request_ids_are_ignored() {
    let app = TestApp::start().await;
    let request = Request::get("/healthz").header("x-request-id", "hsr_secret");
    let answer = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("x-request-id").map(str::len), Some(36));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn access_tokens_verify_with_the_published_jwks() {
    let app = TestApp::start().await;
    let (_browser, token) = app.signed_up().await;
    let keys = app.call("GET", "/.well-known/jwks.json", None, None).await.json();
    let key: jsonwebtoken::jwk::Jwk = serde_json::from_value(keys["keys"][0].clone()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.set_audience(&["http://localhost:3000"]);
    let decoding = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
    let claims = jsonwebtoken::decode::<serde_json::Value>(&token, &decoding, &validation).unwrap();
    assert_eq!(claims.header.kid, key.common.key_id);
    assert!(!keys.to_string().contains("\"d\""), "only the public key");
}

#[tokio::test]
async fn the_change_password_url_redirects_to_the_account_page() {
    let app = TestApp::start().await;
    let answer = app.call("GET", "/.well-known/change-password", None, None).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), Some("/account"));
}

#[tokio::test]
async fn the_app_element_contains_the_page_and_the_demo_mode() {
    for (demo, expected) in [("true", true), ("false", false)] {
        let app = TestApp::start_with(&[("HANDSTAMP_DEMO", demo)]).await;
        let html = app.call("GET", "/login", None, None).await.text().replace("&quot;", "\"");
        let root = html.find("<div id=\"app\"").unwrap();
        let tag = html[root..].split('>').next().unwrap();
        assert!(tag.contains(&format!("{{\"guests\":{expected},")), "{tag}");
        let main = html.find("<main").unwrap();
        let notices = html.find("program-notices").unwrap();
        assert!(root < main && main < notices);
    }
}
