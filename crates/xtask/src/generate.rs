//! Pages and types that are written from code. Each page is the expectation of
//! a test beside the code it describes, so a stale page fails that test; here
//! the tests are run in the mode that writes.

use crate::tree::root;
use std::process::Command;

/// Writes all of them.
pub fn write() -> Result<(), String> {
    crate::rfc::write()?;
    // docs/manual/errors.md, docs/manual/configuration.md, openapi.json
    let manual = &["test", "--release", "--quiet", "--package", "centre", "--package", "server", "--test", "manual"];
    run(Command::new("cargo").args(manual).env("UPDATE_EXPECT", "1"))?;
    run(Command::new("npm").args(["run", "generate"]).current_dir(root().join("web")))
}

fn run(command: &mut Command) -> Result<(), String> {
    if command.get_current_dir().is_none() {
        command.current_dir(root());
    }
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}
