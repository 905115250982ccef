//! Password strength. Common passwords and those that consist of the user's own name are refused (ASVS 6.2.4, 6.2.11),
//! and the form shows the strength while the user types. The server measures it, because the dictionaries would double
//! the size of the page.

use super::{
    Accounts,
    hash_queue::Lane,
    password::{ANY, Passwords},
};
use crate::{device::Device, error::ServiceError, identity::password_text};
use handstamp_protocol::{
    error::AppError,
    types::{Password, Strength},
};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use url::Url;
use zxcvbn::{Score, feedback::Warning, zxcvbn};

/// The number of characters that are measured. The time grows faster than the length: in the worst case, 72 characters
/// take a second of CPU time, and 32 less than a tenth of that.
const MAX_MEASURED_CHARS: usize = 32;

/// The maximum number of concurrent measurements for one network while users type.
const MAX_TYPED_PER_NETWORK: usize = 2;

/// The maximum length of an e-mail address.
const MAX_WORD_CHARS: usize = 254;

/// Measures the strength of a password. `user_inputs` are words that an attacker knows about the user. The lane may
/// have at most `max_jobs` jobs at a time. The permit is held until the job has finished, even if the caller is
/// cancelled.
async fn measure(
    passwords: &Passwords,
    password: &Password,
    user_inputs: &[&str],
    (lane, max_jobs): (&Lane, usize),
    permit: OwnedSemaphorePermit,
) -> Result<Strength, ServiceError> {
    let text: String = password_text::prepare(password).chars().take(MAX_MEASURED_CHARS).collect();
    let user_inputs: Vec<String> = user_inputs.iter().flat_map(|word| parts(word)).collect();
    if is_personal(&text, &user_inputs) {
        let advice = "Too easy to guess: it contains your name or email, or the name of this site."
            .to_owned();
        return Ok(Strength { score: 0, is_personal: true, advice });
    }
    let measuring = passwords.run(lane, max_jobs, move |_| {
        let user_inputs: Vec<&str> = user_inputs.iter().map(String::as_str).collect();
        let measured = strength(&zxcvbn(&text, &user_inputs));
        drop(permit);
        Ok(measured)
    });
    measuring.await
}

/// Measures a password while the user types, with at most four of `user_inputs`. The number of concurrent measurements
/// is limited, in total and per network.
///
/// # Errors
/// `unavailable` if too many passwords are being measured.
pub async fn measure_typed(
    accounts: &Accounts,
    password: &Password,
    user_inputs: &[String],
    device: &Device,
) -> Result<Strength, ServiceError> {
    let busy = |_| ServiceError::try_again();
    let permit = Arc::clone(&accounts.strength_permits).try_acquire_owned().map_err(busy)?;
    let service = &accounts.service_words;
    let user_inputs = user_inputs.iter().take(4).map(|word| truncate(word));
    let user_inputs: Vec<&str> = user_inputs.chain(service.iter().map(String::as_str)).collect();
    // A separate lane, so that measurements don't delay logins from the same network.
    let lane = Lane::of_device(device).for_typing();
    measure(&accounts.passwords, password, &user_inputs, (&lane, MAX_TYPED_PER_NETWORK), permit)
        .await
}

/// Returns the words of this service that users often include in passwords (ASVS 6.2.11): its name, the host of the
/// public URL, and the sender name of its e-mails.
pub fn service_words(public_url: &Url, sender: Option<&str>) -> Vec<String> {
    let words = [Some("handstamp"), public_url.host_str(), sender];
    words.into_iter().flatten().map(str::to_owned).collect()
}

/// Refuses a password that is easy to guess or consists of words of this service. Waits for a permit. `user_inputs` are
/// words that an attacker knows about the user.
///
/// # Errors
/// `validation` of the field `password`, with the reason; `unavailable` if the queue is full.
pub async fn require(
    accounts: &Accounts,
    password: &Password,
    user_inputs: &[&str],
    lane: &Lane,
) -> Result<(), ServiceError> {
    let permit = Arc::clone(&accounts.strength_permits).acquire_owned().await;
    let permit = permit.map_err(|closed| ServiceError::internal(closed.into()))?;
    let service = &accounts.service_words;
    let user_inputs: Vec<&str> =
        user_inputs.iter().copied().chain(service.iter().map(String::as_str)).collect();
    let Strength { score, advice, .. } =
        measure(&accounts.passwords, password, &user_inputs, (lane, ANY), permit).await?;
    if score >= Strength::ENOUGH { Ok(()) } else { Err(AppError::field("password", advice).into()) }
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
    let advice = if score < Strength::ENOUGH { advice(warning) } else { "" }.to_owned();
    Strength { score, is_personal: false, advice }
}

