//! Hundreds of worlds, each an hour long, each from its own seed. And every
//! seed that ever failed, for good.
//!
//! `SIM_SEEDS` says how many fresh seeds (200), `SIM_FIRST` where they begin
//! (1), `SIM_HOURS` how long each world lasts (1), `SIM_THREADS` how many are
//! lived at once (2). Replay one with
//! `cargo run --release -p sim --example replay -- SEED`.

use centre::journal::EndStatus;
use sim::{Report, Scenario, run};
use std::collections::BTreeSet;
use std::time::Duration;

/// Seeds that failed once, with what they found.
const FAILED_ONCE: &[(u64, &str)] = &[
    (4, "a talk moved to a new page by way of a leg that was gone already"),
    (5, "a caller left the queue while a desk rang"),
    (11, "a sound was let go before a call that plays it"),
    (17, "an agent muted a leg that was lost already"),
];

fn from_env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[allow(clippy::disallowed_methods)] // The harness may use threads; each world is single and pure.
fn run_all(seeds: &[u64], scenario: &Scenario) -> Vec<Report> {
    let threads = from_env("SIM_THREADS", 2).max(1) as usize;
    std::thread::scope(|scope| {
        let lives: Vec<_> = (0..threads)
            .map(|first| {
                scope.spawn(move || {
                    seeds.iter().skip(first).step_by(threads).map(|seed| run(*seed, scenario)).collect::<Vec<_>>()
                })
            })
            .collect();
        lives.into_iter().flat_map(|life| life.join().expect("a world does not panic")).collect()
    })
}

fn all_good(reports: &[Report]) {
    let bad: Vec<String> = reports
        .iter()
        .filter(|report| !report.faults.is_empty())
        .map(|report| format!("seed {}: {:#?}", report.seed, &report.faults[..report.faults.len().min(3)]))
        .collect();
    let calls: usize = reports.iter().map(|report| report.calls).sum();
    let served: usize = reports.iter().map(|report| report.served).sum();
    let crashes: u64 = reports.iter().map(|report| report.crashes).sum();
    println!("{} worlds, {calls} calls, {served} answered by an agent, {crashes} crashes", reports.len());
    assert!(bad.is_empty(), "{} of {} worlds failed\n{}", bad.len(), reports.len(), bad[..bad.len().min(5)].join("\n"));
}

#[test]
fn hours_without_a_fault() {
    let first = from_env("SIM_FIRST", 1);
    let seeds: Vec<u64> = (first..first + from_env("SIM_SEEDS", 200)).collect();
    let lasts = Duration::from_secs(3_600 * from_env("SIM_HOURS", 1));
    let reports = run_all(&seeds, &Scenario { lasts, ..Scenario::hour() });
    all_good(&reports);
    let statuses: BTreeSet<EndStatus> = reports.iter().flat_map(|report| report.statuses.keys().copied()).collect();
    for status in [EndStatus::Busy, EndStatus::NotAnswer, EndStatus::CallerCancelWhileRing, EndStatus::ClientError] {
        assert!(reports.len() < 20 || statuses.contains(&status), "no call out ended as {}", status.word());
    }
    // A referee of something that never happens cannot fail.
    let causes: BTreeSet<&str> = reports.iter().flat_map(|report| report.causes.keys()).map(String::as_str).collect();
    for cause in ["call.ended_from_outside", "node.restarted", "node.stopped", "application.gone", "desk.page_lost"] {
        assert!(reports.len() < 20 || causes.contains(cause), "no call ended by {cause}: {causes:?}");
    }
}

#[test]
fn seeds_that_failed_once_do_not_fail_again() {
    let seeds: Vec<u64> = FAILED_ONCE.iter().map(|(seed, _)| *seed).collect();
    // They failed before anybody called out; with such calls their lives would be others.
    all_good(&run_all(&seeds, &Scenario { calls_out: 0.0, ..Scenario::hour() }));
}

#[test]
fn a_hundred_calls_at_once_for_two_agents() {
    let reports = run_all(&[1, 2, 3, 4, 5, 6, 7, 8], &Scenario::rush());
    all_good(&reports);
    for report in reports {
        assert!(report.served > 0, "seed {}: somebody was served", report.seed);
        let ended: usize = report.statuses.values().sum();
        assert_eq!(ended, report.callers - report.wrong_numbers, "seed {}: every call ended once", report.seed);
    }
}

#[test]
fn fair_weather_serves_everybody() {
    let reports = run_all(&[1, 2, 3, 4], &Scenario::fair_weather());
    all_good(&reports);
    for report in reports {
        assert_eq!(report.served, report.callers, "seed {}", report.seed);
    }
}

#[test]
fn the_same_seed_lives_the_same_life() {
    let lasts = Duration::from_secs(600);
    let scenario = Scenario { lasts, trace: sim::scenario::Trace::On, ..Scenario::hour() };
    assert_eq!(run(42, &scenario).trace, run(42, &scenario).trace);
}
