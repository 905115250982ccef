//! Resolves settings that depend on other settings.

use super::settings::Settings;
use crate::{mail::smtp::Smtp, public_url, secret, tls::TlsFiles};
use anyhow::{Context, bail, ensure};
use handstamp_engine::keys::ServerSecret;
use std::path::{Path, PathBuf};
use url::Url;

impl Settings {
    pub(super) fn public_url(&self) -> anyhow::Result<Url> {
        let has_tls = self.tls_cert.is_some();
        let default =
            || public_url::default_at(if has_tls { "https" } else { "http" }, self.addr.port());
        let url = self.public_url.clone().or_else(|| public_url::parse(&default()));
        let url = url.context("invalid default public URL")?;
        ensure!(
            !has_tls || url.scheme() == "https",
            "HANDSTAMP_PUBLIC_URL is \"{}\", but HANDSTAMP_TLS_CERT is set: browsers can open only https",
            url.origin().ascii_serialization()
        );
        public_url::require_encryption(&url, self.allow_http)?;
        Ok(url)
    }

    pub(super) fn tls(&self) -> anyhow::Result<Option<TlsFiles>> {
        match (self.tls_cert.clone(), self.tls_key.clone()) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
            _ => bail!(
                "HANDSTAMP_TLS_CERT and HANDSTAMP_TLS_KEY belong together: set both or neither"
            ),
        }
    }

    pub(super) fn smtp(&self, public_url: &Url) -> anyhow::Result<Option<Smtp>> {
        let smtp =
            |url| Smtp::new(url, self.mail_from.clone(), self.smtp_ca.as_deref(), public_url);
        self.smtp_url.as_ref().map(smtp).transpose()
    }

    pub(super) fn other_urls(&self, public_url: &Url) -> anyhow::Result<Vec<Url>> {
        let urls = self.other_urls.clone().unwrap_or_default();
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
            public_url::require_encryption(url, self.allow_http)?;
        }
        Ok(urls)
    }

    pub(super) fn secrets(&self) -> anyhow::Result<(Vec<ServerSecret>, Option<PathBuf>)> {
        match (&self.secret, &self.secret_file) {
            (Some(_), Some(_)) => {
                bail!("HANDSTAMP_SECRET and HANDSTAMP_SECRET_FILE exclude each other: set one")
            }
            (Some(secrets), None) => {
                let secrets =
                    secrets.split(',').map(|text| secret::decode(text, "HANDSTAMP_SECRET"));
                Ok((secrets.collect::<anyhow::Result<_>>()?, None))
            }
            (None, Some(file)) => Ok((secret::read_file(file)?, Some(file.clone()))),
            (None, None) if self.database_url.is_postgres() => bail!(
                "HANDSTAMP_SECRET must be set if the database is PostgreSQL, because all nodes share the secret. \
                 Allowed: 32 bytes or more, base64, as `openssl rand -base64 32` prints them."
            ),
            (None, None) => {
                let file = Path::new(secret::FILE);
                Ok((vec![secret::kept(file)?], Some(file.to_owned())))
            }
        }
    }
}
