//! The letters, each as text and as HTML from the same words.

use super::MailContent;
use super::link_purpose::Purpose;
use handstamp_engine::clock::Timestamp;
use std::time::Duration;
use time::OffsetDateTime;
use url::Url;

/// A notice is worth reading days later.
const NOTICE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// The letter around a link that was requested at `at`. `account` is the name of the account that it is about: a
/// reader has to see whose account the address is confirmed for. Any stranger may have chosen that name. `origin` says
/// when and where it was caused.
pub fn link(
    to: &str,
    purpose: Purpose,
    account: Option<&str>,
    origin: Option<&str>,
    link: &Url,
    at: Timestamp,
) -> MailContent {
    let (subject, words, button, warning) = match purpose {
        Purpose::LogIn => (
            "Your link to log in",
            "Open this link in the browser in which you asked for it. It works once, for ten minutes. \
             If this address has no account yet, the link creates one.",
            "Log in",
            "If you didn't request this, you can ignore this e-mail: no one can log in without the link.",
        ),
        Purpose::ConfirmEmail => (
            "Please confirm your e-mail address",
            "An account was created with this address. If you created it, open this link within a day.",
            "Confirm the address",
            "If you didn't, you can ignore this e-mail: the address stays unconfirmed.",
        ),
        Purpose::ChangeEmail => (
            "Please confirm your new e-mail address",
            "A user wants to use this address for their account. If that is you, open this link \
             within a day.",
            "Use this address",
            "If it is not you, you can ignore this e-mail: nothing changes.",
        ),
        Purpose::ResetPassword => (
            "Choose a new password",
            "Open this link to choose a new password. It works once, for ten minutes.",
            "Choose a new password",
            "If you didn't request this, you can ignore this e-mail: your password stays as it is.",
        ),
        Purpose::EndSecondFactor => (
            "Two-step login was switched on",
            "Two-step login was switched on in your account. If this was you, do nothing.",
            "This was not me: switch it off",
            "If this was not you, open the link within 72 hours. It switches two-step login off and \
             ends all sessions. Then choose a new password, also for your mail.",
        ),
    };
    let account = account.map(|name| format!("The account is called {}.", unlinked(name)));
    let words: Vec<&str> =
        [Some(words), account.as_deref(), origin].into_iter().flatten().collect();
    let lifetime = purpose.lifetime();
    // That one reports what happened, like a notice.
    let is_notice = purpose == Purpose::EndSecondFactor;
    MailContent {
        lifetime,
        is_notice,
        ..letter(to, &titled(subject, at), &words, Some((button, link)), warning)
    }
}

/// The letter about something serious that happened to an account. `place` has the words of
/// `auth/server/http/device.rs` and a network, and nothing that a client chose.
pub fn notice(to: &str, what: &str, place: &str, at: Timestamp) -> MailContent {
    let subject = titled("Something changed in your account", at);
    let origin = origin(place, at);
    let advice = "If this was you, there is nothing to do. If not, another person has your password or reads \
                  your mail: choose a new password, also for your mail, and end the sessions you don't know.";
    MailContent { is_notice: true, ..letter(to, &subject, &[what, &origin], None, advice) }
}

/// A subject that no other mail of its kind has: mail programs show mails with one subject as one.
fn titled(subject: &str, at: Timestamp) -> String {
    let date = date_time(at);
    // Short enough for one line of a header (RFC 5322 §2.1.1).
    let month = date.month().to_string().chars().take(3).collect::<String>();
    let (day, year) = (date.day(), date.year());
    let (hour, minute, second) = date.to_hms();
    format!("{subject} ({day} {month} {year}, {hour:02}:{minute:02}:{second:02} UTC)")
}

fn moment(at: Timestamp) -> String {
    let date = date_time(at);
    let (weekday, day, month, year) = (date.weekday(), date.day(), date.month(), date.year());
    let (hour, minute, _) = date.to_hms();
    format!("{weekday}, {day} {month} {year}, {hour:02}:{minute:02} UTC")
}

