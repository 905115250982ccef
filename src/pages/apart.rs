//! The pages whose program is not part of the file with which every visit begins. Most of them share one file,
//! which is fetched as soon as the first page is awake; the lab has one of its own, which nobody else needs.

use super::{
    account::Account,
    ask_link::{AskMagicLink, ForgotPassword},
    open_link::{OpenConfirmation, OpenMagicLink, OpenReset},
    outbox::Outbox,
    posts::Posts,
    profile::Profile,
    sessions::Sessions,
    sign_up::SignUp,
};
use crate::lab::Lab;
use gloo_timers::future::TimeoutFuture;
use leptos::{prefetch_lazy_fn_on_server, prelude::*};
use leptos_meta::Title;
use leptos_router::ChooseView;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// A page of the file that most pages share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    Account,
    AskMagicLink,
    ForgotPassword,
    OpenConfirmation,
    OpenMagicLink,
    OpenReset,
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
fn page(page: Apart) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        Apart::Account => view! { <Account /> }.into_any(),
        Apart::AskMagicLink => view! { <AskMagicLink /> }.into_any(),
        Apart::ForgotPassword => view! { <ForgotPassword /> }.into_any(),
        Apart::OpenConfirmation => view! { <OpenConfirmation /> }.into_any(),
        Apart::OpenMagicLink => view! { <OpenMagicLink /> }.into_any(),
        Apart::OpenReset => view! { <OpenReset /> }.into_any(),
        Apart::Outbox => view! { <Outbox /> }.into_any(),
        Apart::Posts => view! { <Posts /> }.into_any(),
        Apart::Profile => view! { <Profile /> }.into_any(),
        Apart::Sessions => view! { <Sessions /> }.into_any(),
        Apart::SignUp => view! { <SignUp /> }.into_any(),
    })
}

#[wasm_split(lab, fallible, preload(load_lab))]
fn lab() -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <Lab /> }.into_any())
}

// The document that the server renders names the files of its page, so that browsers fetch them with the first.
impl ChooseView for Apart {
    async fn choose(self) -> AnyView {
        prefetch_lazy_fn_on_server("pages");
        shown(page(self)).await
    }

    async fn preload(&self) {
        let _ = load_pages().await;
    }
}

impl ChooseView for LabApart {
    async fn choose(self) -> AnyView {
        prefetch_lazy_fn_on_server("lab");
        shown(lab()).await
    }

    async fn preload(&self) {
        let _ = load_lab().await;
    }
}

/// A page, once it is fetched; the one before shows meanwhile that something is under way.
async fn shown(fetched: impl Future<Output = Result<AnyView, SplitLoaderError>>) -> AnyView {
    mark_busy(true);
    let page = fetched.await;
    mark_busy(false);
    page.unwrap_or_else(|_| view! { <NotLoaded /> }.into_any())
}

fn mark_busy(is_busy: bool) {
    if is_browser()
        && let Some(main) = document().get_element_by_id("main")
    {
        let _ = main.set_attribute("aria-busy", if is_busy { "true" } else { "false" });
    }
}

/// Fetches what the page at `path` needs, again and again until it is there: the page that the server rendered
/// can't wake without it.
pub async fn load_for(path: &str) {
    const PAUSE: u32 = 2000;
    loop {
        let loaded = match path.trim_end_matches('/') {
            "" | "/login" => Ok(()),
            "/lab" => load_lab().await,
            _ => load_pages().await,
        };
        if loaded.is_ok() {
            return;
        }
        TimeoutFuture::new(PAUSE).await;
    }
}

/// Fetches what most pages need, so that they open without a network. Where that fails, whoever goes to one of
/// them fetches it.
pub async fn load_ahead() {
    let _ = load_pages().await;
}

/// Stands in for a page whose program could not be fetched.
#[component]
fn NotLoaded() -> impl IntoView {
    let again = move |_| {
        // Without a network there is nothing to gain by leaving this page.
        if window().navigator().on_line() {
            let _ = window().location().reload();
        }
    };
    view! {
        <Title text="Not loaded" />
        <section class="card form-card">
            <h1>"This page did not load"</h1>
            <p>"A part of the program could not be fetched. The network may be down, or there is a new version."</p>
            <p class="actions"><button class="button" on:click=again>"Try again"</button></p>
        </section>
    }
}
