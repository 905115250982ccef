//! The e-mails of Handstamp, as text and as HTML with the same content.

use super::{LinkMail, MailTemplates, MailText, NoticeMail};
use crate::mail::link_purpose::Purpose;
use askama::Template;
use handstamp_engine::clock::Timestamp;
use time::OffsetDateTime;
use url::Url;

/// The default e-mail templates.
#[derive(Debug, Clone, Copy, Default)]
pub struct DefaultTemplates;

impl MailTemplates for DefaultTemplates {
    fn link(&self, mail: &LinkMail<'_>) -> anyhow::Result<MailText> {
        let (subject, words, label, ending) = link_words(mail.purpose);
        let account = mail.account.map(|name| format!("The account is called {name}."));
        let origin = mail.place.map(|place| origin(place, mail.at));
        let paragraphs: Vec<&str> =
            [Some(words), account.as_deref(), origin.as_deref()].into_iter().flatten().collect();
        let button = Some(Button { label, url: mail.link });
        render(&Email {
            subject: &titled(subject, mail.at),
            paragraphs: &paragraphs,
            button,
            ending,
        })
    }

    fn notice(&self, mail: &NoticeMail<'_>) -> anyhow::Result<MailText> {
        let advice = "If this was you, there is nothing to do. If not, another person has your password or reads \
                      your mail: choose a new password, also for your mail, and end the sessions you don't know.";
        render(&Email {
            subject: &titled("Something changed in your account", mail.at),
            paragraphs: &[mail.event.sentence(), &origin(mail.place, mail.at)],
            button: None,
            ending: advice,
        })
    }
}

/// The content of both parts of an e-mail.
struct Email<'a> {
    subject: &'a str,
    paragraphs: &'a [&'a str],
    button: Option<Button<'a>>,
    ending: &'a str,
}

/// A link and its label.
#[derive(Clone, Copy)]
struct Button<'a> {
    label: &'a str,
    url: &'a Url,
}

#[derive(Template)]
#[template(path = "email.txt")]
struct Text<'a> {
    email: &'a Email<'a>,
}

/// The extension `.html` enables escaping of inserted values.
#[derive(Template)]
#[template(path = "email.html")]
struct Html<'a> {
    email: &'a Email<'a>,
}

/// Renders both parts. Askama removes the newline at the end of a template, so it is added here.
fn render(email: &Email<'_>) -> anyhow::Result<MailText> {
    Ok(MailText {
        subject: email.subject.to_owned(),
        text: Text { email }.render()? + "\n",
        html: Html { email }.render()? + "\n",
    })
}

/// Returns the subject, the explanation, the label of the link, and the ending.
fn link_words(purpose: Purpose) -> (&'static str, &'static str, &'static str, &'static str) {
    match purpose {
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
    }
}

/// Returns a subject that is unique among the e-mails of its kind: mail clients group e-mails with the same subject.
fn titled(subject: &str, at: Timestamp) -> String {
    let date = date_time(at);
    // Short enough for one header line (RFC 5322 §2.1.1).
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
    // Fails only for years after 9999.
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Describes the time and the device of an event.
fn origin(place: &str, at: Timestamp) -> String {
    let when = moment(at);
    let place = if place.is_empty() { "an unknown device" } else { place };
    format!("When: {when}. From: {place}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use handstamp_protocol::security_event::SecurityEvent;

    const AT: Timestamp = Timestamp(1_800_000_005_000);
    const PURPOSES: [Purpose; 5] = [
        Purpose::LogIn,
        Purpose::ConfirmEmail,
        Purpose::ChangeEmail,
        Purpose::ResetPassword,
        Purpose::EndSecondFactor,
    ];

    fn url() -> Url {
        Url::parse("https://a.example/magic/hsm_x").unwrap()
    }

    fn link(purpose: Purpose, place: Option<&str>) -> MailText {
        let (account, link) = (Some("Ada"), &url());
        DefaultTemplates.link(&LinkMail { purpose, account, place, link, at: AT }).unwrap()
    }

    fn notice(place: &str) -> MailText {
        let event = SecurityEvent::PasswordChanged;
        DefaultTemplates.notice(&NoticeMail { event, place, at: AT }).unwrap()
    }

    #[test]
    fn a_link_is_in_both_parts() {
        let mail = link(Purpose::ChangeEmail, Some("Firefox on Linux"));
        assert_eq!(
            mail.text,
            "A user wants to use this address for their account. If that is you, open this link within a day.\n\n\
             The account is called Ada.\n\n\
             When: Friday, 15 January 2027, 08:00 UTC. From: Firefox on Linux.\n\n\
             Use this address:\nhttps://a.example/magic/hsm_x\n\n\
             If it is not you, you can ignore this e-mail: nothing changes.\n\n\
             Handstamp\n"
        );
        assert_eq!(
            mail.html,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no\">\
             <title>Please confirm your new e-mail address (15 Jan 2027, 08:00:05 UTC)</title></head>\n<body>\n\
             <p>A user wants to use this address for their account. If that is you, open this link within a day.</p>\n\
             <p>The account is called Ada.</p>\n\
             <p>When: Friday, 15 January 2027, 08:00 UTC. From: Firefox on Linux.</p>\n\
             <p><a href=\"https://a.example/magic/hsm_x\">Use this address</a></p>\n\
             <p>https://a.example/magic/hsm_x</p>\n\
             <p>If it is not you, you can ignore this e-mail: nothing changes.</p>\n\
             <p>Handstamp</p>\n</body></html>\n"
        );
    }

    #[test]
    fn text_and_html_parts_match_and_are_escaped() {
        for purpose in PURPOSES {
            let mail = link(purpose, Some("<here>"));
            for part in [&mail.text, &mail.html] {
                assert_eq!(
                    part.matches("https://a.example/magic/hsm_x").count() % 2,
                    usize::from(part == &mail.text)
                );
            }
            assert!(mail.text.contains("From: <here>.") && !mail.html.contains("<here>"));
        }
        let notice = notice("<b>& \"here\"");
        assert!(notice.html.contains("&#60;b&#62;&#38; &#34;here&#34;"), "{}", notice.html);
        assert!(notice.text.contains("<b>& \"here\""));
    }

    #[test]
    fn times_are_readable_and_subjects_fit_in_a_header_line() {
        let notice = notice("");
        let origin = "When: Friday, 15 January 2027, 08:00 UTC. From: an unknown device.";
        assert!(notice.text.contains(origin), "{}", notice.text);
        assert_eq!(notice.subject, "Something changed in your account (15 Jan 2027, 08:00:05 UTC)");
        for purpose in PURPOSES {
            let mail = link(purpose, None);
            assert!(mail.subject.ends_with(" (15 Jan 2027, 08:00:05 UTC)"));
            assert!("Subject: ".len() + mail.subject.len() <= 78, "{}", mail.subject);
            assert!(!mail.subject.contains("Ada") && !mail.subject.contains("hsm_"));
        }
    }
}
