//! What a call costs the whole product: the real binary with its journal on
//! disk, called by a generator over loopback sockets. Cost is the CPU time of
//! the server's process; rates are those of one core. Beside them stand what a
//! bare pair of SIP endpoints does in the same run, the delay from INVITE to
//! 200 under load, and memory: idle and for each call with sound.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures with the clock of the machine")]

mod generator;
#[allow(dead_code, reason = "the soak uses the rest")]
mod product;
mod telephones;

use generator::{Generator, Load, Outcome};
use product::Product;
use std::time::Duration;
use telephones::{Nonces, Telephones};

/// Calls a second that are tried, one after another, until they no longer all succeed in time.
const RATES: [u32; 8] = [50, 100, 200, 300, 400, 600, 800, 1_200];
/// How long each rate is kept.
const STEP: Duration = Duration::from_secs(5);
/// The slowest answer at the 99th percentile with which a rate still counts as carried.
const IN_TIME: Duration = Duration::from_millis(100);
/// Calls that stand at once while memory is read.
const STANDING: u32 = 1_000;
/// Registrations of one figure.
const REGISTRATIONS: usize = 60_000;

fn main() {
    let product = Product::start();
    println!(
        "bench: node: start to first answer\t{:.2}\ts\tmigrations and demo included",
        product.started.as_secs_f64()
    );
    let idle = product.memory_mib();
    println!("bench: node: memory when idle\t{idle:.1}\tMiB\tresident, console and database inside");
    let mut generator = Generator::new(product.sip, &product.number);
    // The first calls meet cold caches and empty pools.
    generator.run(Load { rate: 50, lasts: Duration::from_secs(2), talk: Duration::ZERO });
    // Before the rush, which leaves pools behind that hide what a call costs.
    memory_of_calls(&product, &mut generator);
    let best = search(&product, &mut generator);
    at_most_of_it(&product, &mut generator, best);
    drop(product);
    registrations(idle);
}

/// Raises the rate until it is not carried; gives the last that was.
fn search(product: &Product, generator: &mut Generator) -> u32 {
    println!("{:>8} {:>8} {:>8} {:>10} {:>10} {:>12}", "calls/s", "made", "failed", "p50 ms", "p99 ms", "cpu us/call");
    let mut best = RATES[0];
    let mut cheapest = f64::INFINITY;
    for rate in RATES {
        let (outcome, cpu) = step(product, generator, rate);
        let cost = cpu.as_secs_f64() / f64::from(outcome.made.max(1));
        print_step(rate, &outcome, cost);
        if outcome.failed * 1_000 > outcome.made || outcome.percentile(99) > IN_TIME {
            break;
        }
        (best, cheapest) = (rate, cheapest.min(cost));
    }
    println!(
        "bench: node: calls set up and torn down\t{:.0}\t/s/core\t{:.0} us CPU a call, journal on disk; carried {best}/s beside the generator",
        1.0 / cheapest,
        cheapest * 1e6
    );
    best
}

fn at_most_of_it(product: &Product, generator: &mut Generator, best: u32) {
    let rate = best * 4 / 5;
    let (outcome, _) = step(product, generator, rate);
    println!(
        "bench: node: INVITE to 200 at 80 % load\t{:.1}\tms p99\tp50 {:.1} ms at {rate} calls/s",
        outcome.percentile(99).as_secs_f64() * 1e3,
        outcome.percentile(50).as_secs_f64() * 1e3
    );
}

fn memory_of_calls(product: &Product, generator: &mut Generator) {
    let before = product.memory_mib();
    let load = Load { rate: 250, lasts: Duration::from_secs(u64::from(STANDING / 250)), talk: Duration::from_secs(8) };
    let mut most = before;
    let outcome = generator.run_watched(load, || most = most.max(product.memory_mib()));
    println!(
        "bench: node: memory of a call with sound\t{:.1}\tKiB\t{} calls at once: {before:.1} to {most:.1} MiB resident",
        (most - before).max(0.0) * 1024.0 / f64::from(outcome.made.max(1)),
        outcome.made
    );
}

/// A server with many telephones: what it costs when they register, and what each of them holds.
fn registrations(idle_mib: f64) {
    let (product, accounts) = Product::start_with(telephones::make);
    let mut phones = Telephones::new(product.sip, accounts);
    let known = product.memory_mib();
    // Once round, so that all are registered; it also warms what is measured then.
    phones.register(telephones::PHONES, Nonces::Fresh);
    std::thread::sleep(Duration::from_secs(1));
    let registered = product.memory_mib();
    let each = |mib: f64| mib.max(0.0) * 1024.0 / telephones::PHONES as f64;
    println!(
        "bench: node: memory of a registered telephone\t{:.2}\tKiB\t{} of them, {:.2} KiB of it for the account; {registered:.1} MiB resident",
        each(registered - idle_mib),
        telephones::PHONES,
        each(known - idle_mib)
    );
    for (name, nonces) in [("a challenge each", Nonces::Fresh), ("nonces used again", Nonces::UsedAgain)] {
        let (cpu, began) = (product.cpu(), std::time::Instant::now());
        let done = phones.register(REGISTRATIONS, nonces);
        let (cpu, lasted) = (product.cpu() - cpu, began.elapsed());
        println!(
            "bench: node: registrations with digest, {name}\t{:.0}\t/s/core\t{:.1} us CPU each; {:.0}/s beside the generator, {} of {REGISTRATIONS} failed",
            f64::from(done.made) / cpu.as_secs_f64(),
            cpu.as_secs_f64() * 1e6 / f64::from(done.made.max(1)),
            f64::from(done.made) / lasted.as_secs_f64(),
            done.failed
        );
    }
}

fn step(product: &Product, generator: &mut Generator, rate: u32) -> (Outcome, Duration) {
    let before = product.cpu();
    let outcome = generator.run(Load { rate, lasts: STEP, talk: Duration::ZERO });
    (outcome, product.cpu() - before)
}

fn print_step(rate: u32, outcome: &Outcome, cost: f64) {
    println!(
        "{rate:>8} {:>8} {:>8} {:>10.1} {:>10.1} {:>12.0}",
        outcome.made,
        outcome.failed,
        outcome.percentile(50).as_secs_f64() * 1e3,
        outcome.percentile(99).as_secs_f64() * 1e3,
        cost * 1e6
    );
}