fn date_time(at: Timestamp) -> OffsetDateTime {
    // Fails for years beyond 9999 only.
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Returns a name of which mail programs make no link: with a space on both sides of each dot.
fn unlinked(name: &str) -> String {
    name.split('.').collect::<Vec<_>>().join(" . ").trim().to_owned()
}

/// Says when and where something happened.
pub fn origin(place: &str, at: Timestamp) -> String {
    let when = moment(at);
    let place = if place.is_empty() { "an unknown device" } else { place };
    format!("When: {when}. From: {place}.")
}

fn letter(
    to: &str,
    subject: &str,
    paragraphs: &[&str],
    button: Option<(&str, &Url)>,
    end: &str,
) -> MailContent {
    let mut text = paragraphs.join("\n\n");
    let mut html: String = paragraphs.iter().map(|words| paragraph(words)).collect();
    if let Some((label, url)) = button {
        text = format!("{text}\n\n{label}:\n{url}");
        let (label, url) = (escaped(label), escaped(url.as_str()));
        html = format!("{html}<p><a href=\"{url}\">{label}</a></p>\n<p>{url}</p>\n");
    }
    text = format!("{text}\n\n{end}\n\nHandstamp\n");
    // `format-detection`: what looks like a telephone number in a name becomes no link either.
    html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no\">\
         <title>{}</title></head>\n<body>\n{html}{}<p>Handstamp</p>\n</body></html>\n",
        escaped(subject),
        paragraph(end)
    );
    MailContent {
        to: to.to_owned(),
        subject: subject.to_owned(),
        text,
        html,
        link: button.map(|(_, url)| url.to_string()),
        lifetime: NOTICE,
        is_notice: false,
    }
}

fn paragraph(words: &str) -> String {
    format!("<p>{}</p>\n", escaped(words))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_800_000_005_000);
    const PURPOSES: [Purpose; 5] = [
        Purpose::LogIn,
        Purpose::ConfirmEmail,
        Purpose::ChangeEmail,
        Purpose::ResetPassword,
        Purpose::EndSecondFactor,
    ];

    #[test]
    fn both_parts_say_the_same_and_nothing_in_them_is_markup_by_accident() {
        let url = Url::parse("https://a.example/magic/hsm_x").unwrap();
        for purpose in PURPOSES {
            let letter = link("ada@example.org", purpose, Some("Ada"), Some("<here>"), &url, AT);
            for part in [&letter.text, &letter.html] {
                assert_eq!(
                    part.matches("https://a.example/magic/hsm_x").count() % 2,
                    usize::from(part == &letter.text)
                );
            }
        }
        let notice = notice("ada@example.org", "<b>&", "\"here\"", AT);
        assert!(notice.html.contains("&lt;b&gt;&amp;") && notice.html.contains("&quot;here&quot;"));
        assert!(notice.text.contains("<b>&"));
    }

    #[test]
    fn times_are_for_people_and_subjects_fit_a_line() {
        let notice = notice("ada@example.org", "The password was changed.", "", AT);
        assert!(
            notice.text.contains("When: Friday, 15 January 2027, 08:00 UTC."),
            "{}",
            notice.text
        );
        assert_eq!(notice.subject, "Something changed in your account (15 Jan 2027, 08:00:05 UTC)");
        let url = Url::parse("https://a.example/magic/hsm_x").unwrap();
        for purpose in PURPOSES {
            let letter = link("ada@example.org", purpose, Some("Ada"), None, &url, AT);
            assert!(letter.subject.ends_with(" (15 Jan 2027, 08:00:05 UTC)"));
            assert!("Subject: ".len() + letter.subject.len() <= 78, "{}", letter.subject);
            assert!(!letter.subject.contains("Ada") && !letter.subject.contains("hsm_"));
        }
    }

    #[test]
    fn a_name_becomes_no_link() {
        for (name, expected) in [
            ("win.evil.com", "win . evil . com"),
            ("Ada", "Ada"),
            (".ada.", ". ada ."),
            ("a..b", "a .  . b"),
        ] {
            assert_eq!(unlinked(name), expected);
        }
    }
}
