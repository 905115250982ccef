//! The server binary as a process of its own.

use anyhow::{Context, bail, ensure};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::JoinHandle,
};

/// The binary with these settings and no others, in this working folder.
pub fn command(binary: &str, folder: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary);
    command.current_dir(folder).env_clear();
    if let Some(site) = empty_site() {
        command.env("LEPTOS_SITE_ROOT", site);
    }
    command.envs(settings.iter().copied()).stderr(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Makes a site with an empty program beside the binaries, if none was built: the server does not start without one.
/// Tests run from the folder `deps` beside the binaries.
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

/// A server in its own process, on a port of its own. It is killed with this value.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    child: Child,
    log: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts it, and waits until it listens.
    ///
    /// # Errors
    /// It ended instead; with its log.
    pub fn start(binary: &str, folder: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut command = command(binary, folder, settings);
        if !settings.iter().any(|(variable, _)| *variable == "HANDSTAMP_ADDR") {
            command.env("HANDSTAMP_ADDR", "127.0.0.1:0");
        }
        Self::spawn(command)
    }

    /// Starts what [`command`] made, and waits until it listens.
    ///
    /// # Errors
    /// It ended instead; with its log.
    pub fn spawn(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::null()).spawn().context("starting the server")?;
        let mut lines = BufReader::new(child.stderr.take().context("the server has no output")?);
        let mut log = String::new();
        let addr = loop {
            let before = log.len();
            if lines.read_line(&mut log)? == 0 {
                child.wait()?;
                bail!("it did not start: {log}");
            }
            if let Some((_, rest)) = log[before..].split_once("handstamp serves addr=") {
                break rest.split_whitespace().next().unwrap_or_default().parse()?;
            }
        };
        let log = std::thread::spawn(move || {
            let _ = lines.read_to_string(&mut log);
            log
        });
        Ok(Self { addr, child, log: Some(log) })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal such as `TERM` or `KILL`, by the shell's own `kill`.
    ///
    /// # Errors
    /// The process is gone.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let command = format!("kill -{name} {}", self.child.id());
        ensure!(Command::new("sh").args(["-c", &command]).status()?.success(), "{command}");
        Ok(())
    }

    /// Lets no file of the process grow beyond so many bytes, while it runs; `None` for no limit.
    ///
    /// # Errors
    /// The operating system's.
    #[cfg(target_os = "linux")]
    pub fn limit_files(&self, bytes: Option<u64>) -> anyhow::Result<()> {
        use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
        let maximum = getrlimit(Resource::Fsize).maximum;
        let process = Pid::from_child(&self.child);
        prlimit(Some(process), Resource::Fsize, Rlimit { current: bytes.or(maximum), maximum })?;
        Ok(())
    }

    /// Waits until it has ended; answers its exit code and everything that it logged.
    ///
    /// # Errors
    /// The operating system's.
    pub fn wait(mut self) -> anyhow::Result<(Option<i32>, String)> {
        let code = self.child.wait()?.code();
        let log = self.log.take().and_then(|log| log.join().ok()).unwrap_or_default();
        Ok((code, log))
    }

    /// Asks it to stop with SIGTERM, and waits.
    ///
    /// # Errors
    /// It was gone already.
    pub fn stop(self) -> anyhow::Result<(Option<i32>, String)> {
        self.signal("TERM")?;
        self.wait()
    }

    /// Sends one request as it stands, over a connection of its own; answers all that comes back.
    ///
    /// # Errors
    /// The network's.
    pub fn ask(&self, request: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.addr)?;
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Posts JSON as a browser's page does.
    ///
    /// # Errors
    /// The network's.
    pub fn post(&self, path: &str, headers: &str, body: &str) -> anyhow::Result<String> {
        let length = body.len();
        self.ask(&format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nSec-Fetch-Site: same-origin\r\n{headers}\r\n{body}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
