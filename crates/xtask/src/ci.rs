//! The one list of steps that continuous integration runs. Every step runs even
//! when one before it failed, its output passes through, its time is shown, and
//! the last line adds up the tests of all.

use crate::tree::root;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One step.
struct Step {
    name: &'static str,
    /// A line for `bash -c`, from the root of the project.
    line: &'static str,
}

const STEPS: &[Step] = &[
    Step { name: "format", line: "cargo fmt --all --check" },
    Step { name: "tidy", line: "cargo xtask tidy" },
    Step { name: "web", line: "cd web && npm ci --no-audit --no-fund && npm run build" },
    Step { name: "web-lint", line: "cd web && npm run lint && npm run typecheck" },
    Step { name: "web-test", line: "cd web && npm test" },
    Step { name: "release", line: "cargo build --release --locked --package server" },
    Step { name: "lint", line: "cargo clippy --release --workspace --all-targets --locked -- --deny warnings" },
    Step {
        name: "test",
        line: "scripts/with-postgres.sh cargo test --release --workspace --locked --exclude sim --no-fail-fast",
    },
    // Everything shares the binary's profile, so that each library is built once;
    // years of simulated time want an optimised build anyway.
    Step { name: "sim", line: "cargo test --release --locked --package sim --no-fail-fast" },
    Step { name: "soak", line: "cargo test --release --locked --package server --test soak -- --ignored --nocapture" },
    Step { name: "cloud-api", line: "tests/.venv/bin/python tests/cloud_api/run.py" },
    Step { name: "e2e", line: "tests/.venv/bin/python tests/e2e/run.py" },
    Step { name: "interop", line: "tests/.venv/bin/python tests/interop/run.py" },
];

/// How a step went.
struct Outcome {
    name: &'static str,
    passed: u64,
    failed: u64,
    skipped: u64,
    success: bool,
    took: Duration,
}

impl Outcome {
    fn of(name: &'static str) -> Outcome {
        Outcome { name, passed: 0, failed: 0, skipped: 0, success: false, took: Duration::ZERO }
    }
}

/// What did not run is said, so that nobody takes it for passed.
fn tally(outcome: &Outcome) -> String {
    let Outcome { passed, failed, skipped, .. } = outcome;
    let skipped = if *skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    format!("{passed} passed, {failed} failed{skipped}")
}

/// Runs all steps, or those named.
pub fn run(names: &[&str]) -> Result<(), String> {
    for name in names {
        if !STEPS.iter().any(|step| step.name == *name) {
            let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            return Err(format!("no step {name}; there are: {}", known.join(", ")));
        }
    }
    let chosen = STEPS.iter().filter(|step| names.is_empty() || names.contains(&step.name));
    let outcomes: Vec<Outcome> = chosen.map(execute).collect();
    println!("\n==== summary");
    for outcome in &outcomes {
        let verdict = if outcome.success { "ok" } else { "FAILED" };
        let seconds = outcome.took.as_secs_f64();
        println!("{:<12} {verdict:<7} {seconds:>7.1} s  {}", outcome.name, tally(outcome));
    }
    let all = outcomes.iter().fold(Outcome::of("all"), |mut all, outcome| {
        all.passed += outcome.passed;
        all.failed += outcome.failed;
        all.skipped += outcome.skipped;
        all
    });
    println!("{}", tally(&all));
    if outcomes.iter().all(|outcome| outcome.success) { Ok(()) } else { Err("some steps failed".to_owned()) }
}

fn execute(step: &Step) -> Outcome {
    println!("\n==== {}: {}", step.name, step.line);
    let started = Instant::now();
    let mut outcome = Outcome::of(step.name);
    let child = Command::new("bash")
        .args(["-c", &format!("set -euo pipefail; ({}) 2>&1", step.line)])
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn();
    match child {
        Ok(mut child) => {
            let output = child.stdout.take().expect("its output was piped above");
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                println!("{line}");
                count(&line, &mut outcome);
            }
            outcome.success = child.wait().is_ok_and(|status| status.success());
        }
        Err(error) => println!("bash: {error}"),
    }
    // A step without tests counts as one; a step that broke before its tests counts as one failure.
    if outcome.passed + outcome.failed == 0 && outcome.success {
        outcome.passed = 1;
    }
    if outcome.failed == 0 && !outcome.success {
        outcome.failed = 1;
    }
    outcome.took = started.elapsed();
    outcome
}

/// Adds what a test runner's closing line says: cargo's `test result: ok. 3
/// passed; 0 failed`, Vitest's `Tests  12 passed (12)`, ours `5 passed, 0 failed`.
fn count(line: &str, outcome: &mut Outcome) {
    let plain = without_colours(line);
    let plain = plain.trim();
    let closing = plain.starts_with("test result:")
        || plain.starts_with("Tests  ")
        || (plain.starts_with(|c: char| c.is_ascii_digit()) && plain.contains(" passed, "));
    if closing {
        outcome.passed += number_before(plain, " passed");
        outcome.failed += number_before(plain, " failed");
        // Cargo says "ignored" of a test that did not run.
        outcome.skipped += number_before(plain, " skipped") + number_before(plain, " ignored");
    }
}

fn without_colours(line: &str) -> String {
    let mut plain = String::new();
    let mut escape = false;
    for c in line.chars() {
        match (escape, c) {
            (false, '\u{1b}') => escape = true,
            (false, other) => plain.push(other),
            (true, 'm') => escape = false,
            (true, _) => {}
        }
    }
    plain
}

fn number_before(text: &str, word: &str) -> u64 {
    let Some(at) = text.find(word) else { return 0 };
    let digits: String = text[..at].chars().rev().take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_all_runners_are_counted() {
        let mut outcome = Outcome::of("x");
        count("test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured", &mut outcome);
        count("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m12 passed\u{1b}[39m (12)", &mut outcome);
        count("test result: ok. 0 passed; 0 failed; 1 ignored; 0 measured", &mut outcome);
        count("5 passed, 2 failed, 3 skipped", &mut outcome);
        count("the caller passed, nothing failed", &mut outcome);
        assert_eq!((outcome.passed, outcome.failed, outcome.skipped), (20, 3, 4));
        assert_eq!(tally(&outcome), "20 passed, 3 failed, 4 skipped");
        assert_eq!(tally(&Outcome::of("x")), "0 passed, 0 failed");
    }
}
