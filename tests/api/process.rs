//! The binary itself: how it starts, what it logs, how it stops.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
};
use tempfile::TempDir;

fn handstamp(folder: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handstamp"));
    command
        .current_dir(folder)
        .env_clear()
        .envs(settings.iter().copied())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

fn run(settings: &[(&str, &str)]) -> (Output, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let output = handstamp(folder.path(), settings).output().unwrap();
    (output, folder)
}

/// A server in its own process, on a port of its own.
struct Server {
    child: Child,
    port: u16,
    log: std::thread::JoinHandle<String>,
}

impl Server {
    fn start(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let mut child =
            handstamp(folder, settings).env("HANDSTAMP_ADDR", "127.0.0.1:0").spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut log = String::new();
        while !log.contains("handstamp serves") {
            assert!(lines.read_line(&mut log).unwrap() > 0, "it did not start: {log}");
        }
        let port = log.split("addr=127.0.0.1:").nth(1).unwrap();
        let port = port.split_whitespace().next().unwrap().parse().unwrap();
        let log = std::thread::spawn(move || {
            lines.read_to_string(&mut log).unwrap();
            log
        });
        Self { child, port, log }
    }

    /// Sends a signal such as `TERM`, by the shell's own `kill`.
    fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn post(&self, path: &str, headers: &str, body: &str) -> String {
        let length = body.len();
        self.ask(&format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nSec-Fetch-Site: same-origin\r\n{headers}\r\n{body}"))
    }

    /// Asks it to stop with SIGTERM; answers its exit code and everything that it logged.
    fn stop(mut self) -> (Option<i32>, String) {
        self.signal("TERM");
        (self.child.wait().unwrap().code(), self.log.join().unwrap())
    }
}

#[test]
fn help_shows_every_setting() {
    let folder = tempfile::tempdir().unwrap();
    let output = handstamp(folder.path(), &[]).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success()
            && help.contains("HANDSTAMP_ACCESS_TTL")
            && help.contains("[default: 15m]")
    );
}

#[test]
fn what_stops_the_start_says_so_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (settings, words) in [
        (vec![("HANDSTAMP_ACCESS_TTL", "soon")], vec!["HANDSTAMP_ACCESS_TTL", "soon", "1s to 24h"]),
        (vec![("HANDSTAMP_ADDR", taken.as_str())], vec!["HANDSTAMP_ADDR", taken.as_str()]),
        (
            vec![("DATABASE_URL", "sqlite:///proc/nowhere/h.db")],
            vec!["data folder", "/proc/nowhere"],
        ),
        (vec![("HANDSTAMP_SECRET", "c2hvcnQ=")], vec!["HANDSTAMP_SECRET", "32 bytes"]),
    ] {
        let quiet = [settings, vec![("HANDSTAMP_LOG", "off")]].concat();
        let (output, _folder) = run(&quiet);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn the_secret_is_made_once_for_this_user_alone_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("data/secret");
    let first = Server::start(folder.path(), &[]);
    assert_eq!(std::fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    let made = std::fs::read(&secret).unwrap();
    assert_eq!(first.stop().0, Some(0));
    let second = Server::start(folder.path(), &[]);
    assert_eq!(std::fs::read(&secret).unwrap(), made);
    assert_eq!(second.stop().0, Some(0));
}

#[test]
fn a_whole_session_leaves_no_secret_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[("HANDSTAMP_LOG", "trace")]);
    let password = "correct horse battery";
    let account =
        format!(r#"{{"username":"ada","email":"ada@example.org","password":"{password}"}}"#);
    let signed_up = server.post("/auth/sign_up", "", &account);
    let refresh =
        signed_up.split("__Secure-handstamp_refresh=").nth(1).unwrap().split(';').next().unwrap();
    let access = signed_up.split("\"access_token\":\"").nth(1).unwrap().split('"').next().unwrap();
    let cookie = format!("Cookie: __Secure-handstamp_refresh={refresh}\r\n");
    assert!(server.post("/auth/refresh", &cookie, "").contains("200 OK"));
    server.post("/auth/log_in", "", r#"{"username":"ada","password":"wrong but secret"}"#);
    server.ask(&format!("GET /api/profile HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {access}\r\n\r\n"));
    server.ask(&format!(
        "GET /api/posts?access_token={access} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    ));
    server.ask(&format!("GET /?x={refresh} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    server.post("/auth/log_out", &cookie, "");
    let (_, log) = server.stop();
    assert!(log.contains("/auth/sign_up") && log.contains("/api/posts"), "the log is on");
    for secret in [password, "wrong but secret", access, refresh, &refresh[10..60]] {
        assert!(!log.contains(secret), "a secret in the log");
    }
}

#[test]
fn at_ctrl_c_a_request_in_flight_is_finished_before_the_server_stops() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let body = r#"{"username":"ada","email":"ada@example.org","password":"correct horse"}"#;
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let head = format!(
        "POST /auth/sign_up HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body.as_bytes()[..10]).unwrap();
    // A second connection is answered only after the first one was accepted.
    assert!(
        server
            .ask("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .contains("200 OK")
    );
    server.signal("INT");
    stream.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let Server { mut child, log, .. } = server;
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(log.join().unwrap().contains("stopped"));
}
