//! The trusted root certificates for the mail server.

use anyhow::{Context, bail, ensure};
use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::path::Path;

/// Returns the TLS parameters for a mail server. Its certificate must be valid for `host`.
///
/// With a `file` (PEM), only its certificates are trusted. Otherwise those of `SSL_CERT_FILE` and `SSL_CERT_DIR` or of
/// the system are. On a system without any, such as a small container, the root certificates of Mozilla that are
/// compiled into this program are used.
///
/// # Errors
/// Fails with one line if the file can't be read or contains no certificate, or if `SSL_CERT_FILE` or `SSL_CERT_DIR` is
/// set and contains none.
pub(super) fn tls_parameters(host: &str, file: Option<&Path>) -> anyhow::Result<TlsParameters> {
    let trusted = match file {
        Some(file) => of_file(file)?,
        None => of_system()?,
    };
    let mut builder = TlsParameters::builder(host.to_owned());
    if !trusted.is_empty() {
        builder = builder.certificate_store(CertificateStore::None);
        for certificate in trusted {
            builder = builder.add_root_certificate(Certificate::from_der(certificate.to_vec())?);
        }
    } else {
        builder = builder.certificate_store(CertificateStore::WebpkiRoots);
    }
    builder.build().context("TLS for the mail server")
}

fn of_file(file: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let shown = file.display();
    let pem =
        std::fs::read(file).with_context(|| format!("HANDSTAMP_SMTP_CA: {shown} can't be read"))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .with_context(|| format!("HANDSTAMP_SMTP_CA: {shown} is not PEM"))?;
    ensure!(!certificates.is_empty(), "HANDSTAMP_SMTP_CA: {shown} holds no certificate");
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).with_context(|| {
            format!("HANDSTAMP_SMTP_CA: a certificate in {shown} can't be used")
        })?;
    }
    Ok(certificates)
}

fn of_system() -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let found = rustls_native_certs::load_native_certs();
    let mut store = RootCertStore::empty();
    // Systems also have certificates that rustls does not accept.
    let is_usable = |certificate: &CertificateDer<'static>| store.add(certificate.clone()).is_ok();
    let usable: Vec<_> = found.certs.into_iter().filter(is_usable).collect();
    let is_chosen =
        ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().find(|name| std::env::var_os(name).is_some());
    if let (true, Some(variable)) = (usable.is_empty(), is_chosen) {
        let cause = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
        bail!("{variable} is set, but contains no root certificate{cause}");
    }
    Ok(usable)
}
