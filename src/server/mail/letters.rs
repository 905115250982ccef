//! The letters, each as text and as HTML from the same words.

use super::Letter;
use crate::{auth::server::links::Purpose, server::clock::Timestamp};
use std::time::Duration;
use url::Url;

/// A notice is worth reading days later.
const NOTICE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// The letter around a link. `account` is the name of the account that it is about, where that counts: a
/// person has to see whose account they confirm their address for. `origin` says when and where it was caused.
pub fn link(
    to: &str,
    purpose: Purpose,
    account: Option<&str>,
    origin: Option<&str>,
    link: &Url,
) -> Letter {
    let (subject, words, button, warning) = match purpose {
        Purpose::LogIn => (
            "Your link to log in",
            "Open this link in the browser in which you asked for it. It works once, for ten minutes. \
             Where this address has no account yet, it makes one.",
            "Log in",
            "If you did not ask for it, do nothing: without this link nobody gets in.",
        ),
        Purpose::ConfirmEmail => (
            "Please confirm your e-mail address",
            "Somebody has signed up with this address. If it was you, open this link within a day.",
            "Confirm the address",
            "If it was not you, do nothing: the address stays unconfirmed.",
        ),
        Purpose::ChangeEmail => (
            "Please confirm your new e-mail address",
            "Somebody wants to use this address for their account. If it was you, open this link \
             within a day.",
            "Use this address",
            "If it was not you, do nothing: nothing changes.",
        ),
        Purpose::ResetPassword => (
            "Choose a new password",
            "Open this link to choose a new password. It works once, for ten minutes.",
            "Choose a new password",
            "If you did not ask for it, do nothing: your password stays as it is.",
        ),
        Purpose::EndSecondFactor => (
            "Two-step login was switched on",
            "Two-step login was switched on in your account. If this was you, do nothing.",
            "This was not me: switch it off",
            "If this was not you, open the link within 72 hours. It switches two-step login off and \
             ends all sessions. Then choose a new password, also for your mail.",
        ),
    };
    let account = account.map(|name| format!("The account is called {name}."));
    let words: Vec<&str> =
        [Some(words), account.as_deref(), origin].into_iter().flatten().collect();
    letter(to, subject, &words, Some((button, link)), warning, purpose.lifetime())
}

/// The letter about something serious that happened to an account.
pub fn notice(to: &str, what: &str, place: &str, at: Timestamp) -> Letter {
    let origin = origin(place, at);
    let advice = "If that was you, all is well. If not, somebody else has your password or reads your \
                  mail: choose a new password, also for your mail, and end the sessions you don't know.";
    letter(to, "Something changed in your account", &[what, &origin], None, advice, NOTICE)
}

/// Says when and where something happened.
pub fn origin(place: &str, at: Timestamp) -> String {
    let when = at.rfc3339();
    let place = if place.is_empty() { "an unknown device" } else { place };
    format!("When: {when}. From: {place}.")
}

fn letter(
    to: &str,
    subject: &str,
    paragraphs: &[&str],
    button: Option<(&str, &Url)>,
    end: &str,
    lifetime: Duration,
) -> Letter {
    let mut text = paragraphs.join("\n\n");
    let mut html: String = paragraphs.iter().map(|words| paragraph(words)).collect();
    if let Some((label, url)) = button {
        text = format!("{text}\n\n{label}:\n{url}");
        let (label, url) = (escaped(label), escaped(url.as_str()));
        html = format!("{html}<p><a href=\"{url}\">{label}</a></p><p>{url}</p>");
    }
    text = format!("{text}\n\n{end}\n\nHandstamp\n");
    html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
         <body>{html}{}<p>Handstamp</p></body></html>",
        escaped(subject),
        paragraph(end)
    );
    Letter {
        to: to.to_owned(),
        subject: subject.to_owned(),
        text,
        html,
        link: button.map(|(_, url)| url.to_string()),
        lifetime,
    }
}

fn paragraph(words: &str) -> String {
    format!("<p>{}</p>", escaped(words))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_say_the_same_and_nothing_in_them_is_markup_by_accident() {
        let url = Url::parse("https://a.example/magic/hsm_x").unwrap();
        for purpose in [
            Purpose::LogIn,
            Purpose::ConfirmEmail,
            Purpose::ChangeEmail,
            Purpose::ResetPassword,
            Purpose::EndSecondFactor,
        ] {
            let letter = link("ada@example.org", purpose, Some("Ada"), Some("<here>"), &url);
            for part in [&letter.text, &letter.html] {
                assert_eq!(
                    part.matches("https://a.example/magic/hsm_x").count() % 2,
                    usize::from(part == &letter.text)
                );
            }
        }
        let notice = notice("ada@example.org", "<b>&", "\"here\"", Timestamp(0));
        assert!(notice.html.contains("&lt;b&gt;&amp;") && notice.html.contains("&quot;here&quot;"));
        assert!(notice.text.contains("<b>&") && notice.text.contains("1970-01-01T00:00:00Z"));
    }
}
