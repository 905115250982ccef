//! The server: Handstamp's doors, with pages and an endpoint of its own in between.

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

type Book = Arc<Mutex<HashMap<String, u32>>>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut config = Config::read(|name| std::env::var(name).ok())?;
    telemetry::start(&config.log);
    let listener = bind(&mut config).await?;
    let _alone = sqlite_lock::hold(&config.database_url)?;
    let mut site = site::options("guestbook", "guestbook-site");
    // The file of hashes beside the binary is that of the other site.
    site.hash_files = false;
    site::require(&site)?;
    let state = AppState::with_leptos_options(config, Clock::system(), site).await?;

    // 4. The server's side: its own routes, its own pages, and the two doors around them.
    let own = Router::new().route("/api/visits", post(visit)).layer(Extension(Book::default()));
    let router = router_with_leptos_options(App, shell, own, state.clone());
    run_router(listener, router, state, stop_signal()?).await
}

/// 5. A handler that takes `Authenticated` wants an access token.
async fn visit(who: Authenticated, Extension(book): Extension<Book>) -> Json<Visits> {
    let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
    let visits = book.entry(who.0.sub.to_string()).or_default();
    *visits += 1;
    Json(Visits { visits: *visits })
}
