//! How hard a password is to guess: common ones and those made of the person's own name are refused
//! (ASVS 6.2.4, 6.2.11), and the form shows the strength while it is typed. The dictionaries stay on the
//! server: they would double what the page weighs.

use super::{
    hash_queue::Lane,
    password::{ANY, Passwords},
    password_text,
};
use crate::{
    auth::server::http::device::Device,
    protocol::{
        error::AppError,
        types::{Password, Strength},
    },
    server::{config::Config, error::ServiceError, state::AppState},
};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use zxcvbn::{Score, zxcvbn};

/// The work of one check grows faster than the length: the worst 72 characters keep a processor busy for a
/// second, the worst 32 for less than a tenth of one. Guessing attacks try no more than these.
const LOOKED_AT: usize = 32;

/// How many passwords that are being typed one network may have measured at a time.
const TYPED_AT_ONCE: usize = 2;

/// The longest address there is.
const LONGEST_WORD: usize = 254;

/// Measures a password against what an attacker tries first; `own` are words that belong to the user. The
/// lane may have `most` pieces of work at a time. The turn is held until the work is done, even if the caller is
/// gone by then.
async fn measure(
    passwords: &Passwords,
    password: &Password,
    own: &[&str],
    (lane, most): (&Lane, usize),
    turn: OwnedSemaphorePermit,
) -> Result<Strength, ServiceError> {
    let text: String = password_text::prepare(password).chars().take(LOOKED_AT).collect();
    let own: Vec<String> = own.iter().flat_map(|word| parts(word)).collect();
    if is_personal(&text, &own) {
        let advice = "Too easy to guess: it is made of your own name or address, or of the name of this site.";
        return Ok(Strength { score: 0, advice: advice.to_owned() });
    }
    let measuring = passwords.run(lane, most, move |_| {
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let measured = strength(&zxcvbn(&text, &own));
        drop(turn);
        Ok(measured)
    });
    measuring.await
}

/// Measures a password while it is typed: a few at once, fewer of one network, and with few words of its own.
///
/// # Errors
/// `unavailable` while too many are measured.
pub async fn measure_typed(
    state: &AppState,
    password: &Password,
    own: &[String],
    device: &Device,
) -> Result<Strength, ServiceError> {
    let busy = |_| ServiceError::try_again();
    let turn = Arc::clone(&state.measuring).try_acquire_owned().map_err(busy)?;
    let service = service_words(&state.config);
    let own = own.iter().take(4).map(|word| cut(word));
    let own: Vec<&str> = own.chain(service.iter().map(String::as_str)).collect();
    // LazyPage from the logins of the same network, which wait for none of this.
    let lane = device.lane().for_typing();
    measure(&state.passwords, password, &own, (&lane, TYPED_AT_ONCE), turn).await
}

/// Returns the words of this service that passwords are often made of (ASVS 6.2.11): its name, the host of the
/// public URL, and the name of the sender of its mail.
pub fn service_words(config: &Config) -> Vec<String> {
    let sender = config.smtp.as_ref().and_then(|smtp| smtp.from.name.clone());
    let host = config.public_url.host_str().map(str::to_owned);
    ["handstamp".to_owned()].into_iter().chain(host).chain(sender).collect()
}

/// Refuses a password that is easy to guess, also by the words of this service. It waits for its turn. `own` are words
/// of the user.
///
/// # Errors
/// `validation` of the field `password`, with the reason; `unavailable` while too many passwords wait.
pub async fn require(
    state: &AppState,
    password: &Password,
    own: &[&str],
    lane: &Lane,
) -> Result<(), ServiceError> {
    let turn = Arc::clone(&state.measuring).acquire_owned().await;
    let turn = turn.map_err(|closed| ServiceError::internal(closed.into()))?;
    let service = service_words(&state.config);
    let own: Vec<&str> = own.iter().copied().chain(service.iter().map(String::as_str)).collect();
    let Strength { score, advice } =
        measure(&state.passwords, password, &own, (lane, ANY), turn).await?;
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
    let advice = match (score < Strength::ENOUGH, warning) {
        (true, Some(warning)) => format!("Too easy to guess. {warning}"),
        (true, None) => "Too easy to guess. Add another word or two.".to_owned(),
        (false, _) => String::new(),
    };
    Strength { score, advice }
}

