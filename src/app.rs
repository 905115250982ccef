//! The HTML document, the app, and the routes of the pages.

use crate::{
    demo_mode::{DEMO_MODE, DemoMode},
    pages::{
        code_split::{self, LazyLab, LazyPage, LazyPart},
        draft::Draft,
        email_link::TOKEN_PARAM,
        home::Home,
        log_in::LogIn,
    },
    ui::{
        layout::{Footer, Header},
        login_name::TypedLoginName,
        not_found::NotFound,
        page_focus::PageFocus,
        session_notice::SessionNotice,
        theme,
        toast::Toasts,
    },
};
use handstamp_leptos::{
    client::{self, provide_session},
    program::{
        program_state::{self, ProgramNotices, ProgramStateScript, PublicUrl, ROOT},
        reload_once::ReloadScript,
    },
};
use handstamp_protocol::paths;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    ParamSegment, StaticSegment,
    components::{FlatRoutes, Route, Router},
};

/// The document around the app; rendered only on the server.
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
                    content="Try a login with access tokens and refresh tokens, and watch every request at work."
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
                // Shown by the style sheet if the page has not started after a while, as on a stalled network.
                <p class="notice notice-warning start-timeout">
                    "Still starting… If nothing happens, " <a href="">"reload the page"</a> "."
                </p>
            </body>
        </html>
    }
}

/// The app in an element of its own, because browser extensions add elements to the body.
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

/// The preview of links to this site (the Open Graph protocol).
fn preview(url: &str) -> Vec<AnyView> {
    let image = format!("{url}/preview.png");
    let tags = [
        ("og:title", "Handstamp".to_owned()),
        ("og:description", "Access and refresh tokens, live: short tickets, one stamp.".to_owned()),
        ("og:type", "website".to_owned()),
        ("og:url", url.to_owned()),
        ("og:image", image),
        ("og:image:alt", "A ticket with a countdown, and an ink stamp".to_owned()),
    ];
    let tag = |(name, content): (&'static str, String)| {
        view! { <meta content=content /> }.attr("property", name).into_any()
    };
    tags.map(tag).into()
}

/// The app, rendered on the server and hydrated in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_session();
    Draft::provide();
    Toasts::provide();
    TypedLoginName::provide();
    let demo = use_context::<DemoMode>().unwrap_or_default();
    mark_hydrated();
    let log_out = Callback::new(|()| client::log_out());
    let retry_logout = Callback::new(|()| client::retry_logout());
    let retry = Callback::new(|()| spawn_local(client::refresh_now()));

    // Whether the code of the next page is being fetched.
    let (is_routing, set_is_routing) = signal(false);
    let is_busy = Signal::derive(move || is_routing.get().to_string());

    view! {
        <Title formatter=|text: String| {
            match text.as_str() {
                "" => "Handstamp".to_owned(),
                // The home page has a title of its own.
                home if home.starts_with("Handstamp") => text,
                page => format!("{page} · Handstamp"),
            }
        } />
        <Router set_is_routing>
            // External, because only the browser itself moves the focus to the target.
            <a class="skip-link" href="#main" rel="external">"Skip to content"</a>
            <PageFocus is_routing />
            <Header log_out has_lab=demo.guests theme_choice=|| view! { <LazyPart part=LazyPage::ThemeChoice /> } />
            <main id="main" tabindex="-1" aria-busy=is_busy>
                <noscript>
                    <p class="notice notice-warning">
                        "Handstamp needs JavaScript: the access token is kept in memory, so only this page's code \
                         can send it. Allow JavaScript for this site and reload the page."
                    </p>
                </noscript>
                <SessionNotice retry retry_logout />
                <FlatRoutes fallback=NotFound>
                    <Route path=() view=Home />
                    <Route path=page(paths::LOG_IN) view=LogIn />
                    <Route path=page(paths::SIGN_UP) view={LazyPage::SignUp} />
                    <Route path=page(paths::PROFILE) view={LazyPage::Profile} />
                    <Route path=page(paths::POSTS) view={LazyPage::Posts} />
                    <Route path=page(paths::SESSIONS) view={LazyPage::Sessions} />
                    <Route path=page(paths::ACCOUNT) view={LazyPage::Account} />
                    <Route path=page(paths::MAGIC_LINK) view={LazyPage::RequestMagicLink} />
                    <Route path=email_link(paths::MAGIC_LINK) view={LazyPage::EmailLinkLogin} />
                    <Route path=page(paths::FORGOT_PASSWORD) view={LazyPage::ForgotPassword} />
                    <Route path=email_link(paths::RESET_PASSWORD) view={LazyPage::EmailLinkReset} />
                    <Route path=email_link(paths::CONFIRM_EMAIL) view={LazyPage::EmailLinkConfirmation} />
                    <Route path=email_link(paths::END_SECOND_FACTOR) view={LazyPage::EmailLinkUndo} />
                    <Route path=page(paths::OUTBOX) view={LazyPage::Outbox} />
                    <Route path=page(paths::LAB) view=LazyLab />
                </FlatRoutes>
            </main>
            <Footer has_outbox=demo.outbox />
            <LazyPart part=LazyPage::Toasts />
        </Router>
    }
}

fn page(path: &'static str) -> (StaticSegment<&'static str>,) {
    (StaticSegment(path),)
}

fn email_link(path: &'static str) -> (StaticSegment<&'static str>, ParamSegment) {
    (StaticSegment(path), ParamSegment(TOKEN_PARAM))
}

/// Marks the document as ready once the program runs and the session is known. Checks that it runs, because a task
/// of a program that has failed may still call this.
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
