//! The e-mails of Handstamp, as text and as HTML with the same content.

use super::{LinkMail, MailTemplates, MailText, NoticeMail, notice_words::words_of};
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
        let words = link_words(mail.purpose, mail.account);
        let origin = mail.place.map(|place| origin(place, mail.at));
        let paragraphs: Vec<&str> =
            [Some(words.text.as_str()), origin.as_deref()].into_iter().flatten().collect();
        render(&Email {
            subject: &titled(words.subject, mail.at),
            paragraphs: &paragraphs,
            button: Some(Link { label: words.label, url: mail.link }),
            ending: words.ending,
            steps: &[],
        })
    }

    fn notice(&self, mail: &NoticeMail<'_>) -> anyhow::Result<MailText> {
        let words = words_of(mail.event);
        let (reset, sessions) = (page(mail.site, "forgot"), page(mail.site, "sessions"));
        let steps = [
            Step::with_link("Reset your password", &reset),
            Step::with_link("Log out the devices that you don't know", &sessions),
            Step { label: "Change the password of your email", url: None },
        ];
        render(&Email {
            subject: &titled(words.subject, mail.at),
            paragraphs: &[words.text, &origin(mail.place, mail.at)],
            button: None,
            ending: words.advice,
            steps: if words.has_steps { &steps } else { &[] },
        })
    }
}

/// The content of both parts of an e-mail.
struct Email<'a> {
    subject: &'a str,
    paragraphs: &'a [&'a str],
    button: Option<Link<'a>>,
    ending: &'a str,
    /// What to do, in this order.
    steps: &'a [Step<'a>],
}

/// A link and its label.
#[derive(Clone, Copy)]
struct Link<'a> {
    label: &'a str,
    url: &'a Url,
}

/// Something to do, perhaps on a page of the site.
struct Step<'a> {
    label: &'a str,
    url: Option<&'a Url>,
}

