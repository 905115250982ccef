//! Short messages about successes, at the edge of the window and in a live region.

use super::show::ShowWhen;
use leptos::prelude::*;
use std::time::Duration;

/// How long a message is shown. It stays while the pointer is on it or the focus is in it.
const SHOWN_FOR: Duration = Duration::from_secs(8);

/// When there are more messages, the oldest are removed.
const MAX_TOASTS: usize = 3;

/// The action that a message offers, such as “Undo”.
#[derive(Debug, Clone, Copy)]
struct Action {
    label: &'static str,
    run: Callback<()>,
}

#[derive(Debug, Clone)]
struct Toast {
    id: u64,
    text: String,
    action: Option<Action>,
}

/// The messages of this page. They are still shown after a navigation.
#[derive(Debug, Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    last_id: StoredValue<u64>,
    /// Whether the pointer is on the messages, or the focus is in them.
    is_held: RwSignal<bool>,
}

impl Toasts {
    /// Provides the messages to all components below the caller.
    pub fn provide() {
        provide_context(Self {
            shown: RwSignal::default(),
            last_id: StoredValue::new(0),
            is_held: RwSignal::new(false),
        });
    }

    /// Returns the messages of this page. Call it while a component is being set up.
    pub fn current() -> Self {
        expect_context()
    }

    /// Shows a message.
    pub fn show(self, text: impl Into<String>) {
        self.add(text.into(), None);
    }

    /// Shows a message with a button, which removes the message and runs `run`.
    pub fn show_with_action(
        self,
        text: impl Into<String>,
        label: &'static str,
        run: impl Into<Callback<()>>,
    ) {
        self.add(text.into(), Some(Action { label, run: run.into() }));
    }

    fn add(self, text: String, action: Option<Action>) {
        self.last_id.update_value(|id| *id += 1);
        let id = self.last_id.get_value();
        self.shown.update(|shown| {
            shown.push(Toast { id, text, action });
            let surplus = shown.len().saturating_sub(MAX_TOASTS);
            shown.drain(..surplus);
        });
        self.remove_later(id);
    }

    fn remove_later(self, id: u64) {
        set_timeout(
            move || {
                if self.is_held.get_untracked() {
                    self.remove_later(id);
                } else {
                    self.remove(id);
                }
            },
            SHOWN_FOR,
        );
    }

    fn remove(self, id: u64) {
        self.shown.update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Shows the messages. The live region exists from the start, because screen readers ignore one that is added
/// together with its text.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = Toasts::current();
    let held = toasts.is_held;
    view! {
        <div
            class="toasts"
            role="status"
            on:mouseenter=move |_| held.set(true)
            on:mouseleave=move |_| held.set(false)
            on:focusin=move |_| held.set(true)
            on:focusout=move |_| held.set(false)
        >
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                <Message toast toasts />
            </For>
        </div>
    }
}

#[component]
fn Message(toast: Toast, toasts: Toasts) -> impl IntoView {
    let Toast { id, text, action } = toast;
    let remove = move || {
        toasts.is_held.set(false);
        toasts.remove(id);
    };
    let run = move |_| {
        remove();
        if let Some(action) = action {
            action.run.run(());
        }
    };
    view! {
        <p class="toast">
            <span>{text}</span>
            <ShowWhen when=Signal::stored(action.is_some())>
                <button type="button" class="link" on:click=run>{action.map(|action| action.label)}</button>
            </ShowWhen>
            <button type="button" class="toast-close" aria-label="Close" on:click=move |_| remove()>"×"</button>
        </p>
    }
}
