use super::TEST_TIMEOUT;
use std::{
    path::Path,
    process::{Command, Output, Stdio},
    sync::mpsc,
    thread,
};
use support::process::{Server, command};
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_handstamp");

/// Runs the binary until it ends, on a free port unless the settings contain one.
pub(crate) fn run_to_end(settings: &[(&str, &str)]) -> (Output, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(BINARY, folder.path(), settings);
    if !settings.iter().any(|(variable, _)| *variable == "HANDSTAMP_ADDR") {
        command.env("HANDSTAMP_ADDR", "127.0.0.1:0");
    }
    (output_of(command), folder)
}

/// Waits for the end of a process. Kills it and fails if it still runs after [`TEST_TIMEOUT`].
pub(crate) fn output_of(mut command: Command) -> Output {
    let child = command.stdin(Stdio::null()).spawn().unwrap();
    let id = child.id().to_string();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(TEST_TIMEOUT) else {
        Command::new("kill").arg(id).status().unwrap();
        panic!("the process did not end in time");
    };
    output.unwrap()
}

/// Starts the binary in its own process and waits until it listens.
pub(crate) fn start_server(folder: &Path, settings: &[(&str, &str)]) -> Server {
    Server::start(BINARY, folder, settings).unwrap()
}
