//! Two-channel recordings: every word in its channel and in its place.

mod support;

use media::{Codec, Command, Event, LegId, RecordingId};
use support::phone::Phone;
use support::tone::{assert_silent, assert_tone, middle};
use support::{Network, World};

const RECORDING: RecordingId = RecordingId(77);

fn record(left: u64, right: u64) -> Command {
    Command::Record { recording: RECORDING, left: LegId(left), right: LegId(right) }
}

fn call(network: Network) -> World {
    let mut world = World::new();
    world.network = network;
    world.open_phone(Phone::new(1, Codec::Pcmu, 440.0));
    world.open_phone(Phone::new(2, Codec::Pcma, 1_000.0));
    world.bridge(1, 2);
    world.run(500);
    world
}

#[test]
fn each_speaker_is_alone_and_unbroken_in_a_channel_whatever_the_jitter() {
    for seed in 0..10 {
        let mut world = call(Network { delay_ms: 20, jitter_ms: 120, loss: 0 });
        world.seed = seed;
        world.command(record(1, 2));
        world.run(20_000);
        world.command(Command::StopRecord { recording: RECORDING });
        let stopped = Event::RecordingStopped { recording: RECORDING, samples: 160_000 };
        assert!(world.events.contains(&stopped));
        assert!(world.blocks.last().is_some_and(|block| block.last));
        let [left, right] = world.recorded();
        assert_eq!(left.len(), 160_000);
        assert_tone(middle(&left, 300), 440.0, 0.998);
        assert_tone(middle(&right, 300), 1_000.0, 0.998);
    }
}

#[test]
fn at_any_moment_all_but_the_last_six_tenths_of_a_second_have_been_given_away() {
    for began in 0..10 {
        let mut world = call(Network { delay_ms: 20, jitter_ms: 120, loss: 20 });
        // Sweeps do not wait for a recording to begin.
        world.run(began * 37);
        world.command(record(1, 2));
        for elapsed in 1..5_000 {
            world.run(1);
            let given = world.blocks.last().map_or(0, |block| block.first_sample + block.samples.len() as u64 / 2);
            assert!(given + 600 * 8 >= elapsed * 8, "{given} samples after {elapsed} ms");
        }
        assert!(world.blocks.iter().all(|block| block.samples.len() <= 2 * 200 * 8));
    }
}

#[test]
fn a_thread_that_was_away_for_a_second_lost_nothing() {
    for stall in [500, 1_000] {
        let mut world = call(Network { delay_ms: 1, ..Network::default() });
        world.command(record(1, 2));
        world.run(2_000);
        world.stall(stall);
        world.run(2_000);
        world.command(Command::StopRecord { recording: RECORDING });
        let [left, right] = world.recorded();
        assert_eq!(left.len() as u64, (4_000 + stall) * 8);
        assert_tone(middle(&left, 50), 440.0, 0.998);
        assert_tone(middle(&right, 50), 1_000.0, 0.998);
    }
}

#[test]
fn what_is_lost_is_silence_and_nothing_is_moved() {
    let mut world = call(Network { delay_ms: 1, ..Network::default() });
    world.command(record(1, 2));
    world.run(2_000);
    let next = world.phones[0].next.take();
    world.run(1_000);
    // The phone's clock went on while its packets were lost.
    world.phones[0].next = next.map(|_| world.now);
    world.phones[0].timestamp = world.phones[0].timestamp.wrapping_add(8_000);
    world.run(2_000);
    world.command(Command::StopRecord { recording: RECORDING });
    let [left, right] = world.recorded();
    assert_silent(&left[2_050 * 8..2_950 * 8]);
    assert_tone(&left[3_050 * 8..4_900 * 8], 440.0, 0.998);
    assert_tone(middle(&right, 50), 1_000.0, 0.998);
}

#[test]
fn a_muted_agent_is_silent_in_the_recording() {
    let mut world = call(Network { delay_ms: 1, ..Network::default() });
    world.command(record(1, 2));
    world.run(1_000);
    world.command(Command::Mute { leg: LegId(2), muted: true });
    world.run(1_000);
    world.command(Command::Mute { leg: LegId(2), muted: false });
    world.run(1_000);
    world.command(Command::StopRecord { recording: RECORDING });
    let [left, right] = world.recorded();
    assert_tone(middle(&left, 50), 440.0, 0.998);
    assert_silent(&right[1_050 * 8..1_950 * 8]);
    assert_tone(&right[2_050 * 8..2_900 * 8], 1_000.0, 0.998);
}

#[test]
fn a_recording_goes_on_without_one_leg_and_ends_with_the_last() {
    let mut world = call(Network { delay_ms: 1, ..Network::default() });
    world.command(record(1, 2));
    world.run(1_000);
    world.command(Command::Close { leg: LegId(2) });
    world.run(1_000);
    assert!(!world.events.iter().any(|event| matches!(event, Event::RecordingStopped { .. })));
    world.open_phone(Phone::new(3, Codec::Pcmu, 1_500.0));
    world.command(record(1, 3));
    world.run(1_000);
    world.command(Command::Close { leg: LegId(1) });
    world.command(Command::Close { leg: LegId(3) });
    assert!(world.events.iter().any(|event| matches!(event, Event::RecordingStopped { .. })));
    let [left, right] = world.recorded();
    assert_tone(&left[200 * 8..2_900 * 8], 440.0, 0.99);
    assert_silent(&right[1_050 * 8..1_950 * 8]);
    assert_tone(&right[2_100 * 8..2_900 * 8], 1_500.0, 0.99);
}

#[test]
fn a_clock_that_runs_fast_is_anchored_anew_and_stays_whole() {
    let mut world = call(Network { delay_ms: 1, ..Network::default() });
    world.command(record(1, 2));
    for _ in 0..100 {
        world.run(3_000);
        // Far worse than any crystal: half a second in five minutes.
        world.phones[0].timestamp = world.phones[0].timestamp.wrapping_add(40);
        world.blocks.clear();
    }
    world.run(2_000);
    let last = world.blocks.last().expect("blocks still come");
    let (frames, _) = last.samples.as_chunks::<2>();
    let left: Vec<i16> = frames.iter().map(|[left, _]| *left).collect();
    assert_tone(&left, 440.0, 0.9);
}

#[test]
fn a_node_that_stops_gives_the_last_words_away() {
    let mut world = call(Network { delay_ms: 1, ..Network::default() });
    world.command(record(1, 2));
    world.run(2_000);
    world.engine.shut(world.now);
    world.drain();
    let [left, right] = world.recorded();
    assert_eq!(left.len(), 16_000);
    assert_tone(middle(&left, 50), 440.0, 0.998);
    assert_tone(middle(&right, 50), 1_000.0, 0.998);
    assert!(world.blocks.last().is_some_and(|block| block.last));
    assert_eq!(world.engine.open_legs(), 0);
}
