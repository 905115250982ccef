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
                    forget();
                    draft.discard_for_other_users(None);
                }
                (_, Some(user)) => draft.discard_for_other_users(Some(user.id)),
                _ => {}
            }
        });
    }

    /// Restores the draft of this user from before a reload, and stores it at each change. The page of the draft calls
    /// this.
    pub fn keep_over_reloads(self) {
        let author = untrack(|| self.session.user()).map(|user| user.id);
        // This page may be set up before the draft knows the user.
        if author.is_some() {
            self.discard_for_other_users(author.clone());
        }
        if let Some(text) = author.as_deref().filter(|_| self.is_empty()).and_then(stored) {
            self.text.set(text);
        }
        Effect::new(move || {
            let text = self.text.get();
            if let Some(author) = self.author.get_value() {
                store(&author, &text);
            }
        });
    }

    fn is_empty(self) -> bool {
        self.text.with_untracked(String::is_empty)
    }

    /// Discards the draft unless `author` has written it.
    fn discard_for_other_users(self, author: Option<String>) {
        if self.author.with_value(|before| *before == author) {
            return;
        }
        self.author.set_value(author);
        self.text.set(String::new());
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

fn store(author: &str, text: &str) {
    if text.is_empty() {
        forget();
    } else if let Some(storage) = storage::of_tab() {
        let _ = storage.set_item(STORED, &format!("{author}\n{text}"));
    }
}

fn forget() {
    if let Some(storage) = storage::of_tab() {
        let _ = storage.remove_item(STORED);
    }
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
