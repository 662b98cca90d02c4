//! Starting other programs: always from the root of the workspace, never with anything on standard input.

use std::{
    env,
    ffi::OsString,
    io::{self, Read, Write},
    process::{Command, ExitStatus, Stdio},
};

use crate::failure::Failure;

/// The cargo that started this program, so that its choice of toolchain is kept.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// Runs `command` with its output on the terminal; an exit code other than zero is a failure.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.stdin(Stdio::null()).status().map_err(|source| not_started(command, source))?;
    succeeded(command, status)
}

/// Runs `command` and returns what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| not_started(command, source))?;
    succeeded(command, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs `command` with its output on the terminal *and* returned, so that a runner's own counts can be read from it.
///
/// Standard output and standard error are passed on as they come and returned one after the other.
pub(crate) fn run_and_keep(command: &mut Command) -> Result<(ExitStatus, String), Failure> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| not_started(command, source))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let text = std::thread::scope(|scope| {
        let errors = scope.spawn(|| stderr.map(|stream| pass_on(stream, io::stderr())).unwrap_or_default());
        let mut text = stdout.map(|stream| pass_on(stream, io::stdout())).unwrap_or_default();
        text.push('\n');
        text.push_str(&errors.join().unwrap_or_default());
        text
    });
    let status = child.wait().map_err(|source| not_started(command, source))?;
    Ok((status, text))
}

/// Whether `command` can be started and succeeds. Its output is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether `program --version` works, that is, whether it is installed.
pub(crate) fn installed(program: &str) -> bool {
    succeeds(Command::new(program).arg("--version"))
}

/// Whether cargo knows the subcommand `name`, such as `nextest`.
pub(crate) fn cargo_has(name: &str) -> bool {
    succeeds(cargo().args([name, "--version"]))
}

/// The command line, for messages.
pub(crate) fn shown(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    if let Some(name) = text.rsplit(std::path::MAIN_SEPARATOR).next() {
        text = name.to_owned();
    }
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

fn pass_on(mut from: impl Read, mut to: impl Write) -> String {
    let (mut kept, mut buffer) = (Vec::new(), [0; 8192]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                kept.extend_from_slice(&buffer[..length]);
                // A closed terminal is no reason to stop counting.
                let _ = to.write_all(&buffer[..length]).and_then(|()| to.flush());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() { Ok(()) } else { Err(Failure::Command { command: shown(command), status }) }
}

fn not_started(command: &Command, source: io::Error) -> Failure {
    Failure::Start { command: shown(command), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_kept_and_the_status_told() {
        let (status, text) = run_and_keep(cargo().arg("--version")).unwrap();
        assert!(status.success());
        assert!(text.starts_with("cargo "), "{text}");

        let (status, text) = run_and_keep(cargo().arg("no-such-subcommand")).unwrap();
        assert!(!status.success());
        assert!(text.contains("no-such-subcommand"), "{text}");
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let failure = run(Command::new("no-such-program-anywhere").arg("--flag")).unwrap_err();
        assert!(failure.to_string().starts_with("`no-such-program-anywhere --flag` could not be started"), "{failure}");
        assert!(!installed("no-such-program-anywhere"));
    }

    #[test]
    fn a_failing_command_is_shown_without_the_folder_of_its_program() {
        let failure = output(cargo().arg("no-such-subcommand")).unwrap_err();
        assert!(failure.to_string().starts_with("`cargo no-such-subcommand` ended with"), "{failure}");
    }
}
