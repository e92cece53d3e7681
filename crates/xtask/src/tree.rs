//! The project's files as git lists them, read once for every rule.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One text file.
pub struct File {
    /// Its path from the root, with `/`.
    pub path: String,
    /// What it contains.
    pub text: String,
}

impl File {
    /// Whether it is a Rust source of a crate (not a test, bench or example beside it).
    pub fn is_crate_source(&self) -> bool {
        self.path.starts_with("crates/") && self.path.contains("/src/") && self.path.ends_with(".rs")
    }
}

/// All of them.
pub struct Tree {
    /// Every text file, in order of path.
    pub files: Vec<File>,
}

/// The root of the project.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).expect("xtask stands in crates/xtask").to_owned()
}

impl Tree {
    /// Reads what git knows and what it would know after `git add`.
    pub fn read() -> Result<Tree, String> {
        let listed = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
            .current_dir(root())
            .output()
            .map_err(|error| format!("git ls-files: {error}"))?;
        if !listed.status.success() {
            return Err(format!("git ls-files: {}", String::from_utf8_lossy(&listed.stderr)));
        }
        let list = String::from_utf8(listed.stdout).map_err(|_| "a path is not UTF-8".to_owned())?;
        let mut paths: Vec<String> = list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
        paths.sort();
        paths.retain(|path| root().join(path).is_file());
        let files = paths.iter().filter_map(|path| read_text(path)).collect();
        Ok(Tree { files })
    }
}

/// The file, unless it is binary.
fn read_text(path: &str) -> Option<File> {
    let bytes = std::fs::read(root().join(path)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    Some(File { path: path.to_owned(), text })
}
