//! Formats an e-mail as a message (RFC 5322).

use super::{MailContent, address};
use crate::db::mail::MailRow;
use anyhow::Context;
use handstamp_engine::clock::Timestamp;
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::extension::ClientId,
};
use std::time::{Duration, SystemTime};

/// Marks the message as automatic, so that no auto-responder replies to it (RFC 3834 §5).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// Formats the message. All attempts to send an e-mail have the same `Message-ID` and `Date`, so that the mail server
/// can recognise a duplicate.
///
/// # Errors
/// Fails if the address is invalid.
pub(super) fn message(
    email: MailContent,
    row: &MailRow,
    from: Mailbox,
    host: &ClientId,
) -> anyhow::Result<Message> {
    let to = address::recipient(&email.to).context("the address is invalid")?;
    Message::builder()
        .message_id(Some(format!("<{}@{host}>", row.id)))
        .date(system_time(row.created_at))
        .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(email.subject)
        .multipart(MultiPart::alternative_plain_html(email.text, email.html))
        .context("formatting an e-mail")
}

fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or(0))
}
