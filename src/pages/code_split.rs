//! Code-split pages: their code is not in the WASM file that every visit loads first. Most of them share one file,
//! which is prefetched once the first page is hydrated. The lab has its own.

use super::{
    account::Account,
    already_logged_in::AlreadyLoggedIn,
    dashboard::Dashboard,
    email_link::{
        confirmation::EmailLinkConfirmation, login::EmailLinkLogin, reset::EmailLinkReset,
        undo::EmailLinkUndo,
    },
    outbox::Outbox,
    posts::Posts,
    profile::Profile,
    request_link::{ForgotPassword, RequestMagicLink},
    second_step::SecondStep,
    sessions::Sessions,
    sign_up::SignUp,
};
use crate::{
    lab::Lab,
    ui::{
        component_scope::ComponentScope, notice::ErrorNotice, show::ShowWhen,
        submission::Submission, theme::ThemeChoice, toast::ToastRegion,
    },
};
use futures::{FutureExt, future::LocalBoxFuture};
use gloo_net::http::{RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use handstamp_leptos::program::program_state::{self, ProgramState};
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    paths,
};
use http::Method;
use leptos::{
    prefetch_lazy_fn_on_server,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{NavigationType, PerformanceNavigationTiming, RequestRedirect, Url},
};
use leptos_meta::Title;
use leptos_router::ChooseView;
use std::cell::Cell;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// A page of the shared file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LazyPage {
    Account,
    /// A part of the home page ([`LazyPart`]).
    Dashboard,
    RequestMagicLink,
    ForgotPassword,
    EmailLinkConfirmation,
    EmailLinkLogin,
    EmailLinkReset,
    EmailLinkUndo,
    Outbox,
    Posts,
    Profile,
    Sessions,
    SignUp,
    /// A part of the account menu ([`LazyPart`]).
    ThemeChoice,
    /// A part of every page ([`LazyPart`]).
    Toasts,
}

/// The lab, in its own file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LazyLab;

#[wasm_split(pages, fallible, preload(load_pages))]
fn page(page: LazyPage) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        LazyPage::Account => view! { <Account /> }.into_any(),
        LazyPage::Dashboard => view! { <Dashboard /> }.into_any(),
        LazyPage::RequestMagicLink => view! { <RequestMagicLink /> }.into_any(),
        LazyPage::ForgotPassword => view! { <ForgotPassword /> }.into_any(),
        LazyPage::EmailLinkConfirmation => view! { <EmailLinkConfirmation /> }.into_any(),
        LazyPage::EmailLinkLogin => view! { <EmailLinkLogin /> }.into_any(),
        LazyPage::EmailLinkReset => view! { <EmailLinkReset /> }.into_any(),
        LazyPage::EmailLinkUndo => view! { <EmailLinkUndo /> }.into_any(),
        LazyPage::Outbox => view! { <Outbox /> }.into_any(),
        LazyPage::Posts => view! { <Posts /> }.into_any(),
        LazyPage::Profile => view! { <Profile /> }.into_any(),
        LazyPage::Sessions => view! { <Sessions /> }.into_any(),
        LazyPage::SignUp => view! { <SignUp /> }.into_any(),
        LazyPage::ThemeChoice => view! { <ThemeChoice /> }.into_any(),
        LazyPage::Toasts => view! { <ToastRegion /> }.into_any(),
    })
}

/// Parts of the pages for logging in that few visits need.
#[derive(Clone, Copy)]
pub struct LoginParts {
    /// The second step of a login: the submission, the code, and what sends it or returns to the first step.
    pub second_step: fn(Submission, RwSignal<String>, Callback<()>, Callback<()>) -> AnyView,
    /// What a user sees who is logged in already, with the page to continue with.
    pub already_logged_in: fn(Signal<String>) -> AnyView,
}

#[wasm_split(pages, fallible)]
fn login_parts() -> Result<LoginParts, SplitLoaderError> {
    Ok(LoginParts {
        second_step: |form, code, send, back| {
            view! { <SecondStep form code send back /> }.into_any()
        },
        already_logged_in: |next| view! { <AlreadyLoggedIn next /> }.into_any(),
    })
}

thread_local! {
    static LOGIN_PARTS: Cell<Option<LoginParts>> = const { Cell::new(None) };
}

/// Fetches the parts, unless they are there.
///
/// # Errors
/// `offline` if they can't be fetched.
pub fn load_login_parts() -> LocalBoxFuture<'static, Result<(), AppError>> {
    // Boxed, so that the callers share its code.
    Box::pin(async {
        let parts = login_parts().await.map_err(|_| AppError::new(ErrorCode::Offline))?;
        LOGIN_PARTS.set(Some(parts));
        Ok(())
    })
}

/// Shows one of the parts, which must have been loaded.
pub fn login_part(show: impl FnOnce(LoginParts) -> AnyView) -> AnyView {
    LOGIN_PARTS.get().map_or_else(|| ().into_any(), show)
}

