//! The project's own commands: `cargo xtask tidy | gen | bench | ci`.
//! Checks that a compiler cannot make, pages written from code, and the one
//! list of steps that continuous integration runs.

mod bench;
mod ci;
mod generate;
mod lengths;
mod lines;
mod locks;
mod purity;
mod rfc;
mod rooms;
mod tree;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  tidy    checks the house rules: sizes, purity, directions, words, links
  gen     writes the pages and types that are generated from code
  bench   runs every benchmark and prints one table
  ci      runs everything that continuous integration runs (ci STEP… for some)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["tidy"] => tidy(),
        ["gen"] => generate::write(),
        ["bench"] => bench::run(),
        ["ci", steps @ ..] => ci::run(steps),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every rule and lists all faults, so that one run mends many.
fn tidy() -> Result<(), String> {
    let tree = tree::Tree::read()?;
    let mut faults = Vec::new();
    lines::check(&tree, &mut faults);
    locks::check(&tree, &mut faults);
    lengths::check(&tree, &mut faults);
    purity::check(&tree, &mut faults);
    rooms::check(&tree, &mut faults)?;
    rfc::check(&tree, &mut faults);
    faults.sort();
    if faults.is_empty() {
        println!("tidy: {} files, no faults", tree.files.len());
        return Ok(());
    }
    Err(format!("{}\ntidy: {} faults", faults.join("\n"), faults.len()))
}
