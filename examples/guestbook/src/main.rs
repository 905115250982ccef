//! The server: Handstamp's APIs, with the pages and the endpoint of this app.

use axum::{Extension, Json, Router, routing::post};
use guestbook::app::{App, Visits, shell};
use handstamp_leptos::CurrentUser;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The number of visits by user id.
type Book = Arc<Mutex<HashMap<String, u32>>>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // 9. Combine your own routes and pages with Handstamp's APIs in one server.
    let routes = Router::new().route("/api/visits", post(visit)).layer(Extension(Book::default()));
    handstamp_leptos::builder(App, shell)
        .site("guestbook", "guestbook-site")
        .routes(routes)
        .serve()
        .await
}

/// 10. A protected endpoint. The extractor `CurrentUser` rejects requests without a valid access token.
async fn visit(user: CurrentUser, Extension(book): Extension<Book>) -> Json<Visits> {
    let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
    let visits = book.entry(user.user_id().to_string()).or_default();
    *visits += 1;
    Json(Visits { visits: *visits })
}
