//! What somebody is about to say. It outlives the page that it is typed on, because what is sent may be
//! answered, or fail, when that page is left; in memory alone.

use crate::{
    auth::client::{
        Session,
        api::post,
        state::{SessionState, SignedOutReason},
        use_session,
    },
    protocol::{
        error::EndReason,
        json_api::{NewPost, Post},
    },
    ui::submission::Submission,
};
use leptos::prelude::*;

/// The post that is being typed, and its way to the server.
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    /// The text so far.
    pub text: RwSignal<String>,
    /// Whether it is on its way, and what went wrong.
    pub form: Submission,
    /// What was written last.
    pub written: RwSignal<Option<Post>>,
    author: StoredValue<Option<String>>,
    session: Session,
}

impl Draft {
    /// Provides the draft to all pages. Whoever logs out takes it along; whose session ended otherwise finds it
    /// after logging in again.
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
                (SessionState::SignedOut(reason), _) if is_leave(reason) => draft.belong_to(None),
                (_, Some(user)) => draft.belong_to(Some(user.id)),
                _ => {}
            }
        });
    }

    /// Nobody is shown what another person typed.
    fn belong_to(self, author: Option<String>) {
        if self.author.with_value(|before| *before == author) {
            return;
        }
        self.author.set_value(author);
        self.text.set(String::new());
        self.form.put_aside();
        self.written.set(None);
    }

    /// Sends it; `done` runs when it is written or has failed.
    pub fn send(self, done: impl Fn() + Clone + 'static) {
        let here = move || untrack(|| self.session.user()).map(|user| user.id);
        let (body, author) = (self.text.get_untracked(), here());
        let failed = done.clone();
        let write = async move {
            let answer = post::<Post>("/api/posts", &NewPost { body: body.clone() }).await;
            if here() != author {
                // The page says why; and whoever is here now may have nothing to do with it.
                return Ok(());
            }
            self.written.set(Some(answer?));
            // What was typed meanwhile stays.
            if self.text.with_untracked(|text| *text == body) {
                self.text.set(String::new());
            }
            done();
            Ok(())
        };
        self.form.send(write, failed);
    }
}

/// Whether the person wanted to be gone.
fn is_leave(reason: SignedOutReason) -> bool {
    matches!(
        reason,
        SignedOutReason::LoggedOut
            | SignedOutReason::LoggedOutUnconfirmed
            | SignedOutReason::Revoked(Some(
                EndReason::LoggedOut | EndReason::LoggedOutEverywhere | EndReason::AccountDeleted
            ))
    )
}
