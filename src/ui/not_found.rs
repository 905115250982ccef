//! The page for unknown paths.

use handstamp_protocol::paths;
use leptos::prelude::*;
use leptos_meta::Title;

/// The page for unknown paths.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Title text="Page not found" />
        <section class="card form-card">
            <h1>"Page not found"</h1>
            <p>"We couldn't find that page. It may have moved, or the address may be wrong."</p>
            <p class="actions"><a class="button" href=paths::HOME>"Back to home"</a></p>
        </section>
    }
}
