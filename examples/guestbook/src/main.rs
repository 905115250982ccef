//! The server: Handstamp's APIs, with the pages and the endpoint of this app.

use axum::{Extension, Json, Router, routing::post};
use guestbook::app::{App, Visits, shell};
use handstamp::{
    auth::server::http::guard::Authenticated,
    engine::clock::Clock,
    server::{
        bind, config::Config, router::router_with_leptos_options, run_router, site, sqlite_lock,
        state::AppState, stop_signal, telemetry,
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The number of visits by user id.
type Book = Arc<Mutex<HashMap<String, u32>>>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut config = Config::read(|name| std::env::var(name).ok())?;
    telemetry::start(&config.log);
    let listener = bind(&mut config).await?;
    let _lock = sqlite_lock::hold(&config.database_url)?;
    let mut site = site::options("guestbook", "guestbook-site");
    // `hash.txt` beside the binary belongs to the files of Handstamp's own pages.
    site.hash_files = false;
    site::require(&site)?;
    let state = AppState::with_leptos_options(config, Clock::system(), site).await?;

    // 9. Combine your own routes and pages with Handstamp's APIs in one router.
    let own = Router::new().route("/api/visits", post(visit)).layer(Extension(Book::default()));
    let router = router_with_leptos_options(App, shell, own, state.clone());
    run_router(listener, router, state, stop_signal()?).await
}

/// 10. A protected endpoint. The extractor `Authenticated` rejects requests without a valid access token.
async fn visit(user: Authenticated, Extension(book): Extension<Book>) -> Json<Visits> {
    let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
    let visits = book.entry(user.0.sub.to_string()).or_default();
    *visits += 1;
    Json(Visits { visits: *visits })
}
