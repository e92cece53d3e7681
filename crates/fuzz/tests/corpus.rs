//! Every example of the corpus, and a bounded number of bent ones, against
//! every way in. A failure names its target and its round; `main.rs` writes the
//! bytes down.

use fuzz::mutate::Mutator;
use fuzz::{TARGETS, corpus};

/// Bent examples for each target: some seconds in an optimised build.
const ROUNDS: u32 = if cfg!(debug_assertions) { 300 } else { 20_000 };

#[test]
fn every_example_is_met() {
    for target in TARGETS {
        let examples = corpus::examples(target).expect("the corpus");
        assert!(examples.len() >= 5, "{}: {} examples are too few to begin with", target.name, examples.len());
        examples.iter().for_each(|bytes| (target.run)(bytes));
    }
}

#[test]
fn bent_examples_are_met() {
    for target in TARGETS {
        let examples = corpus::examples(target).expect("the corpus");
        let mut mutator = Mutator::new(20_260);
        for round in 0..ROUNDS {
            let bytes = mutator.next(&examples);
            // Said by the test harness only when this round panics.
            println!("{} round {round}: {} bytes", target.name, bytes.len());
            (target.run)(&bytes);
        }
    }
}

/// The same seed must bend in the same way, or no failure could be had again.
#[test]
fn luck_has_a_seed() {
    let examples = vec![b"INVITE sip:a@b SIP/2.0\r\n".to_vec(), b"v=0\r\n".to_vec()];
    let bent = |seed| {
        let mut mutator = Mutator::new(seed);
        (0..50).map(|_| mutator.next(&examples)).collect::<Vec<_>>()
    };
    assert_eq!(bent(3), bent(3));
    assert_ne!(bent(3), bent(4));
}
