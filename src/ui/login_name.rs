//! The user name or the address that the user has typed on one of the pages for logging in. The others fill it in.

use handstamp_leptos::client::use_session;
use leptos::prelude::*;
use web_sys::HtmlInputElement;

/// The text. It stays in the memory of the page, and is in no address and no storage.
#[derive(Debug, Clone, Copy)]
pub struct TypedLoginName(RwSignal<String>);

impl TypedLoginName {
    /// Provides the text to all pages. A login discards it, so that it is not shown to the next user.
    pub fn provide() {
        let typed = Self(RwSignal::default());
        provide_context(typed);
        let session = use_session();
        Effect::new(move || {
            if session.user().is_some() {
                typed.set(String::new());
            }
        });
    }

    /// Returns the text of this page.
    pub fn current() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::default()))
    }

    /// Remembers what was typed.
    pub fn set(self, text: String) {
        let _ = self.0.try_set(text);
    }

    /// Fills an empty field. A field of the type `email` takes only an address.
    pub fn fill(self, input: &HtmlInputElement) {
        let typed = self.0.try_get_untracked().unwrap_or_default();
        if input.value().is_empty() && (input.type_() != "email" || typed.contains('@')) {
            input.set_value(&typed);
        }
    }
}
