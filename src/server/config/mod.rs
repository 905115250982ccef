//! The settings: a typed struct, read once. A bad value stops the start.

mod reader;
mod table;
#[cfg(test)]
mod tests;

pub use table::help;

use super::{
    mail::{
        smtp::Smtp,
        templates::{DefaultTemplates, MailTemplates},
    },
    public_url,
    tls::TlsFiles,
};
use crate::{db::connection::DatabaseUrl, engine::keys::ServerSecret};
use reader::{Reader, lifetime, log_filter, on_or_off, outbox_key};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use url::Url;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Everything an operator can set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `DATABASE_URL`.
    pub database_url: DatabaseUrl,
    /// `HANDSTAMP_ADDR`.
    pub addr: SocketAddr,
    /// `HANDSTAMP_PUBLIC_URL`; if that is not set, this machine at the port of the listener
    /// ([`Self::listens_at`]).
    pub public_url: Url,
    /// `HANDSTAMP_OTHER_URLS`.
    pub other_urls: Vec<Url>,
    /// `HANDSTAMP_HSTS_SUBDOMAINS`.
    pub hsts_subdomains: bool,
    /// Whether `HANDSTAMP_PUBLIC_URL` is set.
    pub has_public_url: bool,
    /// `HANDSTAMP_ALLOW_HTTP`.
    pub allow_http: bool,
    /// `HANDSTAMP_TLS_CERT` and `HANDSTAMP_TLS_KEY`; without them connections are not encrypted.
    pub tls: Option<TlsFiles>,
    /// `HANDSTAMP_SECRET`: newest first. The first one issues, the others are still read.
    pub secrets: Vec<ServerSecret>,
    /// The file that the secrets were read from, if they are not in the environment.
    pub secret_file: Option<PathBuf>,
    /// `HANDSTAMP_ACCESS_TTL`, half the idle lifetime at most: only a refresh shows that a session is
    /// in use, so a client that uses it has to refresh before it counts as idle.
    pub access_ttl: Duration,
    /// `HANDSTAMP_REFRESH_TTL`.
    pub refresh_ttl: Duration,
    /// `HANDSTAMP_IDLE_TTL`.
    pub idle_ttl: Option<Duration>,
    /// `HANDSTAMP_REUSE_WINDOW`, a quarter of the access lifetime at most.
    pub reuse_window: Duration,
    /// `HANDSTAMP_EXPIRED_STATUS`.
    pub expired_status: u16,
    /// `HANDSTAMP_SMTP_URL`, `HANDSTAMP_SMTP_CA` and `HANDSTAMP_MAIL_FROM`; none if mail stays here.
    pub smtp: Option<Smtp>,
    /// The texts of the e-mails: those of Handstamp, unless an app sets its own. There is no setting for it.
    pub mail_templates: Arc<dyn MailTemplates>,
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
    /// `--accept-new-secret`: the database was used with another secret, which is gone.
    pub accept_new_secret: bool,
}

impl Config {
    /// Reads the settings through `variable`, and makes the secret where there is none.
    ///
    /// # Errors
    /// A bad value: names the variable, the value (never a secret's) and what is allowed.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let read = Reader(variable);
        let idle_ttl = read.parse("HANDSTAMP_IDLE_TTL", |text| match text {
            "off" => Some(None),
            _ => lifetime(text, 366 * DAY).map(Some),
        })?;
        let asked_access = read.parse("HANDSTAMP_ACCESS_TTL", |text| lifetime(text, DAY))?;
        let access_ttl = idle_ttl.map_or(asked_access, |idle| asked_access.min(idle / 2));
        let asked_window =
            read.parse("HANDSTAMP_REUSE_WINDOW", |text| humantime::parse_duration(text).ok())?;
        let database_url = read.parse("DATABASE_URL", DatabaseUrl::parse)?;
        let on_postgres = database_url.is_postgres();
        let addr: SocketAddr = read.parse("HANDSTAMP_ADDR", |text| text.parse().ok())?;
        let allow_http = read.parse("HANDSTAMP_ALLOW_HTTP", |text| text.parse().ok())?;
        let tls = read.tls()?;
        let public_url = read.public_url(addr.port(), allow_http, tls.is_some())?;
        let (secrets, secret_file) = read.secrets(on_postgres)?;
        let demo = read.parse("HANDSTAMP_DEMO", |text| match text {
            "true on SQLite with a public URL on this machine, else false" => {
                Some(!on_postgres && public_url::is_loopback(&public_url))
            }
            _ => text.parse().ok(),
        })?;
        Ok(Self {
            addr,
            other_urls: read.other_urls(&public_url, allow_http)?,
            hsts_subdomains: read.parse("HANDSTAMP_HSTS_SUBDOMAINS", |text| text.parse().ok())?,
            smtp: read.smtp(&public_url)?,
            mail_templates: Arc::new(DefaultTemplates),
            has_public_url: read.given("HANDSTAMP_PUBLIC_URL").is_some(),
            allow_http,
            tls,
            secrets,
            secret_file,
            access_ttl,
            refresh_ttl: read.parse("HANDSTAMP_REFRESH_TTL", |text| lifetime(text, 366 * DAY))?,
            idle_ttl,
            reuse_window: asked_window.min(access_ttl / 4),
            expired_status: read.parse("HANDSTAMP_EXPIRED_STATUS", |text| {
                text.parse().ok().filter(|status| matches!(status, 401 | 403))
            })?,
            proxies: read.parse("HANDSTAMP_PROXIES", |text| {
                text.parse().ok().filter(|proxies| *proxies <= 8)
            })?,
            demo,
            outbox_key: read.parse("HANDSTAMP_OUTBOX_KEY", outbox_key)?,
            api_docs: read.parse("HANDSTAMP_API_DOCS", |text| match text {
                "as HANDSTAMP_DEMO" => Some(demo),
                _ => text.parse().ok(),
            })?,
            rate_limits: read.parse("HANDSTAMP_RATE_LIMITS", on_or_off)?,
            sign_up_limit: read.parse("HANDSTAMP_SIGN_UP_LIMIT", |text| {
                text.parse().ok().filter(|limit| (1..=100_000).contains(limit))
            })?,
            log: read.parse("HANDSTAMP_LOG", log_filter)?,
            public_url,
            database_url,
            accept_new_secret: false,
        })
    }

    /// The URLs under which browsers open this server, the public URL first.
    pub fn urls(&self) -> impl Iterator<Item = &Url> + Clone {
        std::iter::once(&self.public_url).chain(&self.other_urls)
    }

    /// Completes the default public URL. With port 0 in `HANDSTAMP_ADDR` the operating system chooses the
    /// port, which is known only after that.
    pub fn listens_at(&mut self, port: u16) {
        if !self.has_public_url {
            // Can't fail: the default is a URL with a host.
            let _ = self.public_url.set_port(Some(port));
        }
    }
}

/// Reads `HANDSTAMP_ADDR` alone: a health check must not create a secret.
///
/// # Errors
/// As [`Config::read`].
pub fn addr(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<SocketAddr> {
    Reader(variable).parse("HANDSTAMP_ADDR", |text| text.parse().ok())
}
