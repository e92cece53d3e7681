//! Runs every benchmark of the workspace, in an optimised build. What they
//! print passes through; lines of the form `bench: NAME<tab>VALUE<tab>UNIT<tab>NOTE`
//! are gathered in one table at the end.

use crate::tree::root;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Runs them and prints the table.
pub fn run() -> Result<(), String> {
    let mut child = Command::new("cargo")
        .args(["bench", "--quiet", "--locked", "--workspace", "--bench", "*"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo bench: {error}"))?;
    let output = child.stdout.take().expect("its output was piped above");
    let mut rows = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line.map_err(|error| format!("cargo bench: {error}"))?;
        match line.strip_prefix("bench: ") {
            Some(row) => rows.push(row.split('\t').map(str::to_owned).collect::<Vec<_>>()),
            None => println!("{line}"),
        }
    }
    let status = child.wait().map_err(|error| format!("cargo bench: {error}"))?;
    print_table(&rows);
    if status.success() { Ok(()) } else { Err(format!("cargo bench: {status}")) }
}

fn print_table(rows: &[Vec<String>]) {
    let width = rows.iter().filter_map(|row| row.first()).map(|name| name.chars().count()).max().unwrap_or(0);
    for row in rows {
        let cell = |at: usize| row.get(at).map_or("", String::as_str);
        println!("{:<width$}  {:>14} {:<10} {}", cell(0), cell(1), cell(2), cell(3));
    }
}
