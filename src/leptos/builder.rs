//! Puts a server together: the pages and the routes of an app, around the APIs of Handstamp.

use crate::{
    router::{PageRoutes, Pages},
    site,
};
use anyhow::Context;
use axum::Router;
use futures::future::BoxFuture;
use handstamp_engine::clock::Clock;
use handstamp_server::{
    AppState,
    accounts::user_data::UserData,
    config::Config,
    db::sqlite_lock,
    http::{state::Extensions, telemetry},
    mail::templates::MailTemplates,
    router::{AppRoutes, router},
    serve::{bind, run, stop_signal},
};
use leptos::{IntoView, config::LeptosOptions};
use serde_json::Value;
use std::{fmt, io::Write, sync::Arc};
use tracing_subscriber::{Layer, Registry};
use utoipa_axum::router::OpenApiRouter;

type IntoRoutes = Box<dyn FnOnce(&AppState, LeptosOptions) -> PageRoutes + Send>;

type Prepare = Box<dyn FnOnce(AppState) -> BoxFuture<'static, anyhow::Result<()>> + Send>;

type Wrap = Box<dyn FnOnce(&AppState, Router) -> Router + Send>;
type TraceLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Configures a server. Begin with [`builder`](crate::builder()).
pub struct Builder {
    pages: IntoRoutes,
    options: LeptosOptions,
    routes: AppRoutes,
    extensions: Extensions,
    prepare: Option<Prepare>,
    wrap: Option<Wrap>,
    trace_layer: Option<TraceLayer>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Builder {
    /// A server whose pages depend on its state: `pages` gets the state and the options of [`Self::site`].
    pub fn new<A, D, S, C, V>(
        pages: impl FnOnce(&AppState, LeptosOptions) -> Pages<A, S, C> + Send + 'static,
    ) -> Self
    where
        A: Fn() -> V + Clone + Send + Sync + 'static,
        V: IntoView + 'static,
        S: Fn(LeptosOptions) -> D + Copy + Send + Sync + 'static,
        D: IntoView + 'static,
        C: Fn() + Clone + Send + Sync + 'static,
    {
        Self {
            pages: Box::new(|state, options| pages(state, options).into_routes(state)),
            options: site::options("app", "site"),
            routes: AppRoutes::default(),
            extensions: Extensions::default(),
            prepare: None,
            wrap: None,
            trace_layer: None,
        }
    }

    /// Serves the files of the client. `name` is the output name of cargo-leptos. `folder` is the folder of the files:
    /// beside the binary, or in `target`, or at `LEPTOS_SITE_ROOT`.
    #[must_use]
    pub fn site(self, name: &str, folder: &str) -> Self {
        self.options(site::options(name, folder))
    }

    /// Serves the files of the client at the paths of these options.
    #[must_use]
    pub fn options(self, options: LeptosOptions) -> Self {
        Self { options, ..self }
    }

    /// Adds routes. A handler that takes a [`CurrentUser`](handstamp_server::sessions::current_user::CurrentUser)
    /// requires an access token.
    #[must_use]
    pub fn routes(mut self, routes: Router<AppState>) -> Self {
        self.routes.routes = self.routes.routes.merge(routes);
        self
    }

    /// Adds routes that are part of the OpenAPI document. `examples` returns the example of a schema, by its name.
    #[must_use]
    pub fn api(
        mut self,
        routes: OpenApiRouter<AppState>,
        examples: fn(&str) -> Option<Value>,
    ) -> Self {
        self.routes.api = routes;
        self.routes.examples = examples;
        self
    }

    /// Deletes the app's data of a user together with the account.
    #[must_use]
    pub fn user_data(mut self, user_data: impl UserData + 'static) -> Self {
        self.extensions.user_data = Arc::new(user_data);
        self
    }

    /// Sends e-mails with these texts.
    #[must_use]
    pub fn mail_templates(mut self, templates: impl MailTemplates + 'static) -> Self {
        self.extensions.mail_templates = Arc::new(templates);
        self
    }

    /// Wraps the router of the server, for example with a layer of tower. `wrap` sees each request before the checks of
    /// the server, and each response after its headers are set.
    #[must_use]
    pub fn wrap(mut self, wrap: impl FnOnce(&AppState, Router) -> Router + Send + 'static) -> Self {
        self.wrap = Some(Box::new(wrap));
        self
    }

    /// Adds a layer to the log of [`Self::serve`]. The filter of the log does not affect it.
    #[must_use]
    pub fn trace_layer(
        mut self,
        layer: Option<impl Layer<Registry> + Send + Sync + 'static>,
    ) -> Self {
        self.trace_layer = layer.map(|layer| Box::new(layer) as TraceLayer);
        self
    }

    /// Runs `prepare` when the database is connected and before the first request, for example to create the tables of
    /// the app. The server does not start if it fails.
    #[must_use]
    pub fn prepare<F>(mut self, prepare: impl FnOnce(AppState) -> F + Send + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.prepare = Some(Box::new(|state| Box::pin(prepare(state))));
        self
    }

    /// Connects to the database, and returns the state and the router of the server.
    ///
    /// # Errors
    /// As [`AppState::new`], and those of [`Self::prepare`].
    pub async fn build(self, config: Config, clock: Clock) -> anyhow::Result<(AppState, Router)> {
        let (state, router, _) = self.build_with_pages(config, clock).await?;
        Ok((state, router))
    }

    /// Also returns whether the app has a page for the outbox.
    async fn build_with_pages(
        self,
        config: Config,
        clock: Clock,
    ) -> anyhow::Result<(AppState, Router, bool)> {
        let Self { pages, options, mut routes, mut extensions, prepare, wrap, .. } = self;
        extensions.hashes_assets = options.hash_files;
        let state = AppState::new(config, clock, extensions).await?;
        if let Some(prepare) = prepare {
            prepare(state.clone()).await?;
        }
        let pages = pages(&state, options);
        routes.routes = routes.routes.merge(pages.routes);
        routes.fallback = pages.fallback;
        let router = router(routes, state.clone());
        let router = match wrap {
            Some(wrap) => wrap(&state, router),
            None => router,
        };
        Ok((state, router, pages.has_outbox))
    }

    /// Reads the settings from the environment, and serves until Ctrl-C or SIGTERM.
    ///
    /// # Errors
    /// Fails with one line that names what can't be used: a setting, the address, the database, the files of the
    /// client.
    pub async fn serve(self) -> anyhow::Result<()> {
        self.serve_with(Config::read(|name| std::env::var(name).ok())?).await
    }

    /// Serves with these settings until Ctrl-C or SIGTERM.
    ///
    /// # Errors
    /// As [`Self::serve`].
    pub async fn serve_with(mut self, mut config: Config) -> anyhow::Result<()> {
        telemetry::start_with(&config.log, self.trace_layer.take());
        config.log_warnings();
        // First, because without a handler, process 1 of a container ignores SIGTERM.
        let stop = stop_signal()?;
        // Before the database: a second start by mistake must not touch the database of the first.
        let listener = bind(&mut config).await?;
        let _lock = sqlite_lock::acquire(&config.database_url)?;
        site::require(&self.options)?;
        let (state, router, has_outbox) = self.build_with_pages(config, Clock::system()).await?;
        for warning in state.mailer.warnings() {
            tracing::warn!(event = "mail_settings_warning", "{warning}");
        }
        if state.mailer.shows_outbox() {
            // Not in the log, which others may read.
            let place = outbox_place(&state, has_outbox);
            writeln!(std::io::stdout(), "The mail of this demo: {place}")
                .context("writing to the terminal")?;
        }
        run(listener, router, state, stop).await
    }
}

/// Returns the URL of the page with the e-mails of a demo, or a command that prints them if the app has no such page.
fn outbox_place(state: &AppState, has_page: bool) -> String {
    let (url, key) = (&state.config.public_url, state.outbox.key());
    if has_page {
        return format!("{url}outbox#{key}");
    }
    format!(
        "curl -s -b '' -H 'content-type: application/json' -d '{{\"key\":\"{key}\"}}' {url}auth/open_outbox \
         --next -s -b '' {url}api/outbox"
    )
}
