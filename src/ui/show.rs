//! Views that come and go.
//!
//! Leptos compiles `Show`, `For` and every closure of a view anew for each type that it is used with.
//! These take one type each, and so do the views that use them: `Signal<bool>`, `Signal<String>`
//! (`docs/performance.md` says what the page weighs).

use leptos::prelude::*;

/// Shows its children while `when` holds.
#[component]
pub fn Shown(
    /// The condition.
    #[prop(into)]
    when: Signal<bool>,
    /// What is shown.
    children: ChildrenFn,
) -> impl IntoView {
    let when = Memo::new(move |_| when.get());
    move || when.get().then(|| children())
}

/// Shows its children while there is a key, and begins anew with new ones when it changes.
#[component]
pub fn Keyed(
    /// What the children belong to.
    #[prop(into)]
    key: Signal<Option<String>>,
    /// What is shown.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    view! {
        <For each=move || key.get() key=String::clone let:_key>
            {children.with_value(|children| children())}
        </For>
    }
}
