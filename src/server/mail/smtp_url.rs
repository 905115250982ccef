//! Parses `HANDSTAMP_SMTP_URL`. No error contains its password.

use super::address;
use anyhow::{Context, bail};
use lettre::transport::smtp::{authentication::Credentials, extension::ClientId};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// Parses the URL. Returns `None` if it is not the URL of a mail server.
pub fn parse(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(Url::has_host)?;
    // A fragment is the rest of a password with an unescaped "#".
    (matches!(url.scheme(), "smtp" | "smtps") && url.fragment().is_none()).then_some(url)
}

/// Returns the host in the form of DNS and of certificates.
pub(super) fn host(url: &Url) -> anyhow::Result<String> {
    Ok(match url.host().context("HANDSTAMP_SMTP_URL has no host")? {
        Host::Domain(name) => idna::domain_to_ascii(&decoded(name)?)
            .context("HANDSTAMP_SMTP_URL has an invalid host name")?,
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => ip.to_string(),
    })
}

/// The value of the parameter `tls` (RFC 3207).
#[derive(Clone, Copy)]
pub(super) enum Starttls {
    Required,
    Opportunistic,
}

/// Parses the parameters of the URL. Unknown ones are rejected, because a typing error must not silently disable TLS.
pub(super) fn starttls(url: &Url) -> anyhow::Result<Option<Starttls>> {
    const KNOWN: &str = "Known are tls=required and tls=opportunistic";
    let mut tls = None;
    for (name, value) in url.query_pairs() {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match (&*name, &*value) {
            ("tls", _) if tls.is_some() => bail!("HANDSTAMP_SMTP_URL has the parameter tls twice"),
            ("tls", "required") => tls = Some(Starttls::Required),
            ("tls", "opportunistic") if url.scheme() == "smtp" => {
                tls = Some(Starttls::Opportunistic);
            }
            ("tls", _) => bail!("HANDSTAMP_SMTP_URL has an unknown value of tls. {KNOWN}"),
            // Any other text may be the rest of a password with an unescaped "?".
            (name, _) if is_plain && !url.query().is_some_and(|query| query.contains('@')) => {
                bail!("HANDSTAMP_SMTP_URL has an unknown parameter \"{name}\". {KNOWN}")
            }
            _ => bail!("HANDSTAMP_SMTP_URL has an unknown parameter. {KNOWN}"),
        }
    }
    Ok(tls)
}

/// Returns the user and the password, percent-decoded.
pub(super) fn credentials(url: &Url) -> anyhow::Result<Option<Credentials>> {
    match url.password() {
        Some(password) => Ok(Some(Credentials::new(decoded(url.username())?, decoded(password)?))),
        None if url.username().is_empty() => Ok(None),
        None => bail!("HANDSTAMP_SMTP_URL has a user without a password"),
    }
}

/// Returns the name for EHLO: the path of the URL, or else the public host.
pub(super) fn hello(url: &Url, public_url: &Url) -> anyhow::Result<ClientId> {
    match url.path().trim_matches('/') {
        "" => Ok(address::client_id(public_url)),
        name => address::hello_name(name).context(
            "HANDSTAMP_SMTP_URL has an invalid name for EHLO as its path; allowed are a domain, and an address in brackets",
        ),
    }
}

fn decoded(text: &str) -> anyhow::Result<String> {
    let decoded = percent_decode_str(text).decode_utf8();
    Ok(decoded.ok().context("HANDSTAMP_SMTP_URL has a part that is not UTF-8")?.into_owned())
}
