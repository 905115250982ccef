//! The settings: a typed struct, read once. A bad value stops the start.

use super::{
    mail::{address, smtp::Smtp, smtp_url},
    public_url, secret,
    tls::TlsFiles,
};
use crate::{
    auth::server::keys::ServerSecret,
    db::connection::{self, DatabaseUrl},
};
use anyhow::{Context, anyhow, bail, ensure};
use std::{
    fmt::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};
use url::Url;

/// One setting, as `--help` shows it.
struct Setting {
    variable: &'static str,
    default: &'static str,
    allowed: &'static str,
}

const SETTINGS: &[Setting] = &[
    Setting {
        variable: "DATABASE_URL",
        default: "sqlite://data/handstamp.db",
        allowed: "sqlite:// and a file, which is made; or postgres://user:password@host/database",
    },
    Setting {
        variable: "HANDSTAMP_ADDR",
        default: "127.0.0.1:3000",
        allowed: "the address and port to listen on",
    },
    Setting {
        variable: "HANDSTAMP_PUBLIC_URL",
        default: "localhost and the port of HANDSTAMP_ADDR, with https if HANDSTAMP_TLS_CERT is set",
        allowed: "the URL that browsers open: issuer of the tokens, Origin check, names of the cookies",
    },
    Setting {
        variable: "HANDSTAMP_OTHER_URLS",
        default: "none",
        allowed: "other URLs that browsers may open this server under, separated by commas, with the scheme of the public URL",
    },
    Setting {
        variable: "HANDSTAMP_HSTS_SUBDOMAINS",
        default: "false",
        allowed: "true or false: whether browsers require https of all subdomains of the public URL too",
    },
    Setting {
        variable: "HANDSTAMP_ALLOW_HTTP",
        default: "false",
        allowed: "true or false: whether the public URL may be plain http on another host than localhost",
    },
    Setting {
        variable: "HANDSTAMP_TLS_CERT",
        default: "none",
        allowed: "a PEM file with the certificate chain, to serve https without a proxy; read again when it changes",
    },
    Setting {
        variable: "HANDSTAMP_TLS_KEY",
        default: "none",
        allowed: "a PEM file with the private key of the certificate",
    },
    Setting {
        variable: "HANDSTAMP_SECRET",
        default: "made on the first start, kept in data/secret; none on PostgreSQL",
        allowed: "32 bytes or more, base64; older ones behind commas are still read",
    },
    Setting {
        variable: "HANDSTAMP_SECRET_FILE",
        default: "none",
        allowed: "a file that holds what HANDSTAMP_SECRET would, for a secret that is mounted as a file",
    },
    Setting {
        variable: "HANDSTAMP_ACCESS_TTL",
        default: "15m",
        allowed: "lifetime of access tokens, 1s to 24h; never over half the idle lifetime",
    },
    Setting {
        variable: "HANDSTAMP_REFRESH_TTL",
        default: "30d",
        allowed: "lifetime of a session, 1s to 366d, absolute",
    },
    Setting {
        variable: "HANDSTAMP_IDLE_TTL",
        default: "off",
        allowed: "a session unused this long ends, 1s to 366d, or off",
    },
    Setting {
        variable: "HANDSTAMP_REUSE_WINDOW",
        default: "10s",
        allowed: "0s (strict) or more; never over a quarter of the access lifetime",
    },
    Setting {
        variable: "HANDSTAMP_EXPIRED_STATUS",
        default: "401",
        allowed: "401 or 403, the answer to an expired access token",
    },
    Setting {
        variable: "HANDSTAMP_SMTP_URL",
        default: "none",
        allowed: "smtps://user:password@host:465, smtp://…?tls=required, or none: mail stays in the outbox",
    },
    Setting {
        variable: "HANDSTAMP_SMTP_CA",
        default: "none",
        allowed: "a PEM file with the root certificates to trust for the mail server, instead of the system's",
    },
    Setting {
        variable: "HANDSTAMP_MAIL_FROM",
        default: "Handstamp <no-reply@localhost>",
        allowed: "the sender of the mail: Name <address>, ASCII before the @",
    },
    Setting {
        variable: "HANDSTAMP_PROXIES",
        default: "0",
        allowed: "how many proxies stand in front, 0 to 8: so many entries of X-Forwarded-For are believed",
    },
    Setting {
        variable: "HANDSTAMP_DEMO",
        default: "true on SQLite with a public URL on this machine, else false",
        allowed: "true or false: guest accounts, the lab, Server-Timing, and /outbox where no mail is sent and the URL is localhost",
    },
    Setting {
        variable: "HANDSTAMP_OUTBOX_KEY",
        default: "made at each start",
        allowed: "16 to 64 letters, digits, hyphens and underscores: the key in the URL that opens /outbox",
    },
    Setting {
        variable: "HANDSTAMP_API_DOCS",
        default: "as HANDSTAMP_DEMO",
        allowed: "true or false: whether /api/docs shows the document of the JSON API, which is at /api/openapi.json",
    },
    Setting {
        variable: "HANDSTAMP_RATE_LIMITS",
        default: "on",
        allowed: "on, or off for load tests",
    },
    Setting {
        variable: "HANDSTAMP_SIGN_UP_LIMIT",
        default: "120",
        allowed: "how many accounts, and as many guests, one address may make in an hour without a delay; 1 to 100000",
    },
    Setting { variable: "HANDSTAMP_LOG", default: "info", allowed: "a tracing filter, or off" },
];

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
    /// in use, so whoever uses it has to refresh before it counts as idle.
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
            rate_limits: read.parse("HANDSTAMP_RATE_LIMITS", |text| match text {
                "on" => Some(true),
                "off" => Some(false),
                _ => None,
            })?,
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

