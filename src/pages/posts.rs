//! `/posts`: reads and writes posts.

use super::{draft::Draft, require_login::RequireLogin};
use crate::ui::{
    component_scope::ComponentScope,
    datetime::moment,
    field::SubmitButton,
    notice::{ErrorNotice, LoadState},
    show::ShowWhen,
};
use handstamp_leptos::client::api::get;
use handstamp_protocol::{
    error::AppError,
    json_api::{Post, Posts as PostsPage},
};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// The loaded posts, and the cursor of the next page.
#[derive(Clone, Copy)]
struct PostList {
    posts: RwSignal<Vec<Post>>,
    next: RwSignal<Option<String>>,
    loading: RwSignal<bool>,
    has_loaded: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    scope: ComponentScope,
}

impl PostList {
    fn new() -> Self {
        Self {
            posts: RwSignal::default(),
            next: RwSignal::new(None),
            loading: RwSignal::new(false),
            has_loaded: RwSignal::new(false),
            error: RwSignal::new(None),
            scope: ComponentScope::current(),
        }
    }

    /// Inserts a post that the user has written.
    fn prepend(self, post: Post) {
        let _ = self.posts.try_update(|posts| {
            if !contains(posts, &post) {
                posts.insert(0, post);
            }
        });
    }

    /// Loads the first page, or the next one.
    fn load(self) {
        if self.loading.get_untracked() {
            return;
        }
        self.loading.set(true);
        let path = match self.next.get_untracked() {
            Some(before) => format!("/api/posts?before={before}"),
            None => "/api/posts".to_owned(),
        };
        self.scope.spawn(async move {
            match get::<PostsPage>(&path).await {
                Ok(page) => {
                    self.posts.update(|posts| {
                        // Posts that the user has written are in the list already.
                        let new = page.posts.into_iter().filter(|post| !contains(posts, post));
                        let new: Vec<Post> = new.collect();
                        posts.extend(new);
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

fn contains(posts: &[Post], post: &Post) -> bool {
    posts.iter().any(|other| other.id == post.id)
}

/// The posts page.
#[component]
pub fn Posts() -> impl IntoView {
    view! {
        <Title text="Posts" />
        <RequireLogin>
            <h1>"Posts"</h1>
            <PostOverview />
        </RequireLogin>
    }
}

#[component]
fn PostOverview() -> impl IntoView {
    let list = PostList::new();
    Effect::new(move || list.load());
    let draft = expect_context::<Draft>();
    // The page that is loaded now contains an earlier post.
    draft.written.set(None);
    Effect::new(move || draft.written.get().into_iter().for_each(|post| list.prepend(post)));
    let retry = Callback::new(move |()| list.load());
    let is_empty = Signal::derive(move || list.has_loaded.get() && list.posts.get().is_empty());
    let has_more = Signal::derive(move || list.next.get().is_some());
    let is_busy = Signal::derive(move || list.loading.get().to_string());
    view! {
        <Compose draft />
        <ShowWhen when=is_empty>
            <p class="empty">"There are no posts yet. Write the first one."</p>
        </ShowWhen>
        <ol class="posts" aria-label="Posts, newest first" aria-busy=is_busy>
            <For each=move || list.posts.get() key=|post| post.id.clone() let:post>
                <li class="card post">
                    <p class="post-body" dir="auto">{post.body}</p>
                    <p class="post-by"><strong><bdi>{post.author}</bdi></strong> {format!(" · {}", moment(&post.created_at))}</p>
                </li>
            </For>
        </ol>
        <LoadState is_loading=list.loading error=list.error retry />
        <ShowWhen when=has_more>
            <p class="actions">
                <button type="button" class="button button-quiet" on:click=move |_| list.load()>"Older posts"</button>
            </p>
        </ShowWhen>
    }
}

#[component]
fn Compose(draft: Draft) -> impl IntoView {
    let Draft { text, form, .. } = draft;
    let node = NodeRef::<html::Textarea>::new();
    // Writes only a different text: some keyboards send an emoji in two halves, and half of one must not be written.
    Effect::new(move || {
        let typed = text.get();
        if let Some(node) = node.get().filter(|node| node.value() != typed) {
            node.set_value(&typed);
        }
    });
    // The user may have left the page when the response arrives.
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
