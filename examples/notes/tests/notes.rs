//! The server of the example, through its router.

#![expect(clippy::unwrap_used, reason = "a test fails if anything unexpected happens")]

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use handstamp_leptos::{
    AppState,
    server::{clock::Clock, config::Config, mail, sea_orm::ConnectionTrait},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tower::ServiceExt;

const PASSWORD: &str = "a horse that reads maps";

struct App {
    state: AppState,
    router: Router,
    _folder: tempfile::TempDir,
}

impl App {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}", folder.path().join("notes.db").display());
        let config = Config::read(|name| match name {
            "DATABASE_URL" => Some(database.clone()),
            "HANDSTAMP_SECRET" => Some("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
            _ => None,
        });
        let builder = notes::server::builder();
        let (state, router) = builder.build(config.unwrap(), Clock::system()).await.unwrap();
        Self { state, router, _folder: folder }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:3000")
            .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn sign_up(&self, name: &str) -> String {
        let email = format!("{name}@example.org");
        let body = json!({"username": name, "email": email, "password": PASSWORD});
        let (status, tokens) = self.send("POST", "/auth/sign_up", None, Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    async fn notes(&self, token: &str) -> Value {
        let (status, body) = self.send("GET", "/api/notes", Some(token), None).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["notes"].clone()
    }

    async fn count(&self) -> i64 {
        let query = handstamp_leptos::server::db::statement(
            &self.state.db.reader,
            "SELECT COUNT(*) AS count FROM notes",
            [],
        );
        let row = self.state.db.reader.query_one_raw(query).await.unwrap().unwrap();
        row.try_get("", "count").unwrap()
    }
}

#[tokio::test]
async fn each_user_reads_their_own_notes() {
    let app = App::start().await;
    let (ada, grace) = (app.sign_up("ada").await, app.sign_up("grace").await);
    for text in ["first", "second"] {
        let note = json!({"text": text});
        let (status, _) = app.send("POST", "/api/notes", Some(&ada), Some(note)).await;
        assert_eq!(status, StatusCode::CREATED);
    }
    assert_eq!(app.notes(&ada).await, json!(["second", "first"]));
    assert_eq!(app.notes(&grace).await, json!([]));
}

#[tokio::test]
async fn requests_without_an_access_token_and_empty_notes_are_refused() {
    let app = App::start().await;
    let (status, problem) = app.send("GET", "/api/notes", None, None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (401, &json!("access_token_missing")));
    let ada = app.sign_up("ada").await;
    let note = Some(json!({"text": "  "}));
    let (status, problem) = app.send("POST", "/api/notes", Some(&ada), note).await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("validation")));
    let (status, problem) = app.send("POST", "/api/notes", Some(&ada), Some(json!([]))).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("bad_request")));
}

#[tokio::test]
async fn the_notes_of_a_user_are_deleted_with_the_account() {
    let app = App::start().await;
    let (ada, grace) = (app.sign_up("ada").await, app.sign_up("grace").await);
    for token in [&ada, &grace] {
        app.send("POST", "/api/notes", Some(token), Some(json!({"text": "a note"}))).await;
    }
    assert_eq!(app.count().await, 2);
    let proof = Some(json!({"password": PASSWORD}));
    let (status, problem) = app.send("DELETE", "/api/account", Some(&ada), proof).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
    assert_eq!(app.count().await, 1);
    assert_eq!(app.notes(&grace).await, json!(["a note"]));
}

#[tokio::test]
async fn emails_carry_the_name_of_the_app() {
    let app = App::start().await;
    app.sign_up("ada").await;
    let mails = mail::queued(&app.state.mailer).await.unwrap();
    let subject = &mails[0].0.subject;
    assert!(subject.starts_with("Notes: Confirm your email"), "{subject}");
}

#[tokio::test]
async fn the_page_is_rendered_and_the_demo_of_handstamp_is_absent() {
    let app = App::start().await;
    let (status, _) = app.send("GET", "/", None, None).await;
    assert_eq!(status, StatusCode::OK);
    for path in ["/api/posts", "/auth/lab/steal", "/lab"] {
        let (status, _) = app.send("GET", path, None, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}
