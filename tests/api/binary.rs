//! The binary as a process: help, startup errors, what it prints and sends, and how it stops.

use crate::helpers::{BINARY, TEST_TIMEOUT, output_of, run_to_end, start_server};
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::Instant,
};
use support::{
    process::command,
    smtp::{Behavior, SmtpServer},
};

/// Returns the names of all settings that occur in the source of the configuration.
fn settings_in_source() -> BTreeSet<String> {
    let mut settings = BTreeSet::from(["DATABASE_URL".to_owned()]);
    for entry in fs::read_dir("src/server/config").unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        let words = source.split(|c: char| !c.is_ascii_uppercase() && c != '_');
        settings.extend(words.filter(|word| word.starts_with("HANDSTAMP_")).map(str::to_owned));
    }
    settings
}

#[test]
fn help_shows_every_setting() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(BINARY, folder.path(), &[]);
    command.arg("--help");
    let output = output_of(command);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = help.lines().collect();
    let settings = settings_in_source();
    assert!(settings.len() > 20, "{settings:?}");
    for setting in settings {
        let at = lines.iter().position(|line| line.starts_with(&format!("  {setting} ")));
        let at = at.unwrap_or_else(|| panic!("{setting} is missing"));
        let default = lines[at + 1].trim();
        assert!(default.starts_with("[default: ") && default.ends_with(']'), "{setting}");
    }
    let at = lines.iter().position(|line| line.contains("HANDSTAMP_ACCESS_TTL")).unwrap();
    assert_eq!(lines[at + 1].trim(), "[default: 15m]");
}

#[test]
fn unknown_arguments_are_startup_errors() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["--nonsense"][..], &["nonsense"], &["--HANDSTAMP_DEMO=true"]] {
        let mut command = command(BINARY, folder.path(), &[]);
        command.args(arguments);
        let output = output_of(command);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
        let name = arguments[0].split('=').next().unwrap();
        assert!(error.contains(name) && error.contains("handstamp --help"), "{error}");
    }
}

#[test]
fn startup_errors_are_one_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    for (settings, words) in [
        (vec![("HANDSTAMP_ACCESS_TTL", "soon")], vec!["HANDSTAMP_ACCESS_TTL", "soon", "1s to 24h"]),
        (
            vec![("HANDSTAMP_ADDR", taken.as_str())],
            vec![taken.as_str(), "port in use", "for example HANDSTAMP_ADDR=127.0.0.1:"],
        ),
        (
            vec![("HANDSTAMP_PUBLIC_URL", "http://example.org")],
            vec!["HANDSTAMP_PUBLIC_URL", "http://example.org", "HANDSTAMP_ALLOW_HTTP=true"],
        ),
        (
            vec![("DATABASE_URL", "sqlite:///proc/nowhere/h.db")],
            vec!["data folder", "/proc/nowhere"],
        ),
        (vec![("HANDSTAMP_SECRET", "c2hvcnQ=")], vec!["HANDSTAMP_SECRET", "32 bytes"]),
    ] {
        let quiet = [settings, vec![("HANDSTAMP_LOG", "off")]].concat();
        let (output, _folder) = run_to_end(&quiet);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn a_bad_line_in_the_env_file_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["HANDSTAMP_SECRET=aHVudGVyMg==, aHVudGVyMw==", "HANDSTAMP_SECRET='aHVudGVyMg=="] {
        fs::write(folder.path().join(".env"), format!("HANDSTAMP_LOG=off\n{line}\n")).unwrap();
        let settings = [("HANDSTAMP_ADDR", "127.0.0.1:0")];
        let output = output_of(command(BINARY, folder.path(), &settings));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.contains(".env") && !error.contains("aHVudGVy"), "{error}");
    }
}

#[test]
fn a_missing_site_is_a_startup_error() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("nothing-here");
    let (output, _folder) =
        run_to_end(&[("LEPTOS_SITE_ROOT", site.to_str().unwrap()), ("HANDSTAMP_LOG", "off")]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
    assert!(error.contains("nothing-here") && error.contains("LEPTOS_SITE_ROOT"), "{error}");
}

/// So two servers that differ only in `HANDSTAMP_ADDR` use separate cookies.
#[test]
fn the_default_public_url_and_the_cookie_names_contain_the_port_of_the_listener() {
    let folder = tempfile::tempdir().unwrap();
    let server = start_server(folder.path(), &[]);
    let port = server.addr.port();
    let requested = server.post("/auth/send_magic_link", "", r#"{"email":"ada@example.org"}"#);
    assert!(requested.unwrap().contains(&format!("handstamp_asked_{port}=")));
    let (_, log) = server.stop().unwrap();
    assert!(log.contains(&format!("url=http://localhost:{port}/")), "{log}");
}

/// The key is printed on the terminal and not logged.
#[test]
fn a_demo_prints_the_url_that_opens_its_outbox() {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        [("HANDSTAMP_ADDR", "127.0.0.1:0"), ("HANDSTAMP_OUTBOX_KEY", "the-key-of-the-outbox")];
    let mut process = command(BINARY, folder.path(), &settings).spawn().unwrap();
    let mut stdout = BufReader::new(process.stdout.take().unwrap());
    let (sender, first_line) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        sender.send(line)
    });
    let printed = first_line.recv_timeout(TEST_TIMEOUT);
    process.kill().unwrap();
    process.wait().unwrap();
    let printed = printed.unwrap();
    let (before, after) = printed.trim_end().split_once("/outbox#").unwrap();
    assert!(before.contains("http://localhost:"), "{printed}");
    assert_eq!(after, "the-key-of-the-outbox");
}

#[test]
fn the_server_delivers_queued_mail() {
    let folder = tempfile::tempdir().unwrap();
    let mail = SmtpServer::start(Behavior::Accept).unwrap();
    let server = start_server(folder.path(), &[("HANDSTAMP_SMTP_URL", &mail.url())]);
    server.post("/auth/send_magic_link", "", r#"{"email":"ada@example.org"}"#).unwrap();
    let deadline = Instant::now() + TEST_TIMEOUT;
    while mail.received().is_empty() {
        assert!(Instant::now() < deadline, "no e-mail within {TEST_TIMEOUT:?}");
        server.send_raw("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    }
    assert_eq!(mail.received()[0].to, ["ada@example.org"]);
    assert_eq!(server.stop().unwrap().0, Some(0));
}

#[test]
fn a_request_in_flight_is_finished_before_the_server_stops() {
    let folder = tempfile::tempdir().unwrap();
    let server = start_server(folder.path(), &[]);
    let body = r#"{"username":"ada","email":"ada@example.org","password":"correct horse"}"#;
    let mut stream = TcpStream::connect(server.addr).unwrap();
    stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    let head = format!(
        "POST /auth/sign_up HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body.as_bytes()[..10]).unwrap();
    // A second connection gets a response only after the first one was accepted.
    assert!(
        server
            .send_raw("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap()
            .contains("200 OK")
    );
    server.signal("INT").unwrap();
    stream.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (code, log) = server.wait().unwrap();
    assert_eq!(code, Some(0));
    assert!(log.contains("stopped"));
}
