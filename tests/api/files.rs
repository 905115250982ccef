//! Static files: methods, conditional requests, ranges, compression, trailing slashes.

use crate::helpers::{Answer, TestApp};
use axum::{body::Body, http::Request};
use leptos::config::LeptosOptions;
use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};
use tempfile::TempDir;

/// Starts a server that serves a folder of this test.
async fn with_site() -> (TestApp, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("pkg")).unwrap();
    for (name, content) in [
        ("robots.txt", "User-agent: *\n"),
        ("pkg/handstamp.js", "plain"),
        ("pkg/handstamp.js.br", "brotli"),
        ("pkg/handstamp.js.gz", "gzip"),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let root = folder.path().to_str().unwrap().to_owned();
    let site = LeptosOptions::builder().output_name("handstamp").site_root(root).build();
    let app = TestApp::start().await.with_site(site).await;
    (app, folder)
}

async fn request(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut builder = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    app.send(builder.body(Body::empty()).unwrap()).await
}

fn set_date(file: &Path, seconds: u64) {
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    File::options().write(true).open(file).unwrap().set_modified(date).unwrap();
}

#[tokio::test]
async fn files_support_get_and_head_only() {
    let (app, _folder) = with_site().await;
    for method in ["GET", "HEAD"] {
        assert_eq!(request(&app, method, "/robots.txt", &[]).await.status, 200, "{method}");
    }
    for method in ["DELETE", "PUT", "POST", "TRACE", "OPTIONS", "PROPFIND"] {
        let answer = request(&app, method, "/robots.txt", &[]).await;
        answer.assert_problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("GET,HEAD"), "{method}");
    }
}

#[tokio::test]
async fn an_unchanged_file_is_not_sent_again() {
    let (app, folder) = with_site().await;
    let first = request(&app, "GET", "/robots.txt", &[]).await;
    let date = first.header("last-modified").unwrap().to_owned();
    let condition = [("if-modified-since", date.as_str())];
    let answer = request(&app, "GET", "/robots.txt", &condition).await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (304, ""));
    let file = folder.path().join("robots.txt");
    fs::write(&file, "new").unwrap();
    set_date(&file, 4_000_000_000);
    assert_eq!(request(&app, "GET", "/robots.txt", &condition).await.text(), "new");
}

/// Reproducible builds give all files the same date, so it can't detect a change.
#[tokio::test]
async fn the_constant_date_of_a_reproducible_build_is_ignored() {
    let (app, folder) = with_site().await;
    let file = folder.path().join("robots.txt");
    set_date(&file, 1);
    let first = request(&app, "GET", "/robots.txt", &[]).await;
    assert_eq!((first.status.as_u16(), first.header("last-modified")), (200, None));
    let condition = [("if-modified-since", "Thu, 01 Jan 1970 00:00:01 GMT")];
    assert_eq!(request(&app, "GET", "/robots.txt", &condition).await.status, 200);
}

#[tokio::test]
async fn byte_ranges_are_supported() {
    let (app, _folder) = with_site().await;
    let answer = request(&app, "GET", "/robots.txt", &[("range", "bytes=0-9")]).await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (206, "User-agent"));
    let answer = request(&app, "GET", "/robots.txt", &[("range", "bytes=900-")]).await;
    assert_eq!(answer.status, 416);
}

#[tokio::test]
async fn a_file_is_sent_in_an_encoding_that_the_client_accepts() {
    let (app, _folder) = with_site().await;
    for (accepted, encoding, content) in
        [("gzip, br", Some("br"), "brotli"), ("gzip", Some("gzip"), "gzip"), ("", None, "plain")]
    {
        let answer =
            request(&app, "GET", "/pkg/handstamp.js", &[("accept-encoding", accepted)]).await;
        assert_eq!(
            (answer.header("content-encoding"), answer.text().as_str()),
            (encoding, content)
        );
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
    }
}

#[tokio::test]
async fn a_trailing_slash_is_redirected() {
    let (app, _folder) = with_site().await;
    for (path, target) in [
        ("/posts/", "/posts"),
        ("/login/?x=1", "/login?x=1"),
        ("/magic/hsm_x/", "/magic/hsm_x"),
        ("/robots.txt/", "/robots.txt"),
    ] {
        let answer = request(&app, "GET", path, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (308, Some(target)));
    }
    let answer = request(&app, "GET", "//example.org/", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (404, None));
}

#[tokio::test]
async fn missing_files_return_the_not_found_page() {
    let (app, _folder) = with_site().await;
    for path in ["/nope", "/pkg/", "/pkg/nope.js", "/../robots.txt", "/%2e%2e/secret", "/a%00b"] {
        let answer = request(&app, "GET", path, &[]).await;
        assert!(matches!(answer.status.as_u16(), 404 | 308), "{path}: {}", answer.status);
    }
    let page = request(&app, "GET", "/nope", &[]).await;
    assert!(page.text().contains("<!DOCTYPE html>"), "{}", page.text());
}