#[wasm_split(lab, fallible, preload(load_lab))]
fn lab() -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <Lab /> }.into_any())
}

// On the server: the document preloads the file of its page.
impl ChooseView for LazyPage {
    async fn choose(self) -> AnyView {
        prefetch_lazy_fn_on_server("pages");
        or_load_error(page(self).await)
    }

    async fn preload(&self) {
        let _ = load_pages().await;
    }
}

impl ChooseView for LazyLab {
    async fn choose(self) -> AnyView {
        prefetch_lazy_fn_on_server("lab");
        or_load_error(lab().await)
    }

    async fn preload(&self) {
        let _ = load_lab().await;
    }
}

/// A part of a page, shown once its code is loaded. The server never renders it.
#[component]
pub fn LazyPart(part: LazyPage) -> impl IntoView {
    let is_loaded = RwSignal::new(false);
    let scope = ComponentScope::current();
    Effect::new(move || {
        scope.spawn(async move {
            while load_pages().await.is_err() {
                TimeoutFuture::new(RETRY_DELAY_MS).await;
            }
            is_loaded.set(true);
        });
    });
    // Ready at once, because the code is loaded.
    let part = move || match page(part).now_or_never() {
        Some(Ok(part)) => part,
        _ => ().into_any(),
    };
    view! { <ShowWhen when=is_loaded>{part()}</ShowWhen> }
}

/// The pause between two attempts to load the code of the open page, in milliseconds.
const RETRY_DELAY_MS: u32 = 2000;

/// After this many failures the document may belong to an older build than the server's.
const FAILURES_BEFORE_RELOAD: u32 = 3;

/// Loads the code of the open page, without which the server's rendering can't be hydrated. Retries until it
/// succeeds, and returns whether the page can be hydrated now.
///
/// Otherwise the document is being reloaded: because the user has gone to another page, or once because the server
/// has the page but not its files.
pub async fn load_for_this_page() -> bool {
    let navigation = navigation();
    // Not the window's path: the user may have gone back before this program ran.
    let requested = navigation.as_ref().and_then(|entry| Url::new(&entry.name()).ok());
    let rendered = requested.map_or_else(current_path, |url| url.pathname());
    let was_reloaded = navigation.is_some_and(|entry| entry.type_() == NavigationType::Reload);
    let mut failures = 0;
    loop {
        let loaded = load_code_of(&rendered).await;
        if loaded.is_err() {
            failures += 1;
            program_state::report(ProgramState::NotLoaded);
        }
        let is_outdated =
            failures >= FAILURES_BEFORE_RELOAD && !was_reloaded && is_served(&rendered).await;
        if is_outdated || current_path() != rendered {
            let _ = window().location().reload();
            return false;
        }
        if loaded.is_ok() {
            return true;
        }
        TimeoutFuture::new(RETRY_DELAY_MS).await;
    }
}

/// Loads the file that holds the page at this path. Unknown paths load the shared file too, so that its pages need
/// no list here.
async fn load_code_of(path: &str) -> Result<(), SplitLoaderError> {
    match path.trim_end_matches('/') {
        "" | paths::LOG_IN => Ok(()),
        paths::LAB => load_lab().await,
        _ => load_pages().await,
    }
}

fn current_path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// The URL from which this document was loaded, and how.
fn navigation() -> Option<PerformanceNavigationTiming> {
    window().performance()?.get_entries_by_type("navigation").get(0).dyn_into().ok()
}

async fn is_served(path: &str) -> bool {
    head(path).await.is_some_and(|response| response.ok())
}

/// Sends a `HEAD` request. Returns `None` if there is no response; a redirect is a response of status 0.
async fn head(path: &str) -> Option<Response> {
    let request = RequestBuilder::new(path).method(Method::HEAD).redirect(RequestRedirect::Manual);
    request.send().await.ok()
}

/// Prefetches the shared file, so that its pages open without a network. If this fails, it is fetched when one of
/// them is opened.
pub async fn load_ahead() {
    let _ = load_pages().await;
}

fn or_load_error(page: Result<AnyView, SplitLoaderError>) -> AnyView {
    page.unwrap_or_else(|_| view! { <NotLoaded /> }.into_any())
}

/// Shown in place of a page whose code could not be fetched.
#[component]
fn NotLoaded() -> impl IntoView {
    let form = Submission::new();
    let busy = form.busy;
    let retry = move |_| {
        let work = async {
            // Reloads only if the server responds. `navigator.onLine` can be wrong.
            head(&current_path()).await.ok_or_else(|| AppError::new(ErrorCode::Offline))?;
            let _ = window().location().reload();
            Ok(())
        };
        form.send(work, || ());
    };
    view! {
        <Title text="Page not loaded" />
        <section class="card form-card">
            <h1>"This page couldn't be loaded"</h1>
            <p>"One of its files is missing. Your network may be down, or there is a new version."</p>
            <ErrorNotice error=form.error />
            <p class="actions"><button type="button" class="button" disabled=busy on:click=retry>"Try again"</button></p>
        </section>
    }
}