impl<'a> Step<'a> {
    fn with_link(label: &'a str, url: &'a Url) -> Self {
        Self { label, url: Some(url) }
    }
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

/// The texts of an e-mail with a link.
struct LinkWords {
    subject: &'static str,
    text: String,
    label: &'static str,
    ending: &'static str,
}

fn link_words(purpose: Purpose, account: Option<&str>) -> LinkWords {
    let (subject, text, label, ending) = match purpose {
        Purpose::LogIn => (
            "Your Handstamp login link",
            "Open this link in the browser where you requested it. It works once and expires in 10 minutes. If you \
             don't have an account, it creates one."
                .to_owned(),
            "Log in",
            "Didn't request this? Ignore this email. No one can log in without the link.",
        ),
        Purpose::ConfirmEmail => (
            "Confirm your email",
            match account {
                Some(name) => {
                    format!("Hi {name}, confirm that this is your email. The link works for 24 hours.")
                }
                None => "Confirm that this is your email. The link works for 24 hours.".to_owned(),
            },
            "Confirm email",
            "Didn't sign up? Ignore this email.",
        ),
        Purpose::ChangeEmail => (
            "Confirm your new email",
            match account {
                Some(name) => format!(
                    "The account {name} asked to use this address. The link works for 24 hours."
                ),
                None => "An account asked to use this address. The link works for 24 hours.".to_owned(),
            },
            "Use this address",
            "Not you? Ignore this email. Nothing changes.",
        ),
        Purpose::ResetPassword => (
            "Reset your password",
            "Use this link to choose a new password. It works once and expires in 10 minutes.".to_owned(),
            "Choose a new password",
            "Didn't request this? Ignore this email. Your password stays the same.",
        ),
        Purpose::EndSecondFactor => (
            "Two-step login was turned on",
            match account {
                Some(name) => format!("Two-step login was turned on for your account {name}."),
                None => "Two-step login was turned on for your account.".to_owned(),
            },
            "This wasn't me: turn it off",
            "Was this you? Nothing to do. If not, open the link within 72 hours: it turns two-step login off and \
             logs out all devices. Then reset your password, and change the password of your email.",
        ),
    };
    LinkWords { subject, text, label, ending }
}

/// Returns the URL of a page of the site.
fn page(site: &Url, path: &str) -> Url {
    let mut url = site.clone();
    url.set_path(path);
    url
}

/// Returns a subject that is unique among the e-mails of its kind: mail clients group e-mails with the same subject.
fn titled(subject: &str, at: Timestamp) -> String {
    let date = date_time(at);
    let (hour, minute, second) = date.to_hms();
    // Short enough for one header line (RFC 5322 §2.1.1).
    format!("{subject} ({}, {hour:02}:{minute:02}:{second:02} UTC)", day(date))
}

/// Formats a date like "26 Nov 2026", which is read the same everywhere.
fn day(date: OffsetDateTime) -> String {
    let month = date.month().to_string().chars().take(3).collect::<String>();
    format!("{} {month} {}", date.day(), date.year())
}

fn date_time(at: Timestamp) -> OffsetDateTime {
    // Fails only for years after 9999.
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Describes the time and the device of an event.
fn origin(place: &str, at: Timestamp) -> String {
    let date = date_time(at);
    let (day, (hour, minute, _)) = (day(date), date.to_hms());
    let place = if place.is_empty() { "unknown device" } else { place };
    format!("{day}, {hour:02}:{minute:02} UTC · {place}")
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
        let site = &Url::parse("https://a.example/").unwrap();
        DefaultTemplates.notice(&NoticeMail { event, place, site, at: AT }).unwrap()
    }

    #[test]
    fn a_link_is_in_both_parts() {
        let mail = link(Purpose::ChangeEmail, Some("Firefox on Linux"));
        assert_eq!(
            mail.text,
            "The account Ada asked to use this address. The link works for 24 hours.\n\n\
             15 Jan 2027, 08:00 UTC · Firefox on Linux\n\n\
             Use this address:\nhttps://a.example/magic/hsm_x\n\n\
             Not you? Ignore this email. Nothing changes.\n\n\
             Handstamp\n"
        );
        assert_eq!(
            mail.html,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no\">\
             <title>Confirm your new email (15 Jan 2027, 08:00:05 UTC)</title></head>\n<body>\n\
             <p>The account Ada asked to use this address. The link works for 24 hours.</p>\n\
             <p>15 Jan 2027, 08:00 UTC · Firefox on Linux</p>\n\
             <p><a href=\"https://a.example/magic/hsm_x\">Use this address</a></p>\n\
             <p>https://a.example/magic/hsm_x</p>\n\
             <p>Not you? Ignore this email. Nothing changes.</p>\n\
             <p>Handstamp</p>\n</body></html>\n"
        );
    }

    #[test]
    fn a_notice_says_what_to_do_with_links() {
        let mail = notice("Firefox on Linux · near 192.0.2.x");
        assert_eq!(
            mail.text,
            "The password of your account was changed.\n\n\
             15 Jan 2027, 08:00 UTC · Firefox on Linux · near 192.0.2.x\n\n\
             Was this you? Nothing to do. If not:\n\n\
             1. Reset your password: https://a.example/forgot\n\
             2. Log out the devices that you don't know: https://a.example/sessions\n\
             3. Change the password of your email\n\n\
             Handstamp\n"
        );
        for step in [
            "<li><a href=\"https://a.example/forgot\">Reset your password</a></li>",
            "<li><a href=\"https://a.example/sessions\">Log out the devices that you don&#39;t know</a></li>",
            "<li>Change the password of your email</li>",
        ] {
            assert!(mail.html.contains(step), "{step} in {}", mail.html);
        }
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
            assert!(mail.text.contains("UTC · <here>") && !mail.html.contains("<here>"));
        }
        let notice = notice("<b>& \"here\"");
        assert!(notice.html.contains("&#60;b&#62;&#38; &#34;here&#34;"), "{}", notice.html);
        assert!(notice.text.contains("<b>& \"here\""));
    }

    #[test]
    fn times_are_readable_and_subjects_fit_in_a_header_line() {
        let notice = notice("");
        let origin = "15 Jan 2027, 08:00 UTC · unknown device";
        assert!(notice.text.contains(origin), "{}", notice.text);
        assert_eq!(notice.subject, "Your password was changed (15 Jan 2027, 08:00:05 UTC)");
        for purpose in PURPOSES {
            let mail = link(purpose, None);
            assert!(mail.subject.ends_with(" (15 Jan 2027, 08:00:05 UTC)"));
            assert!("Subject: ".len() + mail.subject.len() <= 78, "{}", mail.subject);
            assert!(!mail.subject.contains("Ada") && !mail.subject.contains("hsm_"));
        }
    }
}
