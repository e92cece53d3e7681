//! Lives one seed again and prints what happened:
//! `cargo run --release -p sim --example replay -- SEED [rush|fair] [WORD]`.
//! With a word, only lines that contain it are shown.

use sim::scenario::{Scenario, Trace};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seed = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let rest: Vec<String> = arguments.collect();
    let scenario = match rest.first().map(String::as_str) {
        Some("rush") => Scenario::rush(),
        Some("fair") => Scenario::fair_weather(),
        Some(_) | None => Scenario::hour(),
    };
    let words: Vec<&String> = rest.iter().filter(|word| !["rush", "fair"].contains(&word.as_str())).collect();
    let report = sim::run(seed, &Scenario { trace: Trace::On, ..scenario });
    for line in report.trace.iter().filter(|line| words.iter().all(|word| line.contains(*word))) {
        println!("{line}");
    }
    println!(
        "seed {seed}: {} callers, {} calls, {} served, {} crashes, {} repairs, {:?}",
        report.callers, report.calls, report.served, report.crashes, report.repairs, report.statuses
    );
    for fault in &report.faults {
        println!("FAULT {fault}");
    }
}
