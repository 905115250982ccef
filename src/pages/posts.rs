//! `/posts`: read and write with the access token.

use super::{draft::Draft, require_login::SignedInOnly};
use crate::{
    auth::client::api::get,
    protocol::{
        error::AppError,
        json_api::{Post, Posts as PostsPage},
    },
    ui::{
        component_scope::WhileShown,
        datetime::moment,
        field::SubmitButton,
        notice::{ErrorNotice, LoadState},
        show::Shown,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// The posts that were loaded, and how to go on.
#[derive(Clone, Copy)]
struct PostList {
    posts: RwSignal<Vec<Post>>,
    next: RwSignal<Option<String>>,
    loading: RwSignal<bool>,
    has_loaded: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    while_shown: WhileShown,
}

impl PostList {
    fn new() -> Self {
        Self {
            posts: RwSignal::default(),
            next: RwSignal::new(None),
            loading: RwSignal::new(false),
            has_loaded: RwSignal::new(false),
            error: RwSignal::new(None),
            while_shown: WhileShown::here(),
        }
    }

    /// Shows a post that was written here.
    fn put_first(self, post: Post) {
        let _ = self.posts.try_update(|posts| {
            if !holds(posts, &post) {
                posts.insert(0, post);
            }
        });
    }

    /// Loads the next page, or the first one.
    fn load(self) {
        if self.loading.get_untracked() {
            return;
        }
        self.loading.set(true);
        let path = match self.next.get_untracked() {
            Some(before) => format!("/api/posts?before={before}"),
            None => "/api/posts".to_owned(),
        };
        self.while_shown.spawn(async move {
            match get::<PostsPage>(&path).await {
                Ok(page) => {
                    // What was written here meanwhile stands already.
                    self.posts.update(|posts| {
                        let news = page.posts.into_iter().filter(|post| !holds(posts, post));
                        let news: Vec<Post> = news.collect();
                        posts.extend(news);
                    });
                    self.next.set(page.next);
                    self.has_loaded.set(true);
                    self.error.set(None);
                }
                Err(failed) => self.error.set(Some(failed)),
            }
            self.loading.set(false);
        });
    }
}

fn holds(posts: &[Post], post: &Post) -> bool {
    posts.iter().any(|other| other.id == post.id)
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
    let wall = PostList::new();
    Effect::new(move || wall.load());
    let draft = expect_context::<Draft>();
    // What was written before stands among the others that are loaded.
    draft.written.set(None);
    Effect::new(move || draft.written.get().into_iter().for_each(|post| wall.put_first(post)));
    let again = Callback::new(move |()| wall.load());
    let is_empty = Signal::derive(move || wall.has_loaded.get() && wall.posts.get().is_empty());
    let has_more = Signal::derive(move || wall.next.get().is_some());
    let is_busy = Signal::derive(move || wall.loading.get().to_string());
    view! {
        <Compose draft />
        <Shown when=is_empty>
            <p class="empty">"Nobody has written anything yet. Be the first."</p>
        </Shown>
        <ol class="posts" aria-label="Posts, newest first" aria-busy=is_busy>
            <For each=move || wall.posts.get() key=|post| post.id.clone() let:post>
                <li class="card post">
                    <p class="post-body" dir="auto">{post.body}</p>
                    <p class="post-by"><strong><bdi>{post.author}</bdi></strong> {format!(" · {}", moment(&post.created_at))}</p>
                </li>
            </For>
        </ol>
        <LoadState is_loading=wall.loading error=wall.error again />
        <Shown when=has_more>
            <p class="actions">
                <button type="button" class="button button-quiet" on:click=move |_| wall.load()>"Older posts"</button>
            </p>
        </Shown>
    }
}

#[component]
fn Compose(draft: Draft) -> impl IntoView {
    let Draft { text, form, .. } = draft;
    let node = NodeRef::<html::Textarea>::new();
    // Only what differs: some keyboards send an emoji in halves, and half of one must not be written back.
    Effect::new(move || {
        let typed = text.get();
        if let Some(node) = node.get().filter(|node| node.value() != typed) {
            node.set_value(&typed);
        }
    });
    // The page may be gone when the answer comes.
    let focus = move || {
        node.try_get_untracked().flatten().inspect(|node| drop(node.focus()));
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        draft.send(focus);
    };
    view! {
        <form class="card compose" method="post" on:submit=submit>
            <label for="body">"Say something"</label>
            <textarea
                id="body"
                name="body"
                dir="auto"
                rows="3"
                maxlength="500"
                required
                node_ref=node
                on:input=move |event| text.set(event_target_value(&event))
                aria-describedby="body-error"
            ></textarea>
            <div id="body-error">
                <ErrorNotice error=form.error />
            </div>
            <SubmitButton busy=form.busy label="Post" busy_label="Posting…" />
        </form>
    }
}
