//! What stands at every other address.

use leptos::prelude::*;
use leptos_meta::Title;

/// The page for an address that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Title text="Not found" />
        <section class="card form-card">
            <h1>"No such screen"</h1>
            <p>"There is nothing at this address. The film may have moved, or it never ran."</p>
            <p class="actions"><a class="button" href="/">"Back to the foyer"</a></p>
        </section>
    }
}
