//! `cargo run --release -p fuzz -- [--rounds N] [--seed N] [TARGET…]`: bends the
//! corpus for as long as one likes. What makes a target fail is written into its
//! folder, where the tests meet it from then on.

use fuzz::{TARGETS, Target, corpus, mutate::Mutator};
use std::panic::catch_unwind;
use std::process::ExitCode;

const USAGE: &str = "usage: fuzz [--rounds N] [--seed N] [TARGET…]";

struct Wish {
    rounds: u64,
    seed: u64,
    names: Vec<String>,
}

fn main() -> ExitCode {
    let outcome = wish().and_then(|wish| {
        let known = |name: &String| TARGETS.iter().any(|target| target.name == name);
        if let Some(unknown) = wish.names.iter().find(|name| !known(name)) {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            return Err(format!("no target {unknown}; there are: {}", names.join(", ")));
        }
        let chosen = |target: &&Target| wish.names.is_empty() || wish.names.iter().any(|name| name == target.name);
        TARGETS.iter().filter(chosen).try_for_each(|target| run(target, &wish))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn wish() -> Result<Wish, String> {
    let mut wish = Wish { rounds: 100_000, seed: 1, names: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|text| text.parse().ok()).ok_or(USAGE);
        match word.as_str() {
            "--rounds" => wish.rounds = number()?,
            "--seed" => wish.seed = number()?,
            flag if flag.starts_with('-') => return Err(USAGE.to_owned()),
            name => wish.names.push(name.to_owned()),
        }
    }
    Ok(wish)
}

fn run(target: &Target, wish: &Wish) -> Result<(), String> {
    let examples = corpus::examples(target).map_err(|error| format!("{}: {error}", target.name))?;
    let mut mutator = Mutator::new(wish.seed);
    for round in 0..wish.rounds {
        let bytes = mutator.next(&examples);
        if catch_unwind(|| (target.run)(&bytes)).is_err() {
            let file = corpus::folder(target).join(format!("failed-{}-{round}", wish.seed));
            std::fs::write(&file, &bytes).map_err(|error| format!("{}: {error}", file.display()))?;
            return Err(format!("{}: failed; its bytes are in {}", target.name, file.display()));
        }
    }
    println!("{}: {} rounds from {} examples, no fault", target.name, wish.rounds, examples.len());
    Ok(())
}
