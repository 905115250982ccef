//! TLS for a server without a proxy. The certificate and its key are PEM files, and are reloaded when they change.

use anyhow::{Context, bail, ensure};
use axum_server::tls_rustls::RustlsConfig;
use handstamp_engine::clock::Timestamp;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{path::PathBuf, sync::Arc, time::Duration};
use x509_parser::parse_x509_certificate;

/// The interval at which the files are read.
const RELOAD_INTERVAL: Duration = Duration::from_secs(10);

/// The time before the expiry of a certificate from which a warning is logged.
const EXPIRY_WARNING: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// `HANDSTAMP_TLS_CERT` and `HANDSTAMP_TLS_KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain without the root, as PEM.
    pub certificate: PathBuf,
    /// The private key, as PEM: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// The contents of the files. Does not implement `Debug`, because one is a private key.
#[derive(PartialEq, Eq)]
struct Pem {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// The certificate in use, and the files from which it is reloaded.
pub struct Tls {
    files: TlsFiles,
    pem: Pem,
    config: RustlsConfig,
}

impl Tls {
    /// Loads the certificate and its key.
    ///
    /// # Errors
    /// Fails with one line that contains the setting and the path if a file can't be read, has no certificate or no
    /// key, if the key belongs to another certificate, or if the certificate is not currently valid.
    pub fn load(files: TlsFiles, now: Timestamp) -> anyhow::Result<Self> {
        let pem = files.read()?;
        let config = RustlsConfig::from_config(files.server_config(&pem, now)?);
        Ok(Self { files, pem, config })
    }

    /// Returns the configuration for the acceptor of connections. A reload updates all clones.
    pub fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// Reloads the files if they have changed. Open connections keep their certificate.
    ///
    /// # Errors
    /// Fails like [`Self::load`]. The previous certificate then stays in use.
    pub fn reload_if_changed(&mut self, now: Timestamp) -> anyhow::Result<()> {
        let pem = self.files.read()?;
        if pem == self.pem {
            return Ok(());
        }
        let loaded = self.files.server_config(&pem, now);
        // Also if they can't be used, so that the error is logged once and not at every interval.
        self.pem = pem;
        self.config.reload_from_config(loaded?);
        tracing::info!(file = %self.files.certificate.display(), "the TLS certificate was reloaded");
        Ok(())
    }

    /// Reloads the files whenever they have changed. Never returns.
    pub async fn follow(mut self, now: impl Fn() -> Timestamp) {
        let mut was_readable = true;
        loop {
            tokio::time::sleep(RELOAD_INTERVAL).await;
            let reloaded = self.reload_if_changed(now());
            if let Err(error) = &reloaded
                && was_readable
            {
                tracing::error!(
                    event = "tls_certificate_reload_failed",
                    "the TLS certificate could not be reloaded, the previous one stays in use: {error:#}"
                );
            }
            was_readable = reloaded.is_ok();
        }
    }
}

impl TlsFiles {
    fn read(&self) -> anyhow::Result<Pem> {
        let read = |setting: &str, file: &PathBuf| {
            std::fs::read(file)
                .with_context(|| format!("{setting}: {} can't be read", file.display()))
        };
        Ok(Pem {
            certificate: read("HANDSTAMP_TLS_CERT", &self.certificate)?,
            key: read("HANDSTAMP_TLS_KEY", &self.key)?,
        })
    }

    fn server_config(&self, pem: &Pem, now: Timestamp) -> anyhow::Result<Arc<ServerConfig>> {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem.certificate)
            .collect::<Result<_, _>>()
            .with_context(|| format!("HANDSTAMP_TLS_CERT: {certificate} is not PEM"))?;
        let Some(own) = chain.first() else {
            bail!("HANDSTAMP_TLS_CERT: {certificate} holds no certificate");
        };
        check_validity(own, now).with_context(|| format!("HANDSTAMP_TLS_CERT: {certificate}"))?;
        // The cause is omitted because it says the same.
        let Ok(private_key) = PrivateKeyDer::from_pem_slice(&pem.key) else {
            bail!("HANDSTAMP_TLS_KEY: {key} holds no private key in PEM");
        };
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, private_key)
            .with_context(|| {
                format!(
                    "HANDSTAMP_TLS_KEY: {key} is not the key of the certificate in {certificate}"
                )
            });
        let mut config = config?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn check_validity(certificate: &CertificateDer<'_>, now: Timestamp) -> anyhow::Result<()> {
    let Ok((_, certificate)) = parse_x509_certificate(certificate) else {
        bail!("the file is not an X.509 certificate");
    };
    let validity = certificate.validity();
    let (start, end) = (validity.not_before, validity.not_after);
    ensure!(start.timestamp() <= now.seconds(), "the certificate is not valid before {start}");
    ensure!(end.timestamp() > now.seconds(), "the certificate expired at {end}");
    if end.timestamp() < now.plus(EXPIRY_WARNING).seconds() {
        tracing::warn!(event = "tls_certificate_expires_soon", %end, "the TLS certificate expires soon");
    }
    Ok(())
}
