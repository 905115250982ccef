//! `/posts`: reads and writes posts.

use super::{draft::Draft, require_login::RequireLogin};
use crate::ui::{
    component_scope::ComponentScope,
    datetime::moment,
    field::SubmitButton,
    focus::focus,
    live_text::LiveText,
    notice::{ErrorNotice, LoadState},
    show::ShowWhen,
    submission::Submission,
    toast::Toasts,
};
use handstamp_leptos::client::{
    api::{delete, get},
    use_session,
};
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

    /// Removes a post that the user has deleted.
    fn remove(self, id: &str) {
        let _ = self.posts.try_update(|posts| posts.retain(|post| post.id != id));
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
    draft.keep_over_reloads();
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
            <p class="empty">"No posts yet. Write the first one."</p>
        </ShowWhen>
        <ol id=LIST class="posts" tabindex="-1" aria-label="Posts, newest first" aria-busy=is_busy>
            <For each=move || list.posts.get() key=|post| post.id.clone() let:post>
                <Item post list draft />
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

const LIST: &str = "posts";

/// One post. Its author can delete it.
#[component]
fn Item(post: Post, list: PostList, draft: Draft) -> impl IntoView {
    let Post { id, author, body, created_at } = post;
    let (session, toasts) = (use_session(), Toasts::current());
    let name = author.clone();
    let is_own = Signal::derive(move || session.user().is_some_and(|user| user.username == name));
    let form = Submission::new();
    let busy = form.busy;
    let text = body.clone();
    let delete_post = Callback::new(move |()| {
        let (id, text) = (id.clone(), text.clone());
        let work = async move {
            delete(&format!("/api/posts/{id}")).await?;
            list.remove(&id);
            focus(LIST);
            let undo = Callback::new(move |()| draft.restore(text.clone(), toasts));
            toasts.show_with_action("Post deleted.", "Undo", undo);
            Ok(())
        };
        form.send(work, || ());
    });
    view! {
        <li class="card post">
            <p class="post-body" dir="auto">{body}</p>
            <div class="post-foot">
                <p class="post-by"><strong><bdi translate="no">{author}</bdi></strong> {format!(" · {}", moment(&created_at))}</p>
                <ShowWhen when=is_own>
                    <span class="badge">"You"</span>
                    <button type="button" class="link post-delete" disabled=busy on:click=move |_| delete_post.run(())>"Delete"</button>
                </ShowWhen>
            </div>
            <ErrorNotice error=form.error />
        </li>
    }
}

/// The maximum length of a post, in characters.
const MAX_LENGTH: usize = 500;

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
    // The server counts the same characters, without the spaces around the text.
    let length = Memo::new(move |_| text.with(|text| text.trim().chars().count()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match length.get_untracked() {
            0 => form.error.set(Some(AppError::field("body", "Write something first."))),
            length if length > MAX_LENGTH => {}
            _ => return draft.send(focus),
        }
        focus();
    };
    let count = Signal::derive(move || format!("{} / {MAX_LENGTH}", length.get()));
    let too_long = Signal::derive(move || match length.get().saturating_sub(MAX_LENGTH) {
        0 => String::new(),
        1 => "Your post is 1 character too long.".to_owned(),
        surplus => format!("Your post is {surplus} characters too long."),
    });
    let is_too_long = Signal::derive(move || (length.get() > MAX_LENGTH).to_string());
    view! {
        <form class="card compose" method="post" on:submit=submit novalidate>
            <label for="body">"What's on your mind?"</label>
            <p class="field-hint" id="body-hint">"Posts are public: everyone who is logged in here can read them."</p>
            <textarea
                id="body"
                name="body"
                dir="auto"
                rows="3"
                required
                node_ref=node
                on:input=move |event| text.set(event_target_value(&event))
                aria-invalid=is_too_long
                aria-describedby="body-hint body-count body-error"
            ></textarea>
            <p class="counter" id="body-count"><LiveText text=count /></p>
            <div id="body-error">
                <p class="field-error" role="status"><LiveText text=too_long /></p>
                <ErrorNotice error=form.error />
            </div>
            <SubmitButton busy=form.busy label="Post" busy_label="Posting…" />
        </form>
    }
}
