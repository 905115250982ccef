//! The table of settings: what the reader takes as defaults, and what `--help` prints.

use std::fmt::Write as _;

/// One setting, as `--help` shows it.
pub(super) struct Setting {
    pub(super) variable: &'static str,
    pub(super) default: &'static str,
    pub(super) allowed: &'static str,
}

pub(super) const SETTINGS: &[Setting] = &[
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