/// Whether hardly anything is left without the words of the user and of the service: fewer than four letters and
/// digits, or no more than a year.
fn is_personal(password: &str, own: &[String]) -> bool {
    let mut own: Vec<&String> = own.iter().collect();
    own.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = own.iter().fold(password.to_lowercase(), |rest, word| rest.replace(*word, " "));
    let left: Vec<char> = rest.chars().filter(|c| c.is_alphanumeric()).collect();
    let is_year = left.len() == 4 && left.iter().all(char::is_ascii_digit);
    rest.len() < password.len() && (left.len() < 4 || is_year)
}

/// Truncates a word, which a client may have made very long.
fn cut(word: &str) -> &str {
    word.char_indices().nth(LONGEST_WORD).map_or(word, |(end, _)| &word[..end])
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
    use futures::FutureExt;

    fn lane() -> Lane {
        Lane::of("192.0.2.7/32")
    }

    fn turn() -> OwnedSemaphorePermit {
        Arc::new(tokio::sync::Semaphore::new(1)).try_acquire_owned().unwrap()
    }

    async fn score(passwords: &Passwords, password: &str, own: &[&str]) -> u8 {
        let password = Password::new(password.to_owned());
        measure(passwords, &password, own, (&lane(), ANY), turn()).await.unwrap().score
    }

    #[tokio::test]
    async fn common_and_personal_passwords_are_weak_and_phrases_are_strong() {
        let passwords = Passwords::new().unwrap();
        let score = |password, own| score(&passwords, password, own);
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
        let read = |name: &str| match name {
            "HANDSTAMP_SECRET" => Some("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
            "HANDSTAMP_PUBLIC_URL" => Some("https://tickets.kinopalast.example".to_owned()),
            "HANDSTAMP_SMTP_URL" => Some("smtp://localhost".to_owned()),
            "HANDSTAMP_MAIL_FROM" => Some("Lichtspiele <mail@example.org>".to_owned()),
            _ => None,
        };
        let service = service_words(&Config::read(read).unwrap());
        let own: Vec<&str> =
            ["ada"].into_iter().chain(service.iter().map(String::as_str)).collect();
        for weak in [
            "handstamp1",
            "Handstamp2026!",
            "kinopalast",
            "Kinopalast-2026",
            "tickets.kinopalast",
            "lichtspiele1",
        ] {
            assert!(score(&passwords, weak, &own).await < Strength::ENOUGH, "{weak}");
        }
        assert!(score(&passwords, "correct horse battery", &own).await >= Strength::ENOUGH);
    }

    #[tokio::test]
    async fn of_a_long_password_the_beginning_counts() {
        let passwords = Passwords::new().unwrap();
        let long = "password".repeat(4) + "x7#pQ2!vL9";
        assert!(score(&passwords, &long, &[]).await < Strength::ENOUGH);
        assert_eq!(score(&passwords, &"4@8({[<3691!|70$5+%2".repeat(2000), &[]).await, 4);
    }

    /// What overflows where overflows are looked for.
    #[tokio::test]
    async fn any_password_can_be_measured() {
        let passwords = Passwords::new().unwrap();
        for odd in ["", "78".repeat(16).as_str(), "\0\0\0\0", "a\u{301}".repeat(40).as_str()] {
            assert!(score(&passwords, odd, &[]).await <= 4, "{odd:?}");
        }
    }

    /// A client gets no second permit by disconnecting.
    #[tokio::test]
    async fn a_turn_is_held_until_the_work_is_through_the_queue() {
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
        let turns = Arc::new(tokio::sync::Semaphore::new(1));
        let turn = Arc::clone(&turns).try_acquire_owned().unwrap();
        let password = Password::new("correct horse battery".to_owned());
        let lane = lane();
        let mut measuring = Box::pin(measure(&passwords, &password, &[], (&lane, ANY), turn));
        assert!(measuring.as_mut().now_or_never().is_none());
        drop(measuring);
        assert_eq!(turns.available_permits(), 0);
        drop(open);
        drop(turns.acquire().await.unwrap());
    }
}
