//! The route table of the server, and what every request passes through.

use super::{files, headers, html_form, middleware::pass, problem, state::AppState};
use crate::{
    api,
    app::{App, DemoMode, shell},
    auth::server::http::log_out_form,
    ui::program_state::PublicUrl,
};
use axum::{
    Router,
    extract::Request,
    handler::HandlerWithoutStateExt,
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header},
    middleware::from_fn_with_state,
    response::Redirect,
    routing::{any, get, post},
};
use leptos::{IntoView, config::LeptosOptions, prelude::provide_context};
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, generate_route_list_with_exclusions,
    render_app_async_with_context,
};
use leptos_router::{Method, SsrMode};
use std::{collections::BTreeSet, path::PathBuf};
use tower_http::compression::CompressionLayer;

/// The whole server.
pub fn router(state: AppState) -> Router {
    router_with(Router::new(), state)
}

/// The whole server with routes of your own. They pass what every request passes, and a handler that
/// takes `Authenticated` wants an access token.
pub fn router_with(own: Router<AppState>, state: AppState) -> Router {
    router_with_leptos_options(App, shell, own, state)
}

/// A server for an app of your own: the pages of `app`, rendered into the document that `shell` makes,
/// and the two doors around them.
///
/// The documents are compressed, so they must not hold a secret beside something that a stranger may choose
/// (BREACH). Ours hold none: who is logged in shows once the page is awake.
///
/// The path of a page also answers `POST`, for forms that the browser itself sends (`html_form.rs`). `own` can't
/// have a `POST` of the same path: the router refuses two handlers of one method.
pub fn router_with_leptos_options<A: IntoView + 'static, D: IntoView + 'static>(
    app: impl Fn() -> A + Clone + Send + 'static,
    shell: impl Fn(LeptosOptions) -> D + Copy + Send + Sync + 'static,
    own: Router<AppState>,
    state: AppState,
) -> Router {
    let options = state.leptos.clone();
    let window = u32::try_from(state.config.reuse_window.as_millis()).unwrap_or(u32::MAX);
    let demo = DemoMode {
        guests: state.config.demo,
        outbox: state.mailer.shows_outbox(),
        reuse_window: if state.config.demo { window } else { 0 },
    };
    let lab = (!demo.guests).then(|| "/lab".to_owned());
    let outbox = (!demo.outbox).then(|| "/outbox".to_owned());
    let absent: Vec<String> = lab.into_iter().chain(outbox).collect();
    let pages = generate_route_list_with_exclusions(app, Some(absent.clone()));
    let forms = form_routes(&pages, &absent);
    let origin = state.config.public_url.origin().ascii_serialization();
    let page_context = move || {
        headers::set_page_csp();
        provide_context(demo);
        provide_context(PublicUrl(origin.clone()));
    };
    let root = PathBuf::from(options.site_root.as_ref());
    let document = move || shell(options.clone());
    let not_found = render_app_async_with_context(page_context.clone(), document.clone());
    let fallback = move |request: Request| {
        let not_found = not_found.clone().into_service();
        async move { files::serve(&root, not_found, request).await }
    };
    let pages = Router::new()
        .leptos_routes_with_handler(forms, html_form::send_back)
        .leptos_routes_with_context(&state, pages, page_context, document)
        .layer(CompressionLayer::new().compress_when(is_page));
    Router::new()
        .merge(pages)
        // Where password managers send users (https://w3c.github.io/webappsec-change-password-url/).
        .route("/.well-known/change-password", get(|| async { Redirect::to("/account") }))
        .route("/auth/log_out_form", post(log_out_form::log_out))
        .route("/auth/{*rest}", any(problem::not_found))
        .merge(api::openapi::router(&state))
        .merge(own)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .fallback(fallback)
        .layer(from_fn_with_state(state.clone(), pass))
        .with_state(state)
}

/// The paths of all pages, for the forms that a browser posts to them.
fn form_routes(pages: &[AxumRouteListing], absent: &[String]) -> Vec<AxumRouteListing> {
    let paths: BTreeSet<&str> = pages.iter().map(AxumRouteListing::path).collect();
    let present = paths.into_iter().filter(|path| !absent.iter().any(|absent| absent == path));
    let posted = |path: &str| {
        AxumRouteListing::new(path.to_owned(), SsrMode::default(), [Method::Post], Vec::new())
    };
    present.map(posted).collect()
}

/// Whether an answer is the document of a page. Nothing else is compressed: the answers of `/auth` hold tokens.
fn is_page(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"text/html"))
}
