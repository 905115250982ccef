//! The document shell, the app, the route table of the pages.
use leptos::prelude::*;
/// shell
pub fn shell(_options: LeptosOptions) -> impl IntoView { view! { <App/> } }
/// app
#[component]
pub fn App() -> impl IntoView { view! { "x" } }
