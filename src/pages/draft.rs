//! The post that the user is writing. It is kept in memory across pages, because a post may be accepted, or fail,
//! after the user has left the page. The storage of the tab keeps its text over a reload.

use crate::ui::{storage, submission::Submission, toast::Toasts};
use handstamp_leptos::client::{
    Session,
    api::post,
    state::{LogoutReason, SessionState},
    use_session,
};
use handstamp_protocol::{
    error::EndReason,
    json_api::{NewPost, Post},
};
use leptos::{prelude::*, task::spawn_local};

/// The item of the storage: the id of the author, and the text after a line break.
const STORED: &str = "handstamp-draft";

/// The draft of a post, and its submission.
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    /// The text.
    pub text: RwSignal<String>,
    /// The submission of the post.
    pub form: Submission,
    /// The last post that the server accepted.
    pub written: RwSignal<Option<Post>>,
    author: StoredValue<Option<String>>,
    session: Session,
}

impl Draft {
    /// Provides the draft to all pages. A logout discards it. If the session ends otherwise, the user finds it after
    /// logging in again.
    pub fn provide() {
        let session = use_session();
        let draft = Self {
            text: RwSignal::default(),
            form: Submission::new(),
            written: RwSignal::new(None),
            author: StoredValue::new(None),
            session,
        };
        provide_context(draft);
        Effect::new(move || {
            let snapshot = session.get();
            match (snapshot.state, snapshot.user) {
                (SessionState::LoggedOut(reason), _) if is_voluntary(reason) => {
                    store(None, "");
                    draft.discard_for_other_users(None);
                }
                (_, Some(user)) => draft.discard_for_other_users(Some(user.id)),
                _ => {}
            }
        });
        Effect::new(move || {
            let text = draft.text.get();
            if let Some(author) = draft.author.get_value() {
                store(Some(&author), &text);
            }
        });
    }

    /// Discards the draft unless `author` has written it. Restores the draft of this author from before a reload.
    fn discard_for_other_users(self, author: Option<String>) {
        if self.author.with_value(|before| *before == author) {
            return;
        }
        let text = author.as_deref().and_then(stored).unwrap_or_default();
        self.author.set_value(author);
        self.text.set(text);
        self.form.reset();
        self.written.set(None);
    }

    /// Writes a post that the user has deleted again, with the text that it had.
    pub fn restore(self, body: String, toasts: Toasts) {
        spawn_local(async move {
            match post::<Post>("/api/posts", &NewPost { body }).await {
                Ok(post) => self.written.set(Some(post)),
                Err(error) => toasts.show(error.detail),
            }
        });
    }

    /// Sends the post. `done` runs when it is accepted or has failed.
    pub fn send(self, done: impl Fn() + Clone + 'static) {
        let current_user = move || untrack(|| self.session.user()).map(|user| user.id);
        let (body, author) = (self.text.get_untracked(), current_user());
        let failed = done.clone();
        let write = async move {
            let response = post::<Post>("/api/posts", &NewPost { body: body.clone() }).await;
            if current_user() != author {
                // The session notice says why, and another user may be logged in now.
                return Ok(());
            }
            self.written.set(Some(response?));
            // Keeps what the user typed after sending.
            if self.text.with_untracked(|text| *text == body) {
                self.text.set(String::new());
            }
            done();
            Ok(())
        };
        self.form.send(write, failed);
    }
}

/// Stores the draft, or removes an empty one.
fn store(author: Option<&str>, text: &str) {
    let Some(storage) = storage::of_tab() else { return };
    let _ = match author.filter(|_| !text.is_empty()) {
        Some(author) => storage.set_item(STORED, &format!("{author}\n{text}")),
        None => storage.remove_item(STORED),
    };
}

/// Returns the stored draft of this author.
fn stored(author: &str) -> Option<String> {
    let item = storage::of_tab()?.get_item(STORED).ok().flatten()?;
    let (of, text) = item.split_once('\n')?;
    (of == author).then(|| text.to_owned())
}

/// Whether the user ended the session.
fn is_voluntary(reason: LogoutReason) -> bool {
    matches!(
        reason,
        LogoutReason::LoggedOut
            | LogoutReason::LoggedOutUnconfirmed
            | LogoutReason::Revoked(Some(
                EndReason::LoggedOut | EndReason::LoggedOutEverywhere | EndReason::AccountDeleted
            ))
    )
}
