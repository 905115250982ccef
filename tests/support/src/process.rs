//! The server binary in a separate process.

use anyhow::{Context, bail, ensure};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::JoinHandle,
    time::Duration,
};

/// How long a start, a stop or a response may take. Then the process is killed, so that no test hangs.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Kills a process after [`TIMEOUT`], unless it is dropped before.
struct Watchdog(#[expect(dead_code, reason = "ends the thread when it is dropped")] Sender<()>);

impl Watchdog {
    fn start(process: u32) -> Self {
        let (sender, dropped) = mpsc::channel();
        std::thread::spawn(move || {
            if dropped.recv_timeout(TIMEOUT) == Err(RecvTimeoutError::Timeout) {
                let kill = format!("kill -KILL {process}");
                let _ = Command::new("sh").args(["-c", &kill]).status();
            }
        });
        Self(sender)
    }
}

/// Returns a command for the binary with exactly these settings, in this working directory.
pub fn command(binary: &str, folder: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary);
    command.current_dir(folder).env_clear();
    if let Some(site) = empty_site() {
        command.env("LEPTOS_SITE_ROOT", site);
    }
    command.envs(settings.iter().copied()).stderr(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Creates a site with an empty script next to the binaries if none was built, because the server requires one. Tests
/// run from the folder `deps` next to the binaries.
fn empty_site() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let binaries = test.parent()?.parent()?;
    if binaries.join("site").exists() {
        return None;
    }
    let site = binaries.join("empty-site");
    let hashes = fs::read_to_string(binaries.join("hash.txt")).unwrap_or_default();
    let hash = hashes.lines().find_map(|line| line.strip_prefix("js: "));
    let script = hash.map_or("handstamp.js".to_owned(), |hash| format!("handstamp.{hash}.js"));
    fs::create_dir_all(site.join("pkg")).ok()?;
    fs::write(site.join("pkg").join(script), "").ok()?;
    Some(site)
}

/// A server process on a free port. It is killed when this value is dropped.
#[derive(Debug)]
pub struct Server {
    /// The address that it listens on.
    pub addr: SocketAddr,
    child: Child,
    log: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts the server, and waits until it listens.
    ///
    /// # Errors
    /// Fails with the log if the process ends instead.
    pub fn start(binary: &str, folder: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut command = command(binary, folder, settings);
        if !settings.iter().any(|(variable, _)| *variable == "HANDSTAMP_ADDR") {
            command.env("HANDSTAMP_ADDR", "127.0.0.1:0");
        }
        Self::spawn(command)
    }

    /// Starts a command from [`command()`], and waits until it listens.
    ///
    /// # Errors
    /// Fails with the log if the process ends instead.
    pub fn spawn(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::null()).spawn().context("starting the server")?;
        let _watchdog = Watchdog::start(child.id());
        let mut lines = BufReader::new(child.stderr.take().context("the server has no output")?);
        let mut log = String::new();
        let addr = loop {
            let before = log.len();
            if lines.read_line(&mut log)? == 0 {
                child.wait()?;
                bail!("the server did not start: {log}");
            }
            let field =
                log[before..].split_whitespace().find_map(|word| word.strip_prefix("addr="));
            if let Some(Ok(addr)) = field.map(str::parse) {
                break addr;
            }
        };
        let log = std::thread::spawn(move || {
            let _ = lines.read_to_string(&mut log);
            log
        });
        Ok(Self { addr, child, log: Some(log) })
    }

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal such as `TERM` or `KILL`, with `kill` of the shell.
    ///
    /// # Errors
    /// Fails if the process has ended.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let command = format!("kill -{name} {}", self.child.id());
        ensure!(Command::new("sh").args(["-c", &command]).status()?.success(), "{command}");
        Ok(())
    }

    /// Limits the file size of the running process to this many bytes, or removes the limit.
    ///
    /// # Errors
    /// Fails if the operating system rejects the limit.
    #[cfg(target_os = "linux")]
    pub fn limit_files(&self, bytes: Option<u64>) -> anyhow::Result<()> {
        use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
        let maximum = getrlimit(Resource::Fsize).maximum;
        let process = Pid::from_child(&self.child);
        prlimit(Some(process), Resource::Fsize, Rlimit { current: bytes.or(maximum), maximum })?;
        Ok(())
    }

    /// Waits until the process has ended. Returns its exit code and its log.
    ///
    /// # Errors
    /// Fails if the operating system can't wait for the process. The exit code is `None` if it had to be killed.
    pub fn wait(mut self) -> anyhow::Result<(Option<i32>, String)> {
        let watchdog = Watchdog::start(self.child.id());
        let code = self.child.wait()?.code();
        drop(watchdog);
        let log = self.log.take().and_then(|log| log.join().ok()).unwrap_or_default();
        Ok((code, log))
    }

    /// Stops the process with SIGTERM. Returns its exit code and its log.
    ///
    /// # Errors
    /// Fails if the process has ended already.
    pub fn stop(self) -> anyhow::Result<(Option<i32>, String)> {
        self.signal("TERM")?;
        self.wait()
    }

    /// Sends a raw request over a new connection. Returns everything that the server sends.
    ///
    /// # Errors
    /// Fails if the connection breaks.
    pub fn send_raw(&self, request: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.addr)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.write_all(request.as_bytes())?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        Ok(response)
    }

    /// Posts JSON like a script of a same-origin page.
    ///
    /// # Errors
    /// Fails if the connection breaks.
    pub fn post(&self, path: &str, headers: &str, body: &str) -> anyhow::Result<String> {
        let length = body.len();
        self.send_raw(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\
             Sec-Fetch-Site: same-origin\r\n{headers}\r\n{body}"
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
