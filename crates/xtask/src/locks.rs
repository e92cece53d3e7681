//! Lock files: whoever builds elsewhere must find the same packages, on any
//! machine. So they name the public registries or none, and no package of
//! another system is missing.

use crate::tree::{File, Tree};
use serde_json::{Map, Value};

/// Whether a file is written by a package manager.
pub fn is_lock(path: &str) -> bool {
    path == "Cargo.lock" || path.ends_with("package-lock.json")
}

/// Checks every lock file.
pub fn check(tree: &Tree, faults: &mut Vec<String>) {
    for file in tree.files.iter().filter(|file| is_lock(&file.path)) {
        registries(file, faults);
        if file.path.ends_with(".json") {
            completeness(file, faults);
        }
    }
}

fn registries(file: &File, faults: &mut Vec<String>) {
    for (at, line) in file.text.lines().enumerate() {
        let line = line.trim();
        let foreign = match (line.strip_prefix("source = "), line.strip_prefix("\"resolved\": ")) {
            (Some(source), _) => !source.starts_with("\"registry+https://github.com/rust-lang/crates.io-index\""),
            (None, Some(resolved)) => {
                resolved.contains("://") && !resolved.starts_with("\"https://registry.npmjs.org/")
            }
            (None, None) => false,
        };
        if foreign {
            faults.push(format!("{}:{}: a package from somewhere else than the public registry", file.path, at + 1));
        }
    }
}

/// npm leaves packages of other systems out of a lock when it cannot find them
/// or when it starts from installed ones; `npm ci` then refuses the lock.
fn completeness(file: &File, faults: &mut Vec<String>) {
    let Ok(lock) = serde_json::from_str::<Value>(&file.text) else {
        faults.push(format!("{}: is not JSON", file.path));
        return;
    };
    let nothing = Map::new();
    let packages = lock["packages"].as_object().unwrap_or(&nothing);
    for (path, package) in packages {
        for name in package["optionalDependencies"].as_object().unwrap_or(&nothing).keys() {
            let beside = format!("node_modules/{name}");
            if !packages.contains_key(&beside) && !packages.contains_key(&format!("{path}/{beside}")) {
                faults.push(format!(
                    "{}: {path} wants {name}, which the lock does not hold; remake it from scratch",
                    file.path
                ));
            }
        }
    }
}
