//! `/posts`: read and write with the access token.

use super::signed_in_only::SignedInOnly;
use crate::{
    api::types::{NewPost, Post, Posts as PostsPage},
    auth::client::{
        api::{get, post},
        use_session,
    },
    error::AppError,
    ui::{
        field::SubmitButton,
        notice::{ErrorNotice, LoadState},
        shown::Shown,
        submission::Submission,
        when::moment,
        while_shown::WhileShown,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*, web_sys::HtmlTextAreaElement};
use leptos_meta::Title;
use std::cell::RefCell;

/// The posts that were loaded, and how to go on.
#[derive(Clone, Copy)]
struct Wall {
    posts: RwSignal<Vec<Post>>,
    next: RwSignal<Option<String>>,
    loading: RwSignal<bool>,
    has_loaded: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    while_shown: WhileShown,
}

impl Wall {
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

thread_local! {
    /// What somebody is about to say, and who. It outlives its page, because what is sent may fail when the page
    /// is left; in memory alone.
    static DRAFT: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// What this person was about to say.
fn draft_of(user: &str) -> String {
    DRAFT.with_borrow(|draft| {
        draft
            .as_ref()
            .filter(|(who, _)| who == user)
            .map(|(_, text)| text.clone())
            .unwrap_or_default()
    })
}

fn keep_draft(user: &str, text: String) {
    DRAFT.set(Some((user.to_owned(), text)));
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
    let wall = Wall::new();
    Effect::new(move || wall.load());
    let again = Callback::new(move |()| wall.load());
    let is_empty = Signal::derive(move || wall.has_loaded.get() && wall.posts.get().is_empty());
    let has_more = Signal::derive(move || wall.next.get().is_some());
    let is_busy = Signal::derive(move || wall.loading.get().to_string());
    view! {
        <Compose wall />
        <Shown when=is_empty>
            <p class="empty">"Nobody has written anything yet. Be the first."</p>
        </Shown>
        <ol class="posts" aria-label="Posts, newest first" aria-busy=is_busy>
            <For each=move || wall.posts.get() key=|post| post.id.clone() let:post>
                <li class="card post">
                    <p class="post-body">{post.body}</p>
                    <p class="post-by"><strong>{post.author}</strong> {format!(" · {}", moment(&post.created_at))}</p>
                </li>
            </For>
        </ol>
        <LoadState is_loading=wall.loading error=wall.error again />
        <Shown when=has_more>
            <p class="actions">
                <button class="button button-quiet" on:click=move |_| wall.load()>"Older posts"</button>
            </p>
        </Shown>
    }
}

#[component]
fn Compose(wall: Wall) -> impl IntoView {
    let text = NodeRef::<html::Textarea>::new();
    let form = Submission::new();
    // The page may be gone when the answer comes.
    let with_text = move |then: fn(HtmlTextAreaElement)| {
        if let Some(text) = text.try_get_untracked().flatten() {
            then(text);
        }
    };
    let focus = move || with_text(|text| drop(text.focus()));
    // Whose page this is: somebody else gets another one.
    let session = use_session();
    let user = StoredValue::new(untrack(|| session.user()).map(|user| user.id).unwrap_or_default());
    Effect::new(move || {
        let draft = user.with_value(|user| draft_of(user));
        if let Some(text) = text.get().filter(|_| !draft.is_empty()) {
            text.set_value(&draft);
        }
    });
    let typed = move |event| user.with_value(|user| keep_draft(user, event_target_value(&event)));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let body = text.get_untracked().map(|text| text.value()).unwrap_or_default();
        let user = user.get_value();
        keep_draft(&user, body.clone());
        let write = async move {
            let sent = body.clone();
            wall.put_first(post::<Post>("/api/posts", &NewPost { body }).await?);
            // What was typed meanwhile stays.
            if draft_of(&user) == sent {
                keep_draft(&user, String::new());
                with_text(|text| text.set_value(""));
            }
            focus();
            Ok(())
        };
        form.send(write, focus);
    };
    view! {
        <form class="card compose" method="post" on:submit=submit>
            <label for="body">"Say something"</label>
            <textarea id="body" name="body" rows="3" maxlength="500" required node_ref=text on:input=typed aria-describedby="body-error"></textarea>
            <div id="body-error">
                <ErrorNotice error=form.error />
            </div>
            <SubmitButton busy=form.busy label="Post" busy_label="Posting…" />
        </form>
    }
}
