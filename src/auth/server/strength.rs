//! How hard a password is to guess: common ones and those made of the person's own name are refused
//! (ASVS 6.2.4, 6.2.11), and the form shows the strength while it is typed. The dictionaries stay on the
//! server: they would double what the page weighs.

use crate::{
    auth::types::{Password, Strength},
    error::{AppError, ErrorCode},
    server::state::AppState,
};
use zxcvbn::{Score, zxcvbn};

/// The work of one check grows with the length, and nobody guesses beyond this many characters.
const LOOKED_AT: usize = 72;

/// Measures a password against what an attacker tries first; `own` are words that belong to the person.
pub async fn measure(password: &Password, own: &[&str]) -> Result<Strength, AppError> {
    let text: String = password.reveal().chars().take(LOOKED_AT).collect();
    let own: Vec<String> = own.iter().flat_map(|word| parts(word)).collect();
    if is_personal(&text, &own) {
        let advice = "This password is easy to guess. It is made of your own name or address.";
        return Ok(Strength { score: 0, advice: advice.to_owned() });
    }
    let measuring = tokio::task::spawn_blocking(move || {
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        strength(&zxcvbn(&text, &own))
    });
    measuring.await.map_err(|error| {
        AppError::internal(anyhow::Error::new(error).context("measuring a password"))
    })
}

/// The same for whoever types one: a few at once, and few words of their own.
///
/// # Errors
/// `unavailable` while too many are measured.
pub async fn measure_typed(
    state: &AppState,
    password: &Password,
    own: &[String],
) -> Result<Strength, AppError> {
    let busy = |_| AppError::new(ErrorCode::Unavailable).retry_after(1);
    let _turn = state.measuring.try_acquire().map_err(busy)?;
    let own: Vec<&str> = own.iter().take(4).map(|word| cut(word)).collect();
    measure(password, &own).await
}

/// Refuses a password that is easy to guess.
///
/// # Errors
/// `validation` of the field `password`, with the reason.
pub async fn require(password: &Password, own: &[&str]) -> Result<(), AppError> {
    let Strength { score, advice } = measure(password, own).await?;
    if score >= Strength::ENOUGH { Ok(()) } else { Err(AppError::field("password", advice)) }
}

fn strength(entropy: &zxcvbn::Entropy) -> Strength {
    let score = match entropy.score() {
        Score::Zero => 0,
        Score::One => 1,
        Score::Two => 2,
        Score::Three => 3,
        _ => 4,
    };
    let warning = entropy.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    let advice = match (score < Strength::ENOUGH, warning) {
        (true, Some(warning)) => format!("This password is easy to guess. {warning}"),
        (true, None) => "This password is easy to guess. Add another word or two.".to_owned(),
        (false, _) => String::new(),
    };
    Strength { score, advice }
}

/// Whether hardly anything is left without the person's own words.
fn is_personal(password: &str, own: &[String]) -> bool {
    let mut own: Vec<&String> = own.iter().collect();
    own.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = own.iter().fold(password.to_lowercase(), |rest, word| rest.replace(*word, " "));
    rest.len() < password.len() && rest.chars().filter(|c| c.is_alphanumeric()).count() < 4
}

/// The beginning of a word that somebody may have made very long.
fn cut(word: &str) -> &str {
    word.char_indices().nth(LOOKED_AT).map_or(word, |(end, _)| &word[..end])
}

/// An address and its parts: its owner may use any of them.
fn parts(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = word
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| part.chars().count() > 2)
        .map(str::to_lowercase)
        .collect();
    parts.extend(Some(word.to_lowercase()).filter(|word| !word.is_empty()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn score(password: &str, own: &[&str]) -> u8 {
        measure(&Password::new(password.to_owned()), own).await.unwrap().score
    }

    #[tokio::test]
    async fn common_and_personal_passwords_are_weak_and_phrases_are_strong() {
        for weak in ["password", "12345678", "qwertyuiop", "iloveyou1", "aaaaaaaaaa", "Password1!"]
        {
            assert!(score(weak, &[]).await < Strength::ENOUGH, "{weak}");
        }
        assert!(score("lovelace1815", &[]).await >= Strength::ENOUGH);
        assert_eq!(score("Augusta-1815!", &["augusta-1815@example.org"]).await, 0);
        assert!(score("lovelace1815", &["ada.lovelace@example.org"]).await < Strength::ENOUGH);
        for strong in
            ["correct horse battery", "Nachtfalter im Regen", "🎟🎬🍿🎥🎞🎫📽️🎭", "x7#pQ2!vL9"]
        {
            assert!(score(strong, &["ada"]).await >= Strength::ENOUGH, "{strong}");
        }
    }

    #[tokio::test]
    async fn a_long_password_costs_no_more_than_its_beginning() {
        assert!(score(&"ab12".repeat(10_000), &[]).await <= 4);
    }
}
