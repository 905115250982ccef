//! The picture's words and the field's. Texts of the lab are written in the picture's words, and [`say`] translates
//! them.

use crate::ui::live_text::LiveText;
use leptos::prelude::*;
use std::cell::Cell;

/// The words in which the lab speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Words {
    /// Ticket, stamp, thief.
    #[default]
    Picture,
    /// Access token, refresh token, attacker.
    Field,
}

/// The words of the picture and those of the field. A term stands before its own beginning.
const TERMS: [(&str, &str); 12] = [
    ("box offices", "refresh endpoints"),
    ("box office", "refresh endpoint"),
    ("tickets", "access tokens"),
    ("ticket", "access token"),
    ("stamps", "refresh tokens"),
    ("stamp", "refresh token"),
    ("thieves", "attackers"),
    ("thief", "attacker"),
    ("re-inking", "rotating"),
    ("re-inked", "rotated"),
    ("re-inks", "rotates"),
    ("re-ink", "rotate"),
];

thread_local! {
    /// The user's choice, as long as the document is open.
    static CHOSEN: Cell<Words> = const { Cell::new(Words::Picture) };
}

#[derive(Clone, Copy)]
struct CurrentWords(RwSignal<Words>);

/// Provides the words to all components below, unless a component above has done so.
pub fn provide() {
    if use_context::<CurrentWords>().is_some() {
        return;
    }
    let words = RwSignal::new(Words::default());
    provide_context(CurrentWords(words));
    // After hydration, which has to render the same as the server.
    Effect::new(move || words.set(CHOSEN.get()));
}

/// Returns the words of [`provide`]. Without it, they are always those of the picture.
pub fn use_words() -> RwSignal<Words> {
    use_context::<CurrentWords>().map_or_else(RwSignal::default, |CurrentWords(words)| words)
}

/// Translates a text that is written in the picture's words.
pub fn say(words: Words, text: &str) -> String {
    match words {
        Words::Picture => text.to_owned(),
        Words::Field => translate(text),
    }
}

fn translate(text: &str) -> String {
    let mut said = String::with_capacity(text.len() + text.len() / 4);
    let (mut rest, mut last) = (text, ' ');
    while let Some(first) = rest.chars().next() {
        let term = if is_in_word(last) { None } else { term_at(rest) };
        let length = term.map_or(first.len_utf8(), |(picture, _)| picture.len());
        let (original, after) = rest.split_at(length);
        match term {
            Some((_, field)) => {
                fit_article(&mut said, field);
                said.push_str(&in_case_of(original, field));
            }
            None => said.push(first),
        }
        (rest, last) = (after, original.chars().last().unwrap_or(first));
    }
    said
}

fn is_in_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Returns the term with which the text starts, if it ends there with a whole word.
fn term_at(text: &str) -> Option<(&'static str, &'static str)> {
    TERMS.into_iter().find(|(picture, _)| {
        text.get(..picture.len()).is_some_and(|start| start.eq_ignore_ascii_case(picture))
            && !text[picture.len()..].starts_with(is_in_word)
    })
}

/// Changes an indefinite article at the end of the text, so that it fits the next word.
fn fit_article(said: &mut String, next: &str) {
    let Some(before) = said.strip_suffix(' ') else { return };
    let start = before
        .rfind(|character| !is_in_word(character))
        .map_or(0, |end| end + before[end..].chars().next().map_or(0, char::len_utf8));
    let article = &before[start..];
    if article.eq_ignore_ascii_case("a") || article.eq_ignore_ascii_case("an") {
        let fitting = if next.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let fitting = if article.starts_with('A') { capitalized(fitting) } else { fitting.into() };
        said.truncate(start);
        said.push_str(&fitting);
        said.push(' ');
    }
}

/// Returns `field` with capitals where `original` has them.
fn in_case_of(original: &str, field: &str) -> String {
    let is_lower = |character: char| character.is_ascii_lowercase();
    match original.starts_with(|first: char| first.is_ascii_uppercase()) {
        true if !original.contains(is_lower) => field.to_uppercase(),
        true => capitalized(field),
        false => field.to_owned(),
    }
}

fn capitalized(word: &str) -> String {
    let first = word.get(..1).unwrap_or_default().to_ascii_uppercase();
    first + word.get(1..).unwrap_or_default()
}

/// A text in the chosen words, in its own element.
#[component]
pub fn Say(
    /// In the picture's words.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let words = use_words();
    let said = Signal::derive(move || text.with(|text| say(words.get(), text)));
    view! { <LiveText text=said /> }
}

/// The switch between the words.
#[component]
pub fn WordSwitch() -> impl IntoView {
    let words = use_words();
    let choice = |value: Words, label: &'static str| {
        let is_chosen = Signal::derive(move || words.get() == value);
        let choose = move |_| {
            CHOSEN.set(value);
            words.set(value);
        };
        view! {
            <label class="choice">
                <input type="radio" name="words" autocomplete="off" prop:checked=is_chosen on:change=choose />
                <span>{label}</span>
            </label>
        }
        .into_any()
    };
    view! {
        <fieldset class="choices word-switch">
            <legend>"The words on this page"</legend>
            {choice(Words::Picture, "The picture: ticket, stamp, thief")}
            {choice(Words::Field, "The field: access token, refresh token, attacker")}
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_field(text: &str) -> String {
        say(Words::Field, text)
    }

    #[test]
    fn every_term_is_translated_in_every_form() {
        for (picture, field) in TERMS {
            assert_eq!(in_field(picture), field);
            assert_eq!(in_field(&capitalized(picture)), capitalized(field));
            assert_eq!(in_field(&picture.to_uppercase()), field.to_uppercase());
            assert_eq!(in_field(&format!("the {picture}, again")), format!("the {field}, again"));
        }
    }

    #[test]
    fn articles_fit_the_next_word() {
        for (picture, field) in [
            ("a ticket", "an access token"),
            ("A ticket expires.", "An access token expires."),
            ("a thief with a stamp", "an attacker with a refresh token"),
            ("A thief", "An attacker"),
            ("(a thief)", "(an attacker)"),
            ("“A ticket”", "“An access token”"),
            ("A box office", "A refresh endpoint"),
            ("a spent stamp", "a spent refresh token"),
            ("an old ticket", "an old access token"),
            ("pizza ticket", "pizza access token"),
            ("an ticket", "an access token"),
            ("An stamp", "A refresh token"),
        ] {
            assert_eq!(in_field(picture), field);
        }
    }

    #[test]
    fn sentences_keep_everything_else() {
        assert_eq!(
            in_field("The thief's stamp was re-inked at the box office: two tickets, no thieves."),
            "The attacker's refresh token was rotated at the refresh endpoint: two access tokens, no attackers."
        );
        assert_eq!(in_field("Ticket"), "Access token");
        assert_eq!(in_field("„Stempel“ für 日本 – ticket"), "„Stempel“ für 日本 – access token");
    }

    #[test]
    fn a_text_without_these_words_is_unchanged() {
        for text in [
            "",
            " ",
            "a",
            "A ",
            "Call the API.",
            "timestamp",
            "stamped",
            "cut_ticket",
            "ticketing",
            "re-inkable",
            "tickets2",
            "é a thiefdom",
            "an apple a day",
        ] {
            assert_eq!(in_field(text), text);
        }
    }

    #[test]
    fn the_words_of_the_picture_are_never_changed() {
        for text in ["A ticket, a stamp, a thief", "re-inked at the box office"] {
            assert_eq!(say(Words::Picture, text), text);
        }
    }
}
