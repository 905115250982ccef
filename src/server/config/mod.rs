//! The settings, read once into a typed struct. The server does not start with an invalid value.

mod resolve;
mod settings;
#[cfg(test)]
mod tests;
mod values;
mod warnings;

pub use settings::help;

use crate::{db::connection::DatabaseUrl, mail::smtp::Smtp, public_url, tls::TlsFiles};
use handstamp_engine::keys::ServerSecret;
use lettre::message::Mailbox;
use settings::Settings;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

/// All settings of an operator.
#[derive(Debug, Clone)]
pub struct Config {
    /// `DATABASE_URL`.
    pub database_url: DatabaseUrl,
    /// `HANDSTAMP_ADDR`.
    pub addr: SocketAddr,
    /// `HANDSTAMP_PUBLIC_URL`. Defaults to localhost with the port of the listener ([`Self::listens_at`]).
    pub public_url: Url,
    /// `HANDSTAMP_OTHER_URLS`.
    pub other_urls: Vec<Url>,
    /// `HANDSTAMP_HSTS_SUBDOMAINS`.
    pub hsts_subdomains: bool,
    /// Whether `HANDSTAMP_PUBLIC_URL` is set.
    pub has_public_url: bool,
    /// `HANDSTAMP_ALLOW_HTTP`.
    pub allow_http: bool,
    /// `HANDSTAMP_TLS_CERT` and `HANDSTAMP_TLS_KEY`. `None` if the server does not terminate TLS.
    pub tls: Option<TlsFiles>,
    /// `HANDSTAMP_SECRET`, newest first. The first secret issues tokens; the tokens of the others are still accepted.
    pub secrets: Vec<ServerSecret>,
    /// The file that the secrets were read from, if they are not set in the environment.
    pub secret_file: Option<PathBuf>,
    /// `HANDSTAMP_ACCESS_TTL`, at most half of the idle lifetime. Only a refresh updates the last use of a session, so
    /// an active client must refresh before the session becomes idle.
    pub access_ttl: Duration,
    /// `HANDSTAMP_REFRESH_TTL`.
    pub refresh_ttl: Duration,
    /// `HANDSTAMP_IDLE_TTL`.
    pub idle_ttl: Option<Duration>,
    /// `HANDSTAMP_REUSE_WINDOW`, at most a quarter of the access lifetime.
    pub reuse_window: Duration,
    /// `HANDSTAMP_EXPIRED_STATUS`.
    pub expired_status: u16,
    /// `HANDSTAMP_SMTP_URL`, `HANDSTAMP_SMTP_CA` and `HANDSTAMP_MAIL_FROM`. `None` if no mail is sent.
    pub smtp: Option<Smtp>,
    /// `HANDSTAMP_MAIL_FROM`, the sender of all mail.
    pub mail_from: Mailbox,
    /// `HANDSTAMP_PROXIES`.
    pub proxies: usize,
    /// `HANDSTAMP_DEMO`.
    pub demo: bool,
    /// `HANDSTAMP_OUTBOX_KEY`.
    pub outbox_key: Option<String>,
    /// `HANDSTAMP_API_DOCS`.
    pub api_docs: bool,
    /// `HANDSTAMP_RATE_LIMITS`.
    pub rate_limits: bool,
    /// `HANDSTAMP_SIGN_UP_LIMIT`.
    pub sign_up_limit: i64,
    /// `HANDSTAMP_LOG`.
    pub log: String,
    /// `--accept-new-secret`: starts even if the database was used with another secret, which is lost.
    pub accept_new_secret: bool,
}

impl Config {
    /// Reads the settings with `variable`, and creates the secret file if no secret is set.
    ///
    /// # Errors
    /// Fails for an invalid value. The error contains the variable, its value unless it is a secret, and the allowed
    /// values.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let settings = Settings::read(variable)?;
        let tls = settings.tls()?;
        let public_url = settings.public_url()?;
        let (secrets, secret_file) = settings.secrets()?;
        let access_ttl = match settings.idle_ttl {
            Some(idle) => settings.access_ttl.min(idle / 2),
            None => settings.access_ttl,
        };
        let is_local = !settings.database_url.is_postgres() && public_url::is_loopback(&public_url);
        let demo = settings.demo.unwrap_or(is_local);
        Ok(Self {
            other_urls: settings.other_urls(&public_url)?,
            smtp: settings.smtp(&public_url)?,
            mail_from: settings.mail_from.clone(),
            has_public_url: settings.public_url.is_some(),
            public_url,
            tls,
            secrets,
            secret_file,
            access_ttl,
            reuse_window: settings.reuse_window.min(access_ttl / 4),
            demo,
            api_docs: settings.api_docs.unwrap_or(demo),
            database_url: settings.database_url,
            addr: settings.addr,
            hsts_subdomains: settings.hsts_subdomains,
            allow_http: settings.allow_http,
            refresh_ttl: settings.refresh_ttl,
            idle_ttl: settings.idle_ttl,
            expired_status: settings.expired_status,
            proxies: settings.proxies,
            outbox_key: settings.outbox_key,
            rate_limits: settings.rate_limits,
            sign_up_limit: settings.sign_up_limit,
            log: settings.log,
            accept_new_secret: false,
        })
    }

    /// Returns all URLs of this server for browsers, the public URL first.
    pub fn urls(&self) -> impl Iterator<Item = &Url> + Clone {
        std::iter::once(&self.public_url).chain(&self.other_urls)
    }

    /// Sets the port of the default public URL. With port 0 in `HANDSTAMP_ADDR`, the operating system chooses the port
    /// when the server binds the listener.
    pub fn listens_at(&mut self, port: u16) {
        if !self.has_public_url {
            // Can't fail: the default is a URL with a host.
            let _ = self.public_url.set_port(Some(port));
        }
    }
}

/// Returns the address of the listener, and whether it uses TLS. Reads no other settings: a health check must not
/// create a secret.
///
/// # Errors
/// The errors of [`Config::read`].
pub fn listener(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<(SocketAddr, bool)> {
    let settings = Settings::read(|name| match name {
        "HANDSTAMP_ADDR" | "HANDSTAMP_TLS_CERT" => variable(name),
        _ => None,
    })?;
    Ok((settings.addr, settings.tls_cert.is_some()))
}
