//! The page for unknown paths.

use handstamp_protocol::paths;
use leptos::prelude::*;
use leptos_meta::Title;

/// The page for unknown paths.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Title text="Not found" />
        <section class="card form-card">
            <h1>"Page not found"</h1>
            <p>"There is no page at this address."</p>
            <p class="actions"><a class="button" href=paths::HOME>"Go to the home page"</a></p>
        </section>
    }
}
