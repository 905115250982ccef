//! Explains the lab: a decoder of the access token, a comparison with other designs, what an injected script gets, a
//! quiz and a glossary. `words` switches between the picture's words and the field's.

pub mod compare;
pub mod decoder;
pub mod glossary;
pub mod quiz;
pub mod stored;
pub mod words;
pub mod xss;

use compare::Compare;
use decoder::Decoder;
use glossary::Glossary;
use leptos::prelude::*;
use quiz::Quiz;
use xss::Xss;

/// All of it.
#[component]
pub fn Learn() -> impl IntoView {
    view! {
        <div class="learn">
            <Decoder />
            <Compare />
            <Xss />
            <Quiz />
            <Glossary />
        </div>
    }
}