/// What `handstamp --help` prints.
pub fn help() -> String {
    let mut help = String::from(
        "handstamp: the access-token / refresh-token login system\n\n\
         Usage: handstamp [--accept-new-secret | --health | --help | --version]\n\n\
         --accept-new-secret   start once although the secret that this database was used with is gone\n\
         --health              ask the running server whether it answers: exit code 0 or 1\n\n\
         Settings come from the environment, or from a file .env in the working folder:\n\n",
    );
    for Setting { variable, default, allowed } in SETTINGS {
        let _ = writeln!(help, "  {variable:<26}{allowed}\n{:28}[default: {default}]", "");
    }
    help
}

struct Reader<F>(F);

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn parse<T>(&self, variable: &str, parse: impl Fn(&str) -> Option<T>) -> anyhow::Result<T> {
        self.parse_or(variable, None, parse)
    }

    /// `default` replaces the one in the table, for a setting whose default depends on another one.
    fn parse_or<T>(
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
    fn given(&self, variable: &str) -> Option<String> {
        (self.0)(variable).filter(|value| !value.trim().is_empty())
    }

    fn public_url(&self, port: u16, allow_http: bool, has_tls: bool) -> anyhow::Result<Url> {
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

    fn tls(&self) -> anyhow::Result<Option<TlsFiles>> {
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

    fn smtp(&self, public_url: &Url) -> anyhow::Result<Option<Smtp>> {
        let from = self.parse("HANDSTAMP_MAIL_FROM", address::sender)?;
        let ca: Option<PathBuf> =
            self.parse("HANDSTAMP_SMTP_CA", |text| Some((text != "none").then(|| text.into())))?;
        let url = self.parse("HANDSTAMP_SMTP_URL", |text| match text {
            "none" => Some(None),
            _ => smtp_url::parse(text).map(Some),
        })?;
        url.map(|url| Smtp::new(&url, from, ca.as_deref(), public_url)).transpose()
    }

    fn other_urls(&self, public_url: &Url, allow_http: bool) -> anyhow::Result<Vec<Url>> {
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
            public_url::require_encryption(url, allow_http)?;
        }
        Ok(urls)
    }

    fn secrets(&self, on_postgres: bool) -> anyhow::Result<(Vec<ServerSecret>, Option<PathBuf>)> {
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

fn outbox_key(text: &str) -> Option<Option<String>> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match text {
        "made at each start" => Some(None),
        _ if (16..=64).contains(&text.len()) && text.bytes().all(is_allowed) => {
            Some(Some(text.to_owned()))
        }
        _ => None,
    }
}

fn lifetime(text: &str, longest: Duration) -> Option<Duration> {
    humantime::parse_duration(text)
        .ok()
        .filter(|span| (Duration::from_secs(1)..=longest).contains(span))
}

/// A level, or a list of directives. A single word that is no level would silence everything.
fn log_filter(text: &str) -> Option<String> {
    let is_level = text.parse::<LevelFilter>().is_ok();
    let is_list = text.contains(['=', ',']) && text.parse::<EnvFilter>().is_ok();
    (is_level || is_list).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn read(pairs: &[(&str, &str)]) -> anyhow::Result<Config> {
        Config::read(|name| {
            let found = pairs.iter().find(|(variable, _)| *variable == name);
            found
                .map(|(_, value)| (*value).to_owned())
                .or((name == "HANDSTAMP_SECRET").then(|| SECRET.to_owned()))
        })
    }

    #[test]
    fn the_defaults_are_those_of_the_help() {
        let config = read(&[]).unwrap();
        assert_eq!(config.access_ttl, Duration::from_secs(900));
        assert_eq!(config.reuse_window, Duration::from_secs(10));
        assert_eq!((config.expired_status, config.idle_ttl, config.demo), (401, None, true));
        for Setting { variable, default, .. } in SETTINGS {
            assert!(help().contains(variable) && help().contains(default));
        }
    }

    #[test]
    fn the_default_public_url_has_the_port_of_the_listener() {
        let url = |config: &Config| config.public_url.as_str().to_owned();
        assert_eq!(url(&read(&[]).unwrap()), "http://localhost:3000/");
        let mut config = read(&[("HANDSTAMP_ADDR", "127.0.0.1:3001")]).unwrap();
        assert_eq!(url(&config), "http://localhost:3001/");
        config.listens_at(4000);
        assert_eq!(url(&config), "http://localhost:4000/");
        let public_url = ("HANDSTAMP_PUBLIC_URL", "https://example.org");
        let mut config = read(&[public_url, ("HANDSTAMP_ADDR", "127.0.0.1:0")]).unwrap();
        config.listens_at(4000);
        assert_eq!(url(&config), "https://example.org/");
    }

    #[test]
    fn tls_needs_both_files_and_makes_the_public_url_https() {
        let (cert, key) = (("HANDSTAMP_TLS_CERT", "c.pem"), ("HANDSTAMP_TLS_KEY", "k.pem"));
        let config = read(&[cert, key, ("HANDSTAMP_ADDR", "0.0.0.0:3443")]).unwrap();
        assert_eq!(config.public_url.as_str(), "https://localhost:3443/");
        assert_eq!(config.tls.unwrap().key, Path::new("k.pem"));
        for half in [cert, key] {
            assert!(read(&[half]).unwrap_err().to_string().contains("set both or neither"));
        }
        let http = ("HANDSTAMP_PUBLIC_URL", "http://localhost:3000");
        assert!(read(&[cert, key, http]).unwrap_err().to_string().contains("only https"));
    }

    #[test]
    fn a_public_url_with_plain_http_is_loopback_or_allowed() {
        let http = ("HANDSTAMP_PUBLIC_URL", "http://example.org");
        let message = read(&[http]).unwrap_err().to_string();
        assert!(message.contains("HANDSTAMP_ALLOW_HTTP=true"), "{message}");
        assert!(read(&[http, ("HANDSTAMP_ALLOW_HTTP", "true")]).unwrap().allow_http);
        for url in ["http://127.0.0.1:8080", "http://[::1]:8080", "http://app.localhost:8080"] {
            assert!(read(&[("HANDSTAMP_PUBLIC_URL", url)]).is_ok(), "{url}");
        }
    }

    #[test]
    fn the_reuse_window_is_never_over_a_quarter_of_the_access_lifetime() {
        let config = read(&[("HANDSTAMP_ACCESS_TTL", "8s")]).unwrap();
        assert_eq!(config.reuse_window, Duration::from_secs(2));
    }

    #[test]
    fn an_access_token_lives_half_the_idle_lifetime_at_most() {
        let config = read(&[("HANDSTAMP_IDLE_TTL", "1m")]).unwrap();
        assert_eq!(config.access_ttl, Duration::from_secs(30));
    }

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        for (variable, value, shown) in [
            ("DATABASE_URL", "mysql://ada:hunter2@db/x", "\"mysql://…@db/x\""),
            ("DATABASE_URL", "postgres:ada:hunter2@db/x", "\"…@db/x\""),
            ("DATABASE_URL", "mysql://db/x?password=hunter2", "\"mysql://db/x\""),
            ("DATABASE_URL", "mysql://ada:hunter2?@db/x", "\"mysql://…\""),
            ("DATABASE_URL", "mysql://db/x?password=@hunter2", "\"mysql://…\""),
            ("DATABASE_URL", "ada:hunter2://@db/x", "\"…@db/x\""),
            ("DATABASE_URL", "postgres://ada:hunter2", "\"postgres://…\""),
            ("DATABASE_URL", "host=db password=hunter2", "\"…\""),
            (
                "HANDSTAMP_SMTP_URL",
                "ada:hunter2@mail.example.org:587",
                "\"…@mail.example.org:587\"",
            ),
            ("HANDSTAMP_PUBLIC_URL", "https://ada:hunter2@a.example", "\"https://…@a.example\""),
        ] {
            let message = read(&[(variable, value)]).unwrap_err().to_string();
            assert!(message.contains(shown) && !message.contains("hunter2"), "{message}");
        }
        let config = read(&[("DATABASE_URL", "postgres://ada:hunter2@db/x")]).unwrap();
        let shown = format!("{config:?}");
        assert!(shown.contains("postgres://…@db/x") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_bad_value_names_the_variable_the_value_and_what_is_allowed() {
        for (variable, value) in [
            ("DATABASE_URL", "mysql://x"),
            ("DATABASE_URL", "sqlite:"),
            ("DATABASE_URL", "sqlite://:memory:"),
            ("HANDSTAMP_ADDR", "localhost"),
            ("HANDSTAMP_PUBLIC_URL", "localhost:3000"),
            ("HANDSTAMP_PUBLIC_URL", "https://a.example/path"),
            ("HANDSTAMP_ALLOW_HTTP", "yes"),
            ("HANDSTAMP_ACCESS_TTL", "25h"),
            ("HANDSTAMP_ACCESS_TTL", "0s"),
            ("HANDSTAMP_REFRESH_TTL", "367d"),
            ("HANDSTAMP_IDLE_TTL", "never"),
            ("HANDSTAMP_REUSE_WINDOW", "-1s"),
            ("HANDSTAMP_EXPIRED_STATUS", "418"),
            ("HANDSTAMP_SMTP_URL", "mail.example.org"),
            ("HANDSTAMP_SMTP_URL", "http://mail.example.org"),
            ("HANDSTAMP_SMTP_URL", "smtp://mail.example.org#rest"),
            ("HANDSTAMP_MAIL_FROM", "no address"),
            ("HANDSTAMP_MAIL_FROM", "ädä@example.org"),
            ("HANDSTAMP_PROXIES", "9"),
            ("HANDSTAMP_DEMO", "yes"),
            ("HANDSTAMP_API_DOCS", "yes"),
            ("HANDSTAMP_OUTBOX_KEY", "short"),
            ("HANDSTAMP_RATE_LIMITS", "maybe"),
            ("HANDSTAMP_LOG", "warning"),
            ("HANDSTAMP_LOG", "a=b=c,"),
        ] {
            let message = read(&[(variable, value)]).unwrap_err().to_string();
            let allowed = SETTINGS.iter().find(|s| s.variable == variable).unwrap().allowed;
            assert!(
                [variable, value, allowed].iter().all(|part| message.contains(part)),
                "{message}"
            );
        }
    }

    #[test]
    fn a_bad_secret_is_refused_and_never_shown() {
        let message = read(&[("HANDSTAMP_SECRET", "aHVudGVyMg==")]).unwrap_err().to_string();
        assert!(message.contains("32 bytes") && !message.contains("aHVudGVyMg"));
        assert!(!format!("{:?}", read(&[]).unwrap()).contains(&SECRET[..12]));
    }
}
