//! Conditional views.
//!
//! Leptos compiles `Show`, `For` and every closure of a view once per type. These components take one type each, and
//! so do the views that use them: `Signal<bool>`, `Signal<String>` (`docs/performance.md` has the sizes).

use leptos::prelude::*;

/// Shows its children while `when` is true.
#[component]
pub fn ShowWhen(#[prop(into)] when: Signal<bool>, children: ChildrenFn) -> impl IntoView {
    let when = Memo::new(move |_| when.get());
    move || when.get().then(|| children())
}

/// Shows its children while there is a key, and creates them again when the key changes.
#[component]
pub fn Keyed(#[prop(into)] key: Signal<Option<String>>, children: ChildrenFn) -> impl IntoView {
    let children = StoredValue::new(children);
    view! {
        <For each=move || key.get() key=String::clone let:_key>
            {children.with_value(|children| children())}
        </For>
    }
}
