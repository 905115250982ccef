//! The texts of the e-mails: the trait that an app implements for its own texts ([`MailTemplates`]), and the texts of
//! Handstamp ([`DefaultTemplates`]).

mod default;
mod notice_words;

pub use default::DefaultTemplates;

use super::{MailContent, Mailer, link_purpose::Purpose};
use crate::error::ServiceError;
use handstamp_engine::clock::Timestamp;
use handstamp_protocol::security_event::SecurityEvent;
use std::{fmt::Debug, time::Duration};
use url::Url;

/// How long delivery of a notice is attempted.
const NOTICE_LIFETIME: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// The texts of the e-mails to the users of an app. The server chooses the recipient, the time and the link.
///
/// An app with its own product name, texts or language sets its implementation in
/// [`Extensions`](crate::http::state::Extensions). This one has its own text for the login link only:
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
    /// Returns the text of an e-mail with a link.
    ///
    /// # Errors
    /// Fails if the text can't be rendered. Then the request fails, and no e-mail is sent.
    fn link(&self, mail: &LinkMail<'_>) -> anyhow::Result<MailText>;

    /// Returns the text of a security notice.
    ///
    /// # Errors
    /// Fails if the text can't be rendered. Then the request fails, and the change that it would report is not made.
    fn notice(&self, mail: &NoticeMail<'_>) -> anyhow::Result<MailText>;
}

/// The parameters of an e-mail with a link.
#[derive(Debug, Clone, Copy)]
pub struct LinkMail<'a> {
    /// The purpose of the link, which determines how long it is valid ([`Purpose::lifetime`]).
    pub purpose: Purpose,
    /// The user name of the account, if the e-mail has to contain it: the recipient has to see for which account the
    /// address is confirmed. There are spaces around its dots, so that mail programs make no link of it. An attacker
    /// may have chosen the name, so it must be escaped in HTML.
    pub account: Option<&'a str>,
    /// The device and the network of the request, if the e-mail has to contain them. Empty if they are unknown.
    pub place: Option<&'a str>,
    pub link: &'a Url,
    /// When the link was requested.
    pub at: Timestamp,
}

/// The parameters of a security notice.
#[derive(Debug, Clone, Copy)]
pub struct NoticeMail<'a> {
    /// The event. [`SecurityEvent::sentence`] returns it as a sentence.
    pub event: SecurityEvent,
    /// The device and the network of the request: built by the module [`device`](crate::device), without text
    /// of the client. Empty if they are unknown.
    pub place: &'a str,
    /// The public URL of the site, for links to its pages.
    pub site: &'a Url,
    /// The time of the event.
    pub at: Timestamp,
}

/// The text of an e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText {
    /// Mail programs show e-mails with the same subject as one conversation.
    pub subject: String,
    /// The body for mail programs that don't show HTML.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

impl Mailer {
    /// Renders an e-mail with a link.
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
            // This e-mail also is a notice: it reports that the second factor was enabled.
            is_notice: mail.purpose == Purpose::EndSecondFactor,
        })
    }

    /// Renders a security notice.
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

/// Returns a name with a space on both sides of each dot, so that mail programs make no link of it.
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
