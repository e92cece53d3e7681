//! Which room may know which. The order of the house is not a convention: a
//! dependency against it, or an I/O library in a pure room, is a fault.

use crate::purity::PURE;
use crate::tree::{Tree, root};
use serde_json::Value;
use std::process::Command;

/// Each room and the rooms it may depend on.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("sip", &[]),
    ("media", &[]),
    ("centre", &["sip", "media"]),
    ("store", &["centre"]),
    ("sim", &["sip", "media", "centre"]),
    ("server", &["sip", "media", "centre", "store"]),
    ("fuzz", &["sip", "media"]),
    ("xtask", &[]),
];

/// Libraries that do I/O or read clocks, never in a pure room.
const IMPURE: &[&str] = &["tokio", "mio", "sqlx", "axum", "hyper", "reqwest", "socket2", "tracing", "chrono", "jiff"];

/// Checks every package of the workspace.
pub fn check(_tree: &Tree, faults: &mut Vec<String>) -> Result<(), String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    for package in metadata["packages"].as_array().into_iter().flatten() {
        room(package, faults);
    }
    Ok(())
}

fn room(package: &Value, faults: &mut Vec<String>) {
    let name = package["name"].as_str().unwrap_or_default();
    let Some((_, allowed)) = MAY_KNOW.iter().find(|(room, _)| *room == name) else {
        faults
            .push(format!("crates/{name}: no such room; a new crate needs a line in xtask's rooms.rs and a decision"));
        return;
    };
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let other = dependency["name"].as_str().unwrap_or_default();
        let for_tests = dependency["kind"].as_str() == Some("dev");
        let ours = !dependency["path"].is_null();
        if ours && !for_tests && !allowed.contains(&other) {
            faults.push(format!("crates/{name}: must not know {other}"));
        }
        if !for_tests && PURE.contains(&name) && IMPURE.contains(&other) {
            faults.push(format!("crates/{name}: is pure and must not use {other}"));
        }
    }
}
