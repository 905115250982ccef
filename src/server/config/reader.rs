//! Reads single settings. A bad value is an error that names the variable, the value and what is allowed.

use super::table::SETTINGS;
use crate::{
    db::connection,
    mail::{address, smtp::Smtp, smtp_url},
    public_url, secret,
    tls::TlsFiles,
};
use anyhow::{Context, anyhow, bail, ensure};
use handstamp_engine::keys::ServerSecret;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};
use url::Url;

/// Reads settings, each by its entry of the table.
pub(super) struct Reader<F>(pub(super) F);

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    pub(super) fn parse<T>(
        &self,
        variable: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> anyhow::Result<T> {
        self.parse_or(variable, None, parse)
    }

    /// `default` replaces the one in the table, for a setting whose default depends on another one.
    pub(super) fn parse_or<T>(
        &self,
        variable: &str,
        default: Option<&str>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> anyhow::Result<T> {
        let setting = SETTINGS.iter().find(|setting| setting.variable == variable);
        let setting =
            setting.with_context(|| format!("{variable} is not in the table of settings"))?;
        let default = default.unwrap_or(setting.default);
        let given = self.given(variable).unwrap_or_else(|| default.to_owned());
        parse(given.trim()).ok_or_else(|| {
            let is_url = variable.ends_with("_URL");
            let shown = if is_url { connection::without_password(&given) } else { given.clone() };
            let allowed = setting.allowed;
            anyhow!("{variable} is set to \"{shown}\", which is not allowed. Allowed: {allowed}.")
        })
    }

    /// An empty variable counts as not set.
    pub(super) fn given(&self, variable: &str) -> Option<String> {
        (self.0)(variable).filter(|value| !value.trim().is_empty())
    }

    pub(super) fn public_url(
        &self,
        port: u16,
        allow_http: bool,
        has_tls: bool,
    ) -> anyhow::Result<Url> {
        let default = public_url::default_at(if has_tls { "https" } else { "http" }, port);
        let url = self.parse_or("HANDSTAMP_PUBLIC_URL", Some(&default), public_url::parse)?;
        ensure!(
            !has_tls || url.scheme() == "https",
            "HANDSTAMP_PUBLIC_URL is \"{}\", but HANDSTAMP_TLS_CERT is set: browsers can open only https",
            url.origin().ascii_serialization()
        );
        public_url::require_encryption(&url, allow_http)?;
        Ok(url)
    }

    pub(super) fn tls(&self) -> anyhow::Result<Option<TlsFiles>> {
        let file = |variable| -> anyhow::Result<Option<PathBuf>> {
            self.parse(variable, |text| Some((text != "none").then(|| text.into())))
        };
        match (file("HANDSTAMP_TLS_CERT")?, file("HANDSTAMP_TLS_KEY")?) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
            _ => bail!(
                "HANDSTAMP_TLS_CERT and HANDSTAMP_TLS_KEY belong together: set both or neither"
            ),
        }
    }

    pub(super) fn smtp(&self, public_url: &Url) -> anyhow::Result<Option<Smtp>> {
        let from = self.parse("HANDSTAMP_MAIL_FROM", address::sender)?;
        let ca: Option<PathBuf> =
            self.parse("HANDSTAMP_SMTP_CA", |text| Some((text != "none").then(|| text.into())))?;
        let url = self.parse("HANDSTAMP_SMTP_URL", |text| match text {
            "none" => Some(None),
            _ => smtp_url::parse(text).map(Some),
        })?;
        url.map(|url| Smtp::new(&url, from, ca.as_deref(), public_url)).transpose()
    }

    pub(super) fn other_urls(
        &self,
        public_url: &Url,
        allow_http: bool,
    ) -> anyhow::Result<Vec<Url>> {
        let urls = self.parse("HANDSTAMP_OTHER_URLS", |text| match text {
            "none" => Some(Vec::new()),
            _ => text.split(',').map(|url| public_url::parse(url.trim())).collect(),
        })?;
        for url in &urls {
            ensure!(
                url.scheme() == public_url.scheme(),
                "HANDSTAMP_OTHER_URLS has \"{}\": its scheme is not that of the public URL, whose cookies it shares",
                url.origin().ascii_serialization()
            );
            ensure!(
                url.scheme() == "https"
                    || url.port_or_known_default() == public_url.port_or_known_default(),
                "HANDSTAMP_OTHER_URLS has \"{}\": with plain http the cookies are named by the port of the public URL",
                url.origin().ascii_serialization()
            );
            public_url::require_encryption(url, allow_http)?;
        }
        Ok(urls)
    }

    pub(super) fn secrets(
        &self,
        on_postgres: bool,
    ) -> anyhow::Result<(Vec<ServerSecret>, Option<PathBuf>)> {
        match (self.given("HANDSTAMP_SECRET"), self.given("HANDSTAMP_SECRET_FILE")) {
            (Some(_), Some(_)) => {
                bail!("HANDSTAMP_SECRET and HANDSTAMP_SECRET_FILE exclude each other: set one")
            }
            (Some(secrets), None) => {
                let secrets =
                    secrets.split(',').map(|text| secret::decode(text, "HANDSTAMP_SECRET"));
                Ok((secrets.collect::<anyhow::Result<_>>()?, None))
            }
            (None, Some(file)) => {
                let file = PathBuf::from(file);
                Ok((secret::read_file(&file)?, Some(file)))
            }
            (None, None) if on_postgres => bail!(
                "HANDSTAMP_SECRET has to be set where the database is PostgreSQL, so that all nodes agree. \
                 Allowed: 32 bytes or more, base64, as `openssl rand -base64 32` prints them."
            ),
            (None, None) => {
                let file = Path::new(secret::FILE);
                Ok((vec![secret::kept(file)?], Some(file.to_owned())))
            }
        }
    }
}

pub(super) fn outbox_key(text: &str) -> Option<Option<String>> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match text {
        "made at each start" => Some(None),
        _ if (16..=64).contains(&text.len()) && text.bytes().all(is_allowed) => {
            Some(Some(text.to_owned()))
        }
        _ => None,
    }
}

pub(super) fn lifetime(text: &str, longest: Duration) -> Option<Duration> {
    humantime::parse_duration(text)
        .ok()
        .filter(|span| (Duration::from_secs(1)..=longest).contains(span))
}

/// A level, or a list of directives. A single word that is no level would silence everything.
pub(super) fn log_filter(text: &str) -> Option<String> {
    let is_level = text.parse::<LevelFilter>().is_ok();
    let is_list = text.contains(['=', ',']) && text.parse::<EnvFilter>().is_ok();
    (is_level || is_list).then(|| text.to_owned())
}

pub(super) fn on_or_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}
