//! Tests of the settings.

use super::{settings::default_of, *};
use clap::CommandFactory;
use std::path::Path;

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
    for setting in Settings::command().get_arguments() {
        let (variable, default) = (setting.get_long().unwrap(), default_of(setting));
        assert!(!default.is_empty() && help().contains(variable) && help().contains(&default));
    }
}

#[test]
fn the_demo_is_enabled_by_default_only_on_loopback_with_sqlite() {
    for (settings, expected) in [
        (&[("HANDSTAMP_PUBLIC_URL", "http://localhost:8080")][..], true),
        (&[("HANDSTAMP_PUBLIC_URL", "https://localhost:8443")], true),
        (&[("HANDSTAMP_PUBLIC_URL", "https://example.org")], false),
        (&[("HANDSTAMP_PUBLIC_URL", "http://10.0.0.7"), ("HANDSTAMP_ALLOW_HTTP", "true")], false),
        (&[("DATABASE_URL", "postgres://localhost/h")], false),
        (&[("HANDSTAMP_PUBLIC_URL", "https://example.org"), ("HANDSTAMP_DEMO", "true")], true),
    ] {
        assert_eq!(read(settings).unwrap().demo, expected, "{settings:?}");
    }
}

#[test]
fn other_urls_share_the_scheme_of_the_public_url() {
    let public = ("HANDSTAMP_PUBLIC_URL", "https://example.org");
    let others = ("HANDSTAMP_OTHER_URLS", "https://example.com, https://10.0.0.7:8443");
    assert_eq!(read(&[public, others]).unwrap().urls().count(), 3);
    for bad in ["http://example.com", "https://example.com/path", "example.com", ","] {
        let error = read(&[public, ("HANDSTAMP_OTHER_URLS", bad)]).unwrap_err().to_string();
        assert!(error.contains("HANDSTAMP_OTHER_URLS"), "{bad}: {error}");
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
fn the_reuse_window_is_at_most_a_quarter_of_the_access_lifetime() {
    let config = read(&[("HANDSTAMP_ACCESS_TTL", "8s")]).unwrap();
    assert_eq!(config.reuse_window, Duration::from_secs(2));
}

#[test]
fn the_access_lifetime_is_at_most_half_the_idle_lifetime() {
    let config = read(&[("HANDSTAMP_IDLE_TTL", "1m")]).unwrap();
    assert_eq!(config.access_ttl, Duration::from_secs(30));
}

#[test]
fn a_password_in_a_url_is_not_printed() {
    for (variable, value, shown) in [
        ("DATABASE_URL", "mysql://ada:hunter2@db/x", "\"mysql://…@db/x\""),
        ("DATABASE_URL", "postgres:ada:hunter2@db/x", "\"…@db/x\""),
        ("DATABASE_URL", "mysql://db/x?password=hunter2", "\"mysql://db/x\""),
        ("DATABASE_URL", "mysql://ada:hunter2?@db/x", "\"mysql://…\""),
        ("DATABASE_URL", "mysql://db/x?password=@hunter2", "\"mysql://…\""),
        ("DATABASE_URL", "ada:hunter2://@db/x", "\"…@db/x\""),
        ("DATABASE_URL", "postgres://ada:hunter2", "\"postgres://…\""),
        ("DATABASE_URL", "host=db password=hunter2", "\"…\""),
        ("HANDSTAMP_SMTP_URL", "ada:hunter2@mail.example.org:587", "\"…@mail.example.org:587\""),
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
fn an_invalid_value_is_reported_with_the_variable_and_the_allowed_values() {
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
        ("HANDSTAMP_RATE_LIMITS", "maybe"),
        ("HANDSTAMP_LOG", "warning"),
        ("HANDSTAMP_LOG", "a=b=c,"),
    ] {
        let message = read(&[(variable, value)]).unwrap_err().to_string();
        let command = Settings::command();
        let setting = command.get_arguments().find(|arg| arg.get_long() == Some(variable)).unwrap();
        let allowed = setting.get_help().unwrap().to_string();
        assert!([variable, value, &allowed].iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
fn a_bad_key_is_not_in_the_error() {
    let message = read(&[("HANDSTAMP_OUTBOX_KEY", "short")]).unwrap_err().to_string();
    assert!(message.contains("HANDSTAMP_OUTBOX_KEY") && !message.contains("short"), "{message}");
}

#[test]
fn an_empty_variable_is_unset_and_spaces_around_a_value_are_ignored() {
    let config = read(&[("HANDSTAMP_ACCESS_TTL", " "), ("HANDSTAMP_LOG", " debug ")]).unwrap();
    assert_eq!((config.access_ttl, config.log.as_str()), (Duration::from_secs(900), "debug"));
    let config = read(&[("HANDSTAMP_SMTP_URL", "none"), ("HANDSTAMP_TLS_CERT", "none")]).unwrap();
    assert!(config.smtp.is_none() && config.tls.is_none());
}

#[test]
fn a_health_check_reads_only_the_settings_of_the_listener() {
    let listener = |certificate: &str| {
        listener(|name| match name {
            "HANDSTAMP_ADDR" => Some("127.0.0.1:4000".to_owned()),
            "HANDSTAMP_TLS_CERT" => Some(certificate.to_owned()),
            _ => Some("not allowed".to_owned()),
        })
    };
    let addr = "127.0.0.1:4000".parse().unwrap();
    assert_eq!(listener("").unwrap(), (addr, false));
    assert_eq!(listener("c.pem").unwrap(), (addr, true));
}

#[test]
fn an_invalid_secret_is_refused_and_not_printed() {
    let message = read(&[("HANDSTAMP_SECRET", "aHVudGVyMg==")]).unwrap_err().to_string();
    assert!(message.contains("32 bytes") && !message.contains("aHVudGVyMg"));
    assert!(!format!("{:?}", read(&[]).unwrap()).contains(&SECRET[..12]));
}
