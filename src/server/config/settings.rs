//! The environment variables: name, default and allowed values of each setting. `--help` and the error messages use
//! these texts.
#![allow(clippy::doc_markdown, reason = "the text of the settings is read on a terminal")]

use super::values::{checked, lifetime, log_filter, on_or_off, or_none, outbox_key, url_list};
use crate::{
    db::connection::{self, DatabaseUrl},
    mail::{address, smtp_url},
    public_url,
};
use anyhow::anyhow;
use clap::{
    Arg, ArgAction, CommandFactory, Parser,
    builder::RangedU64ValueParser,
    error::{ContextKind, ContextValue},
    value_parser,
};
use lettre::message::Mailbox;
use std::{fmt::Write as _, net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// No error contains the values of these.
const SECRETS: [&str; 2] = ["HANDSTAMP_OUTBOX_KEY", "HANDSTAMP_SECRET"];

/// A setting that can be `none` or `off`. An alias, because clap treats the name `Option` as an argument without a
/// default.
type OrNone<T> = Option<T>;

/// The settings as given by the operator. The first paragraph of each field lists the allowed values. The second one
/// has the default, if it depends on other settings.
#[derive(Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
pub(super) struct Settings {
    /// sqlite:// and a file, which is made; or postgres://user:password@host/database
    #[arg(long = "DATABASE_URL", default_value = "sqlite://data/handstamp.db")]
    #[arg(value_parser = checked(DatabaseUrl::parse))]
    pub(super) database_url: DatabaseUrl,

    /// the address and port to listen on
    #[arg(long = "HANDSTAMP_ADDR", default_value = "127.0.0.1:3000")]
    pub(super) addr: SocketAddr,

    /// the URL that browsers open: issuer of the tokens, Origin check, names of the cookies
    ///
    /// Default: localhost and the port of HANDSTAMP_ADDR, with https if HANDSTAMP_TLS_CERT is set
    #[arg(long = "HANDSTAMP_PUBLIC_URL", value_parser = checked(public_url::parse))]
    pub(super) public_url: Option<Url>,

    /// other URLs that browsers may open this server under, separated by commas, with the scheme of the public URL
    #[arg(long = "HANDSTAMP_OTHER_URLS", default_value = "none")]
    #[arg(value_parser = checked(or_none(url_list)))]
    pub(super) other_urls: OrNone<Vec<Url>>,

    /// true or false: whether browsers require https of all subdomains of the public URL too
    #[arg(long = "HANDSTAMP_HSTS_SUBDOMAINS", default_value = "false", action = ArgAction::Set)]
    pub(super) hsts_subdomains: bool,

    /// true or false: whether the public URL may be plain http on another host than localhost
    #[arg(long = "HANDSTAMP_ALLOW_HTTP", default_value = "false", action = ArgAction::Set)]
    pub(super) allow_http: bool,

    /// a PEM file with the certificate chain, to serve https without a proxy; read again when it changes
    #[arg(long = "HANDSTAMP_TLS_CERT", default_value = "none")]
    #[arg(value_parser = checked(or_none(|text| Some(PathBuf::from(text)))))]
    pub(super) tls_cert: OrNone<PathBuf>,

    /// a PEM file with the private key of the certificate
    #[arg(long = "HANDSTAMP_TLS_KEY", default_value = "none")]
    #[arg(value_parser = checked(or_none(|text| Some(PathBuf::from(text)))))]
    pub(super) tls_key: OrNone<PathBuf>,

    /// 32 bytes or more, base64; older ones behind commas are still read
    ///
    /// Default: made on the first start, kept in data/secret; none on PostgreSQL
    #[arg(long = "HANDSTAMP_SECRET")]
    pub(super) secret: Option<String>,

    /// a file that holds what HANDSTAMP_SECRET would, for a secret that is mounted as a file
    ///
    /// Default: none
    #[arg(long = "HANDSTAMP_SECRET_FILE")]
    pub(super) secret_file: Option<PathBuf>,

    /// lifetime of access tokens, 1s to 24h; never over half the idle lifetime
    #[arg(long = "HANDSTAMP_ACCESS_TTL", default_value = "15m")]
    #[arg(value_parser = checked(|text| lifetime(text, DAY)))]
    pub(super) access_ttl: Duration,

    /// lifetime of a session, 1s to 366d, absolute
    #[arg(long = "HANDSTAMP_REFRESH_TTL", default_value = "30d")]
    #[arg(value_parser = checked(|text| lifetime(text, 366 * DAY)))]
    pub(super) refresh_ttl: Duration,

    /// a session unused this long ends, 1s to 366d, or off
    #[arg(long = "HANDSTAMP_IDLE_TTL", default_value = "off")]
    #[arg(value_parser = checked(|text| match text {
        "off" => Some(None),
        _ => lifetime(text, 366 * DAY).map(Some),
    }))]
    pub(super) idle_ttl: OrNone<Duration>,

    /// 0s (strict) or more; never over a quarter of the access lifetime
    #[arg(long = "HANDSTAMP_REUSE_WINDOW", default_value = "10s")]
    #[arg(value_parser = humantime::parse_duration)]
    pub(super) reuse_window: Duration,

    /// 401 or 403, the answer to an expired access token
    #[arg(long = "HANDSTAMP_EXPIRED_STATUS", default_value = "401")]
    #[arg(value_parser = checked(|text| text.parse::<u16>().ok().filter(|status| matches!(status, 401 | 403))))]
    pub(super) expired_status: u16,

    /// smtps://user:password@host:465, smtp://…?tls=required, or none: mail stays in the outbox
    #[arg(long = "HANDSTAMP_SMTP_URL", default_value = "none")]
    #[arg(value_parser = checked(or_none(smtp_url::parse)))]
    pub(super) smtp_url: OrNone<Url>,

    /// a PEM file with the root certificates to trust for the mail server, instead of the system's
    #[arg(long = "HANDSTAMP_SMTP_CA", default_value = "none")]
    #[arg(value_parser = checked(or_none(|text| Some(PathBuf::from(text)))))]
    pub(super) smtp_ca: OrNone<PathBuf>,

    /// the sender of the mail: `Name <address>`, ASCII before the @
    #[arg(long = "HANDSTAMP_MAIL_FROM", default_value = "Handstamp <no-reply@localhost>")]
    #[arg(value_parser = checked(address::sender))]
    pub(super) mail_from: Mailbox,

    /// how many proxies stand in front, 0 to 8: so many entries of X-Forwarded-For are believed
    #[arg(long = "HANDSTAMP_PROXIES", default_value = "0")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(..=8))]
    pub(super) proxies: usize,

    /// true or false: guest accounts, the lab, Server-Timing, and /outbox where no mail is sent and the URL is localhost
    ///
    /// Default: true on SQLite with a public URL on this machine, else false
    #[arg(long = "HANDSTAMP_DEMO")]
    pub(super) demo: Option<bool>,

    /// 16 to 64 letters, digits, hyphens and underscores: the key in the URL that opens /outbox
    ///
    /// Default: made at each start
    #[arg(long = "HANDSTAMP_OUTBOX_KEY", value_parser = checked(outbox_key))]
    pub(super) outbox_key: Option<String>,

    /// true or false: whether /api/docs shows the document of the JSON API, which is at /api/openapi.json
    ///
    /// Default: as HANDSTAMP_DEMO
    #[arg(long = "HANDSTAMP_API_DOCS")]
    pub(super) api_docs: Option<bool>,

    /// on, or off for load tests
    #[arg(long = "HANDSTAMP_RATE_LIMITS", default_value = "on", action = ArgAction::Set)]
    #[arg(value_parser = checked(on_or_off))]
    pub(super) rate_limits: bool,

    /// how many accounts, and as many guests, one address may make in an hour without a delay; 1 to 100000
    #[arg(long = "HANDSTAMP_SIGN_UP_LIMIT", default_value = "120")]
    #[arg(value_parser = value_parser!(i64).range(1..=100_000))]
    pub(super) sign_up_limit: i64,

    /// a tracing filter, or off
    #[arg(long = "HANDSTAMP_LOG", default_value = "info", value_parser = checked(log_filter))]
    pub(super) log: String,
}