fn advice(warning: Option<Warning>) -> &'static str {
    match warning {
        None => "Too easy to guess: add another word or two.",
        Some(Warning::StraightRowsOfKeysAreEasyToGuess) => {
            "Too easy to guess: avoid straight rows of keys."
        }
        Some(Warning::ShortKeyboardPatternsAreEasyToGuess) => {
            "Too easy to guess: avoid short keyboard patterns."
        }
        Some(
            Warning::RepeatsLikeAaaAreEasyToGuess
            | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess,
        ) => "Too easy to guess: avoid repeats such as “aaa” or “abcabc”.",
        Some(Warning::ThisIsATop10Password) => {
            "Too easy to guess: it's one of the 10 most common passwords."
        }
        Some(Warning::ThisIsATop100Password) => {
            "Too easy to guess: it's one of the 100 most common passwords."
        }
        Some(Warning::ThisIsACommonPassword) => "Too easy to guess: it's a very common password.",
        Some(Warning::ThisIsSimilarToACommonlyUsedPassword) => {
            "Too easy to guess: it's similar to a common password."
        }
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => {
            "Too easy to guess: avoid sequences such as “abc” or “6543”."
        }
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
            "Too easy to guess: avoid dates and years."
        }
        Some(Warning::AWordByItselfIsEasyToGuess) => {
            "Too easy to guess: a single word isn't enough."
        }
        Some(
            Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
            | Warning::CommonNamesAndSurnamesAreEasyToGuess,
        ) => "Too easy to guess: a name isn't enough.",
    }
}

/// Returns whether fewer than four letters and digits, or only a year, remain of the password after removing the words
/// of the user and of the service.
fn is_personal(password: &str, user_inputs: &[String]) -> bool {
    let mut user_inputs: Vec<&String> = user_inputs.iter().collect();
    user_inputs.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest =
        user_inputs.iter().fold(password.to_lowercase(), |rest, word| rest.replace(*word, " "));
    let left: Vec<char> = rest.chars().filter(|c| c.is_alphanumeric()).collect();
    let is_year = left.len() == 4 && left.iter().all(char::is_ascii_digit);
    rest.len() < password.len() && (left.len() < 4 || is_year)
}

/// Truncates a word of a request, which may have any length.
fn truncate(word: &str) -> &str {
    word.char_indices().nth(MAX_WORD_CHARS).map_or(word, |(end, _)| &word[..end])
}

/// Returns a word, such as an address, and its parts. A password may contain any of them.
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
    use futures::FutureExt;

    fn lane() -> Lane {
        Lane::of("192.0.2.7/32")
    }

    fn permit() -> OwnedSemaphorePermit {
        Arc::new(tokio::sync::Semaphore::new(1)).try_acquire_owned().unwrap()
    }

    async fn score(passwords: &Passwords, password: &str, user_inputs: &[&str]) -> u8 {
        let password = Password::new(password.to_owned());
        measure(passwords, &password, user_inputs, (&lane(), ANY), permit()).await.unwrap().score
    }

    #[tokio::test]
    async fn common_and_personal_passwords_are_weak_and_phrases_are_strong() {
        let passwords = Passwords::new().unwrap();
        let score = |password, user_inputs| score(&passwords, password, user_inputs);
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
    async fn passwords_made_of_the_words_of_the_service_are_weak() {
        let passwords = Passwords::new().unwrap();
        let url = "https://tickets.kinopalast.example".parse().unwrap();
        let service = service_words(&url, Some("Lichtspiele"));
        let user_inputs: Vec<&str> =
            ["ada"].into_iter().chain(service.iter().map(String::as_str)).collect();
        for weak in [
            "handstamp1",
            "Handstamp2026!",
            "kinopalast",
            "Kinopalast-2026",
            "tickets.kinopalast",
            "lichtspiele1",
        ] {
            assert!(score(&passwords, weak, &user_inputs).await < Strength::ENOUGH, "{weak}");
        }
        assert!(score(&passwords, "correct horse battery", &user_inputs).await >= Strength::ENOUGH);
    }

    #[tokio::test]
    async fn only_the_beginning_of_a_long_password_is_measured() {
        let passwords = Passwords::new().unwrap();
        let long = "password".repeat(4) + "x7#pQ2!vL9";
        assert!(score(&passwords, &long, &[]).await < Strength::ENOUGH);
        assert_eq!(score(&passwords, &"4@8({[<3691!|70$5+%2".repeat(2000), &[]).await, 4);
    }

    /// Passwords that caused overflows in builds with overflow checks.
    #[tokio::test]
    async fn any_password_can_be_measured() {
        let passwords = Passwords::new().unwrap();
        for odd in ["", "78".repeat(16).as_str(), "\0\0\0\0", "a\u{301}".repeat(40).as_str()] {
            assert!(score(&passwords, odd, &[]).await <= 4, "{odd:?}");
        }
    }

    /// Otherwise a client could exceed the limit by disconnecting.
    #[tokio::test]
    async fn the_permit_is_held_until_the_work_is_done() {
        let passwords = Arc::new(Passwords::new().unwrap());
        let (open, shut) = std::sync::mpsc::channel::<()>();
        let shut = Arc::new(std::sync::Mutex::new(shut));
        for _ in 0..8 {
            let (passwords, shut) = (Arc::clone(&passwords), Arc::clone(&shut));
            tokio::spawn(async move {
                let work = move |_: &mut _| Ok(shut.lock().is_ok_and(|shut| shut.recv().is_ok()));
                passwords.run(&lane(), ANY, work).await
            });
        }
        tokio::task::yield_now().await;
        let permits = Arc::new(tokio::sync::Semaphore::new(1));
        let permit = Arc::clone(&permits).try_acquire_owned().unwrap();
        let password = Password::new("correct horse battery".to_owned());
        let lane = lane();
        let mut measuring = Box::pin(measure(&passwords, &password, &[], (&lane, ANY), permit));
        assert!(measuring.as_mut().now_or_never().is_none());
        drop(measuring);
        assert_eq!(permits.available_permits(), 0);
        drop(open);
        drop(permits.acquire().await.unwrap());
    }
}
