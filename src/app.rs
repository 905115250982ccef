//! The document shell, the app, the route table of the pages.

use crate::{
    auth::client::{self, provide_session},
    pages::{
        code_split::{self, LabApart, LazyPage},
        draft::Draft,
        home::Home,
        log_in::LogIn,
        not_found::NotFound,
    },
    ui::{
        layout::{Footer, Header},
        notice::SessionNotice,
        program_state::{self, ProgramNotices, ProgramStateScript, PublicUrl, ROOT},
        reload_once::ReloadScript,
        theme,
    },
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    path,
};
use serde::{Deserialize, Serialize};

/// What a demo has. The server puts it into the context of a page, and the document hands it on to the browser.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoMode {
    /// Accounts for whoever clicks.
    pub guests: bool,
    /// The mail that would have been sent.
    pub outbox: bool,
    /// The server's reuse window, in milliseconds; 0 without a lab.
    pub reuse_window: u32,
}

/// The attribute of the app's element that holds the demo mode, as JSON.
const DEMO_MODE: &str = "data-demo";

impl DemoMode {
    /// Reads what the server wrote into this document. Without that there is no demo.
    pub fn of_document() -> Self {
        let root = document().get_element_by_id(ROOT);
        let json = root.and_then(|root| root.get_attribute(DEMO_MODE));
        json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
    }
}

/// The document around the app; rendered by the server alone.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let PublicUrl(public_url) = use_context().unwrap_or_default();
    let preview = preview(&public_url);
    let theme = theme::of_request(&public_url);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <ReloadScript />
                <ProgramStateScript />
                <meta
                    name="description"
                    content="Short tickets, one stamp: the access-token and refresh-token login system."
                />
                {preview}
                <meta name="twitter:card" content="summary_large_image" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <HashedStylesheet options=options.clone() id="leptos" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                {app_root()}
                <ProgramNotices />
                // Shown by the style sheet if nothing else is known after a while, such as with a stalled network.
                <p class="notice notice-warning asleep">
                    "This page has not started yet. If it stays like this, " <a href="">"load it again"</a> "."
                </p>
            </body>
        </html>
    }
}

/// The app in an element of its own: browser extensions add elements to the body.
fn app_root() -> impl IntoView {
    let demo = use_context::<DemoMode>().unwrap_or_default();
    let demo = serde_json::to_string(&demo).unwrap_or_default();
    let root = view! {
        <div id=ROOT>
            <App />
        </div>
    };
    root.attr(DEMO_MODE, demo)
}

/// What a link to here looks like elsewhere (the Open Graph protocol).
fn preview(url: &str) -> Vec<AnyView> {
    let picture = format!("{url}/preview.png");
    let tags = [
        ("og:title", "Handstamp".to_owned()),
        ("og:description", "Short tickets, one stamp: the two-token login, live.".to_owned()),
        ("og:type", "website".to_owned()),
        ("og:url", url.to_owned()),
        ("og:image", picture),
        ("og:image:alt", "A cinema ticket that burns down, and an ink stamp".to_owned()),
    ];
    let tag = |(name, content): (&'static str, String)| {
        view! { <meta content=content /> }.attr("property", name).into_any()
    };
    tags.map(tag).into()
}

/// The app: the same in the server's rendering and in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_session();
    Draft::provide();
    let demo = use_context::<DemoMode>().unwrap_or_default();
    mark_hydrated();
    let log_out = Callback::new(|()| client::log_out());
    let tell = Callback::new(|()| client::retry_logout());
    let again = Callback::new(|()| spawn_local(client::refresh_now()));

    // While the program of the next page is fetched.
    let (is_routing, set_is_routing) = signal(false);
    let is_busy = Signal::derive(move || is_routing.get().to_string());

    view! {
        <Title formatter=|text: String| {
            if text.is_empty() { "Handstamp".to_owned() } else { format!("{text} · Handstamp") }
        } />
        <Router set_is_routing>
            // The router must leave this one alone: only the browser moves the focus with it.
            <a class="skip" href="#main" rel="external">"Skip to the content"</a>
            <Header log_out has_lab=demo.guests />
            <main id="main" tabindex="-1" aria-busy=is_busy>
                <noscript>
                    <p class="notice notice-warning">
                        "Handstamp needs JavaScript: the access token is kept in the memory of this page, and \
                         only the page's own program can send it. Allow JavaScript for this site, and load the \
                         page again."
                    </p>
                </noscript>
                <SessionNotice again tell />
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=Home />
                    <Route path=path!("/login") view=LogIn />
                    <Route path=path!("/signup") view={LazyPage::SignUp} />
                    <Route path=path!("/profile") view={LazyPage::Profile} />
                    <Route path=path!("/posts") view={LazyPage::Posts} />
                    <Route path=path!("/sessions") view={LazyPage::Sessions} />
                    <Route path=path!("/account") view={LazyPage::Account} />
                    <Route path=path!("/magic") view={LazyPage::AskMagicLink} />
                    <Route path=path!("/magic/:token") view={LazyPage::OpenMagicLink} />
                    <Route path=path!("/forgot") view={LazyPage::ForgotPassword} />
                    <Route path=path!("/reset/:token") view={LazyPage::OpenReset} />
                    <Route path=path!("/confirm/:token") view={LazyPage::OpenConfirmation} />
                    <Route path=path!("/undo/:token") view={LazyPage::OpenUndo} />
                    <Route path=path!("/outbox") view={LazyPage::Outbox} />
                    <Route path=path!("/lab") view=LabApart />
                </FlatRoutes>
            </main>
            <Footer has_outbox=demo.outbox />
        </Router>
    }
}

/// Marks the document as soon as the program runs and knows who is logged in. Nothing is marked if the program
/// failed before it ran: a task that it has left behind may still call this.
fn mark_hydrated() {
    let session = client::use_session();
    Effect::new(move || {
        let is_ready = !session.is_starting() && program_state::is_running();
        if let Some(root) = document().document_element().filter(|_| is_ready) {
            let _ = root.set_attribute("data-ready", "true");
            spawn_local(code_split::load_ahead());
        }
    });
}
