//! The real binary under calls for a long time: nothing may be left behind. Three
//! minutes by default, as long as `CALLYARD_SOAK_MINUTES` says otherwise:
//! `cargo test --release -p server --test soak -- --ignored --nocapture`.

#![allow(dead_code, reason = "the benchmark uses the rest of what is shared")]

#[path = "../benches/node/generator.rs"]
mod generator;
#[path = "../benches/node/product.rs"]
mod product;

use generator::{Generator, Load};
use product::Product;
use std::time::{Duration, Instant};

/// Calls a second, and how long each talks: three hundred at once.
const RATE: u32 = 100;
const TALK: Duration = Duration::from_secs(3);
/// Between two looks at memory.
const LOOK: Duration = Duration::from_secs(20);
/// Until the last transaction (32 s) and the last port (5 s) are let go.
const REST: Duration = Duration::from_secs(45);

/// How many more connections to the database (a file and its log each), and threads
/// that wait for it, the pools may have opened since the first burst. What a call
/// leaves behind would be here thousands of times.
const POOLED: usize = 8;

/// What is held when nobody calls, by its name on the metrics page.
const GAUGES: [&str; 5] =
    ["callyard_calls", "callyard_legs", "callyard_rtp_ports", "callyard_sip_dialogs", "callyard_sip_transactions"];

#[test]
#[ignore = "takes minutes; continuous integration runs it as a step of its own"]
fn nothing_is_left_behind_by_many_calls() {
    let minutes = std::env::var("CALLYARD_SOAK_MINUTES").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let product = Product::start();
    let mut generator = Generator::new(product.sip, &product.number);
    let load = |lasts| Load { rate: RATE, lasts, talk: TALK };
    // What a first burst brings (pools, caches, database pages) is not counted as growth.
    generator.run(load(Duration::from_secs(40)));
    std::thread::sleep(REST);
    let (files, threads) = (product.files(), product.threads());
    let began = Instant::now();
    let (mut made, mut failed, mut weights) = (0, 0, Vec::new());
    while began.elapsed() < Duration::from_secs(minutes * 60) {
        let outcome = generator.run(load(LOOK));
        (made, failed) = (made + outcome.made, failed + outcome.failed);
        weights.push(product.memory_mib());
        println!(
            "{:>5} s  {made:>7} calls  {failed} failed  p99 {:>6.1} ms  {:>6.1} MiB",
            began.elapsed().as_secs(),
            outcome.percentile(99).as_secs_f64() * 1e3,
            product.memory_mib()
        );
    }
    std::thread::sleep(REST);
    for name in GAUGES {
        assert_eq!(product.metric(name), 0, "{name} after all calls are over");
    }
    assert_eq!(product.metric("callyard_repairs_total"), 0, "nothing had to be repaired");
    assert_eq!(product.metric("callyard_journal_lost_total"), 0);
    // The look at the figures is a connection of its own, and takes a moment to be closed.
    let held = |files: &[String]| files.iter().filter(|file| !is_pooled(file)).count();
    let open = settled(|| product.files(), |open| held(open) <= held(&files));
    assert!(held(&open) <= held(&files), "open now: {open:#?}\nopen before: {files:#?}");
    assert!(open.len() <= files.len() + POOLED, "open now: {open:#?}\nopen before: {files:#?}");
    let now = settled(|| product.threads(), |now| *now <= threads);
    assert!(now <= threads + POOLED, "{now} threads, {threads} before");
    assert!(failed * 1_000 <= made, "{failed} of {made} calls failed");
    let (early, late) = (mean(&weights[..weights.len().div_ceil(3)]), mean(&weights[weights.len() * 2 / 3..]));
    assert!(late <= early * 1.1 + 4.0, "memory grew from {early:.1} to {late:.1} MiB");
}

/// Whether a file is one that the database's pool of connections opens when it grows.
fn is_pooled(file: &str) -> bool {
    file.contains("callyard.db")
}

/// Looks until it is as wished, for at most twelve seconds (an idle thread of a pool
/// stays ten), and gives the last look.
fn settled<T>(look: impl Fn() -> T, wished: impl Fn(&T) -> bool) -> T {
    let began = Instant::now();
    loop {
        let seen = look();
        if wished(&seen) || began.elapsed() > Duration::from_secs(12) {
            return seen;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn mean(weights: &[f64]) -> f64 {
    weights.iter().sum::<f64>() / weights.len().max(1) as f64
}
