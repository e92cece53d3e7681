//! Rules that hold for the text of a file: its length, its opening, words that
//! must not stand in it, and links that must lead somewhere.

use crate::locks;
use crate::tree::{File, Tree, root};

/// Longest file in lines. Longer ones hold two ideas.
const FILE_LINES: usize = 800;

/// Words that must not be committed, and why. Written in two halves, so that
/// this file does not contain them.
const BANNED: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ho", "me/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/Us", "ers/"), "a path of one machine"),
    (concat!("FIX", "ME"), "unfinished work belongs in docs/STATUS.md"),
    (concat!("TO", "DO"), "unfinished work belongs in docs/STATUS.md"),
    (concat!("<<<<", "<<< "), "an unresolved merge"),
    (concat!(">>>>", ">>> "), "an unresolved merge"),
];

/// Checks every file.
pub fn check(tree: &Tree, faults: &mut Vec<String>) {
    for file in &tree.files {
        if locks::is_lock(&file.path) {
            continue;
        }
        length(file, faults);
        banned(file, faults);
        opening(file, faults);
        if file.path.ends_with(".md") {
            links(file, faults);
        }
    }
}

/// Generated text, prose and fixtures may be long.
fn length(file: &File, faults: &mut Vec<String>) {
    let code = [".rs", ".ts", ".tsx", ".py", ".mjs", ".sh", ".css", ".sql"].iter().any(|end| file.path.ends_with(end));
    let generated = file.path.contains("generated") || file.text.starts_with("/**\n * This file was auto-generated");
    let lines = file.text.lines().count();
    if code && !generated && lines > FILE_LINES {
        faults.push(format!("{}: {lines} lines, the fence is {FILE_LINES}", file.path));
    }
}

fn banned(file: &File, faults: &mut Vec<String>) {
    for (at, line) in file.text.lines().enumerate() {
        for (word, why) in BANNED {
            if line.contains(word) {
                faults.push(format!("{}:{}: \"{word}\": {why}", file.path, at + 1));
            }
        }
    }
}

/// Every source says in its first lines what it is.
fn opening(file: &File, faults: &mut Vec<String>) {
    if file.is_crate_source() && !file.text.starts_with("//!") {
        faults.push(format!("{}: begins without saying what it is (//! …)", file.path));
    }
}

/// A link to a file of this tree must find it.
fn links(file: &File, faults: &mut Vec<String>) {
    let folder = std::path::Path::new(&file.path).parent().unwrap_or(std::path::Path::new(""));
    let mut rest = file.text.as_str();
    while let Some(start) = rest.find("](") {
        rest = &rest[start + 2..];
        let Some(end) = rest.find(')') else { break };
        let target = rest[..end].split('#').next().unwrap_or("");
        let outside = target.contains("://") || target.starts_with("mailto:");
        if !target.is_empty() && !outside && !root().join(folder).join(target).exists() {
            faults.push(format!("{}: the link to {target} leads nowhere", file.path));
        }
        rest = &rest[end..];
    }
}