impl Settings {
    /// Parses the variables. clap reads only the environment of the process, so each variable is passed as an argument.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        // An empty variable is treated as unset.
        let given = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let command = Self::command();
        let names = command.get_arguments().filter_map(Arg::get_long);
        let arguments = names.filter_map(|name| Some(format!("--{name}={}", given(name)?.trim())));
        Self::try_parse_from(arguments).map_err(|error| not_allowed(&error, given))
    }
}

/// Returns an error with the variable, its value without a password, and the allowed values. The message of clap would
/// contain the password.
fn not_allowed(error: &clap::Error, given: impl Fn(&str) -> Option<String>) -> anyhow::Error {
    let command = Settings::command();
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        return anyhow!("the settings can't be read: {}", error.kind());
    };
    let is_meant = |name: &str| argument.starts_with(&format!("--{name} "));
    let setting = command.get_arguments().find(|arg| arg.get_long().is_some_and(is_meant));
    let Some((variable, allowed)) = setting.and_then(|arg| arg.get_long().zip(arg.get_help()))
    else {
        return anyhow!("the settings can't be read: {}", error.kind());
    };
    let value = given(variable).unwrap_or_default();
    let shown = match variable {
        _ if SECRETS.contains(&variable) => "…".to_owned(),
        _ if variable.ends_with("_URL") => connection::without_password(&value),
        _ => value,
    };
    anyhow!("{variable} is set to \"{shown}\", which is not allowed. Allowed: {allowed}.")
}

/// Returns the part of `--help` that lists the settings.
pub fn help() -> String {
    let mut help = String::from(
        "Settings come from the environment, or from a file .env in the working folder:\n",
    );
    for setting in Settings::command().get_arguments() {
        if let Some((variable, allowed)) = setting.get_long().zip(setting.get_help()) {
            let default = default_of(setting);
            let _ = write!(help, "\n  {variable:<26}{allowed}\n{:28}[default: {default}]", "");
        }
    }
    help
}

/// Returns the default for `--help`.
pub(super) fn default_of(setting: &Arg) -> String {
    if let [default, ..] = setting.get_default_values() {
        return default.to_string_lossy().into_owned();
    }
    let text = setting.get_long_help().map(ToString::to_string).unwrap_or_default();
    text.split_once("Default: ").map(|(_, default)| default.to_owned()).unwrap_or_default()
}
