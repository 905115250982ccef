//! `/posts`: read and write with the access token.

use super::signed_in_only::SignedInOnly;
use crate::{
    auth::client::api::{get, post},
    error::AppError,
    ui::{
        field::SubmitButton,
        notice::{ErrorNotice, LoadError},
        when::moment,
        while_shown::WhileShown,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Post {
    id: String,
    author: String,
    body: String,
    created_at: String,
}

#[derive(Debug, Deserialize)]
struct Page {
    posts: Vec<Post>,
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct NewPost {
    body: String,
}

/// The posts that were loaded, and how to go on.
#[derive(Clone, Copy)]
struct Wall {
    posts: RwSignal<Vec<Post>>,
    next: RwSignal<Option<String>>,
    loading: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    while_shown: WhileShown,
}

impl Wall {
    fn new() -> Self {
        Self {
            posts: RwSignal::default(),
            next: RwSignal::new(None),
            loading: RwSignal::new(true),
            error: RwSignal::new(None),
            while_shown: WhileShown::here(),
        }
    }

    /// Loads the next page, or the first one.
    fn load(self) {
        self.loading.set(true);
        self.error.set(None);
        let path = match self.next.get_untracked() {
            Some(before) => format!("/api/posts?before={before}"),
            None => "/api/posts".to_owned(),
        };
        self.while_shown.spawn(async move {
            match get::<Page>(&path).await {
                Ok(page) => {
                    self.posts.update(|posts| posts.extend(page.posts));
                    self.next.set(page.next);
                }
                Err(failed) => self.error.set(Some(failed)),
            }
            self.loading.set(false);
        });
    }
}

/// The posts page.
#[component]
pub fn Posts() -> impl IntoView {
    view! {
        <Title text="Posts" />
        <SignedInOnly>
            <h1>"Posts"</h1>
            <PostWall />
        </SignedInOnly>
    }
}

#[component]
fn PostWall() -> impl IntoView {
    let wall = Wall::new();
    Effect::new(move || wall.load());
    let again = Callback::new(move |()| wall.load());
    let is_empty = move || {
        !wall.loading.get() && wall.error.with(Option::is_none) && wall.posts.with(Vec::is_empty)
    };
    view! {
        <Compose wall />
        <Show when=is_empty>
            <p class="empty">"Nobody has written anything yet. Be the first."</p>
        </Show>
        <ol class="posts" aria-label="Posts, newest first" aria-busy=move || wall.loading.get().to_string()>
            <For each=move || wall.posts.get() key=|post| post.id.clone() let:post>
                <li class="card post">
                    <p class="post-body">{post.body}</p>
                    <p class="post-by"><strong>{post.author}</strong> " · " {moment(&post.created_at)}</p>
                </li>
            </For>
        </ol>
        <Show when=move || wall.loading.get()>
            <p class="waiting" role="status">"Loading…"</p>
        </Show>
        <LoadError error=wall.error again />
        <Show when=move || wall.next.with(Option::is_some) && !wall.loading.get()>
            <p class="actions">
                <button class="button button-quiet" on:click=move |_| wall.load()>"Older posts"</button>
            </p>
        </Show>
    }
}

#[component]
fn Compose(wall: Wall) -> impl IntoView {
    let text = NodeRef::<html::Textarea>::new();
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<AppError>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let body = text.get_untracked().map(|text| text.value()).unwrap_or_default();
        spawn_local(async move {
            match post::<Post>("/api/posts", &NewPost { body }).await {
                Ok(written) => {
                    wall.posts.update(|posts| posts.insert(0, written));
                    if let Some(text) = text.get_untracked() {
                        text.set_value("");
                    }
                }
                Err(failed) => error.set(Some(failed)),
            }
            busy.set(false);
            if let Some(text) = text.get_untracked() {
                let _ = text.focus();
            }
        });
    };
    view! {
        <form class="card compose" method="post" on:submit=submit>
            <label for="body">"Say something"</label>
            <textarea id="body" name="body" rows="3" maxlength="500" required node_ref=text aria-describedby="body-error"></textarea>
            <div id="body-error">
                <ErrorNotice error />
            </div>
            <SubmitButton busy label="Post" busy_label="Posting…" />
        </form>
    }
}
