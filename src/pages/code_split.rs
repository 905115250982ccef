//! The pages whose program is not part of the file with which every visit begins. Most of them share one file,
//! which is fetched as soon as the first page is awake; the lab has one of its own, which nobody else needs.

use super::{
    account::Account,
    email_link::{OpenConfirmation, OpenMagicLink, OpenReset, OpenUndo},
    outbox::Outbox,
    posts::Posts,
    profile::Profile,
    request_link::{AskMagicLink, ForgotPassword},
    sessions::Sessions,
    sign_up::SignUp,
};
use crate::{
    lab::Lab,
    protocol::error::{AppError, ErrorCode},
    ui::{
        notice::ErrorNotice,
        program_state::{self, ProgramState},
        submission::Submission,
    },
};
use gloo_net::http::{RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use http::Method;
use leptos::{
    prefetch_lazy_fn_on_server,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{NavigationType, PerformanceNavigationTiming, RequestRedirect, Url},
};
use leptos_meta::Title;
use leptos_router::ChooseView;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// A page of the file that most pages share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LazyPage {
    Account,
    AskMagicLink,
    ForgotPassword,
    OpenConfirmation,
    OpenMagicLink,
    OpenReset,
    OpenUndo,
    Outbox,
    Posts,
    Profile,
    Sessions,
    SignUp,
}

/// The lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabApart;

#[wasm_split(pages, fallible, preload(load_pages))]
fn page(page: LazyPage) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        LazyPage::Account => view! { <Account /> }.into_any(),
        LazyPage::AskMagicLink => view! { <AskMagicLink /> }.into_any(),
        LazyPage::ForgotPassword => view! { <ForgotPassword /> }.into_any(),
        LazyPage::OpenConfirmation => view! { <OpenConfirmation /> }.into_any(),
        LazyPage::OpenMagicLink => view! { <OpenMagicLink /> }.into_any(),
        LazyPage::OpenReset => view! { <OpenReset /> }.into_any(),
        LazyPage::OpenUndo => view! { <OpenUndo /> }.into_any(),
        LazyPage::Outbox => view! { <Outbox /> }.into_any(),
        LazyPage::Posts => view! { <Posts /> }.into_any(),
        LazyPage::Profile => view! { <Profile /> }.into_any(),
        LazyPage::Sessions => view! { <Sessions /> }.into_any(),
        LazyPage::SignUp => view! { <SignUp /> }.into_any(),
    })
}

#[wasm_split(lab, fallible, preload(load_lab))]
fn lab() -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <Lab /> }.into_any())
}

// The document that the server renders names the files of its page, so that browsers fetch them with the first.
impl ChooseView for LazyPage {
    async fn choose(self) -> AnyView {
        prefetch_lazy_fn_on_server("pages");
        or_not_loaded(page(self).await)
    }

    async fn preload(&self) {
        let _ = load_pages().await;
    }
}

impl ChooseView for LabApart {
    async fn choose(self) -> AnyView {
        prefetch_lazy_fn_on_server("lab");
        or_not_loaded(lab().await)
    }

    async fn preload(&self) {
        let _ = load_lab().await;
    }
}

/// Between two tries to fetch what the page that is open needs, in milliseconds.
const PAUSE: u32 = 2000;

/// After so many of them the files may be those of an older build than the server's.
const TRIES: u32 = 3;

/// Fetches what the page that is open needs, again and again until it is there: the page that the server rendered
/// can't wake without it. Answers whether it is still open. Where the person has gone back meanwhile, the
/// browser loads the other one; where the server has the page and not its files, the page anew, once.
pub async fn load_for_this_page() -> bool {
    let path = || window().location().pathname().unwrap_or_default();
    let navigation = navigation();
    // Not what the window shows: somebody may have gone back before this program ran.
    let asked_for = navigation.as_ref().and_then(|how| Url::new(&how.name()).ok());
    let rendered = asked_for.map_or_else(path, |url| url.pathname());
    // Another reload would bring nothing new.
    let was_reloaded = navigation.is_some_and(|how| how.type_() == NavigationType::Reload);
    let mut failures = 0;
    loop {
        let loaded = match rendered.trim_end_matches('/') {
            "" | "/login" => Ok(()),
            "/lab" => load_lab().await,
            // Also an address that leads nowhere. To list those that do would be one more list to keep.
            _ => load_pages().await,
        };
        if loaded.is_err() {
            failures += 1;
            program_state::report(ProgramState::NotLoaded);
        }
        let is_old = failures >= TRIES && !was_reloaded && is_served(&rendered).await;
        if is_old || path() != rendered {
            let _ = window().location().reload();
            return false;
        }
        if loaded.is_ok() {
            return true;
        }
        TimeoutFuture::new(PAUSE).await;
    }
}

/// How this document was come by, and by which address.
fn navigation() -> Option<PerformanceNavigationTiming> {
    window().performance()?.get_entries_by_type("navigation").get(0).dyn_into().ok()
}

async fn is_served(path: &str) -> bool {
    head(path).await.is_some_and(|answer| answer.ok())
}

/// Asks for the head of an answer; nothing if there was none. A redirect is an answer of status 0.
async fn head(path: &str) -> Option<Response> {
    let asked = RequestBuilder::new(path).method(Method::HEAD).redirect(RequestRedirect::Manual);
    asked.send().await.ok()
}

/// Fetches what most pages need, so that they open without a network. Where that fails, whoever goes to one of
/// them fetches it.
pub async fn load_ahead() {
    let _ = load_pages().await;
}

fn or_not_loaded(page: Result<AnyView, SplitLoaderError>) -> AnyView {
    page.unwrap_or_else(|_| view! { <NotLoaded /> }.into_any())
}

/// Stands in for a page whose program could not be fetched.
#[component]
fn NotLoaded() -> impl IntoView {
    let form = Submission::new();
    let busy = form.busy;
    let again = move |_| {
        let work = async {
            // Without an answer there is nothing to gain by leaving this page. What the browser says about the
            // network is not asked: it can be wrong.
            let path = window().location().pathname().unwrap_or_default();
            head(&path).await.ok_or_else(|| AppError::new(ErrorCode::Offline))?;
            let _ = window().location().reload();
            Ok(())
        };
        form.send(work, || ());
    };
    view! {
        <Title text="Not loaded" />
        <section class="card form-card">
            <h1>"This page did not load"</h1>
            <p>"A part of the program could not be fetched. The network may be down, or there is a new version."</p>
            <ErrorNotice error=form.error />
            <p class="actions"><button type="button" class="button" disabled=busy on:click=again>"Try again"</button></p>
        </section>
    }
}
