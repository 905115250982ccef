//! The routes of the pages, and the server functions.

use crate::{html_form, page_csp, program::program_state::PublicUrl};
use axum::{
    Router,
    extract::Request,
    handler::HandlerWithoutStateExt,
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header},
    routing::{MethodRouter, any},
};
use handstamp_protocol::paths;
use handstamp_server::{AppState, http::files};
use leptos::{IntoView, config::LeptosOptions, prelude::provide_context};
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, generate_route_list_with_exclusions,
    render_app_async_with_context,
};
use leptos_router::{Method, SsrMode};
use std::{collections::BTreeSet, path::PathBuf};
use tower_http::compression::CompressionLayer;

/// The pages of an app.
pub struct Pages<A, S, C> {
    /// The root component.
    pub app: A,
    /// Renders the document around the root component.
    pub shell: S,
    /// Provides what the pages and the server functions find in their context.
    pub context: C,
    /// The paths of the client's files.
    pub options: LeptosOptions,
    /// The paths of the pages that this server doesn't have.
    pub absent: Vec<String>,
}

/// The routes of the pages and of the server functions.
#[derive(Debug)]
pub struct PageRoutes {
    /// The routes.
    pub routes: Router<AppState>,
    /// Handles all other paths: the files of the site, and the page for unknown paths.
    pub fallback: MethodRouter<AppState>,
    /// Whether the app has a page that shows the outbox of a demo.
    pub has_outbox: bool,
}

impl<A, D, S, C, V> Pages<A, S, C>
where
    A: Fn() -> V + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
    S: Fn(LeptosOptions) -> D + Copy + Send + Sync + 'static,
    D: IntoView + 'static,
    C: Fn() + Clone + Send + Sync + 'static,
{
    /// Returns the routes of the pages and of the server functions.
    ///
    /// The documents are compressed, so they must not contain a secret beside text that an attacker can choose
    /// (BREACH). Those of the demo contain none: the browser shows who is logged in.
    ///
    /// The path of a page also accepts `POST`, for forms that the browser itself sends (`html_form.rs`). Other routes
    /// can't have a `POST` of the same path: the router refuses two handlers of one method.
    pub fn into_routes(self, state: &AppState) -> PageRoutes {
        let Self { app, shell, context, options, absent } = self;
        let pages = generate_route_list_with_exclusions(app, Some(absent.clone()));
        let has_outbox = pages.iter().any(|page| page.path() == paths::OUTBOX);
        let forms = form_routes(&pages, &absent);
        let origin = state.config.public_url.origin().ascii_serialization();
        let server = state.clone();
        let page_context = move || {
            page_csp::set();
            provide_context(server.clone());
            provide_context(PublicUrl(origin.clone()));
            context();
        };
        let root = PathBuf::from(options.site_root.as_ref());
        let shell_options = options.clone();
        let document = move || shell(shell_options.clone());
        let not_found = render_app_async_with_context(page_context.clone(), document.clone());
        let fallback = move |request: Request| {
            let not_found = not_found.clone().into_service();
            async move { files::serve(&root, not_found, request).await }
        };
        let routes = Router::new()
            .leptos_routes_with_handler(forms, html_form::send_back)
            .leptos_routes_with_context(&options, pages, page_context, document)
            .layer(CompressionLayer::new().compress_when(is_page))
            .with_state(options);
        PageRoutes { routes, fallback: any(fallback), has_outbox }
    }
}

/// Returns `POST` routes with the paths of all pages.
fn form_routes(pages: &[AxumRouteListing], absent: &[String]) -> Vec<AxumRouteListing> {
    let paths: BTreeSet<&str> = pages.iter().map(AxumRouteListing::path).collect();
    let present = paths.into_iter().filter(|path| !absent.iter().any(|absent| absent == path));
    let posted = |path: &str| {
        AxumRouteListing::new(path.to_owned(), SsrMode::default(), [Method::Post], Vec::new())
    };
    present.map(posted).collect()
}

/// Returns whether a response is the document of a page. Nothing else is compressed: the responses of `/auth` contain
/// tokens.
fn is_page(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"text/html"))
}
