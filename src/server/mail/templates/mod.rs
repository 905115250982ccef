//! The texts of the e-mails: what an app has to provide to send its own ([`MailTemplates`]), and the texts of Handstamp
//! ([`DefaultTemplates`]).

mod default;

pub use default::DefaultTemplates;

use super::link_purpose::Purpose;
use super::{MailContent, Mailer};
use crate::error::ServiceError;
use handstamp_engine::clock::Timestamp;
use handstamp_protocol::security_event::SecurityEvent;
use std::{fmt::Debug, time::Duration};
use url::Url;

/// How long a notice is worth sending: it is worth reading days later.
const NOTICE_LIFETIME: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Writes the e-mails to the users of an app. The recipient, the time and the link are not its concern.
///
/// An app that wants its own product name, texts or language puts its own into
/// [`Extensions`](crate::http::state::Extensions). This one has its own login link, and everything else from Handstamp:
///
/// ```
/// use handstamp_server::{
///     http::state::Extensions,
///     mail::{
///         link_purpose::Purpose,
///         templates::{DefaultTemplates, LinkMail, MailTemplates, MailText, NoticeMail},
///     },
/// };
/// use std::sync::Arc;
///
/// #[derive(Debug)]
/// struct FilmClubTemplates;
///
/// impl MailTemplates for FilmClubTemplates {
///     fn link(&self, mail: &LinkMail<'_>) -> anyhow::Result<MailText> {
///         if mail.purpose != Purpose::LogIn {
///             return DefaultTemplates.link(mail);
///         }
///         let link = mail.link;
///         Ok(MailText {
///             subject: "Welcome back to the Film Club".to_owned(),
///             text: format!("Log in to the Film Club: {link}\n"),
///             html: format!("<p><a href=\"{link}\">Log in to the Film Club</a></p>\n"),
///         })
///     }
///
///     fn notice(&self, mail: &NoticeMail<'_>) -> anyhow::Result<MailText> {
///         DefaultTemplates.notice(mail)
///     }
/// }
///
/// let extensions =
///     Extensions { mail_templates: Arc::new(FilmClubTemplates), ..Extensions::default() };
/// ```
pub trait MailTemplates: Send + Sync + Debug {
    /// Writes an e-mail with a link.
    ///
    /// # Errors
    /// Fails if the text can't be rendered. Then the request fails, and nothing is sent.
    fn link(&self, mail: &LinkMail<'_>) -> anyhow::Result<MailText>;

    /// Writes an e-mail about something serious that happened to an account.
    ///
    /// # Errors
    /// Fails if the text can't be rendered. Then the request fails, and what it would have reported does not happen.
    fn notice(&self, mail: &NoticeMail<'_>) -> anyhow::Result<MailText>;
}

/// What an e-mail with a link is about.
#[derive(Debug, Clone, Copy)]
pub struct LinkMail<'a> {
    /// What the link does, and how long it is valid ([`Purpose::lifetime`]).
    pub purpose: Purpose,
    /// The user name of the account, because a reader has to see whose account the address is confirmed for. It has
    /// spaces around its dots, so that mail programs make no link of it. Any stranger may have chosen it: an HTML text
    /// has to escape it.
    pub account: Option<&'a str>,
    /// The device and the network that caused the e-mail, if the e-mail has to say it. Empty if they are unknown.
    pub place: Option<&'a str>,
    /// The link.
    pub link: &'a Url,
    /// When it was requested.
    pub at: Timestamp,
}

/// What a security notice is about.
#[derive(Debug, Clone, Copy)]
pub struct NoticeMail<'a> {
    /// What happened, in a sentence with [`SecurityEvent::sentence`].
    pub event: SecurityEvent,
    /// The device and the network that caused it: words of `device.rs`, and nothing that a client
    /// chose. Empty if they are unknown.
    pub place: &'a str,
    /// When it happened.
    pub at: Timestamp,
}

/// The text of an e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText {
    /// The subject. Mail programs show e-mails with the same subject as one conversation.
    pub subject: String,
    /// For programs that show no HTML.
    pub text: String,
    /// For all others.
    pub html: String,
}

impl Mailer {
    /// Writes the e-mail around a link.
    ///
    /// # Errors
    /// Fails if the template does.
    pub fn link(&self, to: &str, mail: LinkMail<'_>) -> Result<MailContent, ServiceError> {
        let account = mail.account.map(unlinked);
        let mail = LinkMail { account: account.as_deref(), ..mail };
        let MailText { subject, text, html } =
            self.templates.link(&mail).map_err(ServiceError::internal)?;
        Ok(MailContent {
            to: to.to_owned(),
            subject,
            text,
            html,
            link: Some(mail.link.to_string()),
            lifetime: mail.purpose.lifetime(),
            // That one reports what happened, like a notice.
            is_notice: mail.purpose == Purpose::EndSecondFactor,
        })
    }

    /// Writes a security notice.
    ///
    /// # Errors
    /// Fails if the template does.
    pub fn notice(&self, to: &str, mail: NoticeMail<'_>) -> Result<MailContent, ServiceError> {
        let MailText { subject, text, html } =
            self.templates.notice(&mail).map_err(ServiceError::internal)?;
        let (to, lifetime) = (to.to_owned(), NOTICE_LIFETIME);
        Ok(MailContent { to, subject, text, html, link: None, lifetime, is_notice: true })
    }
}

/// Returns a name of which mail programs make no link: with a space on both sides of each dot.
fn unlinked(name: &str) -> String {
    name.split('.').collect::<Vec<_>>().join(" . ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

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
