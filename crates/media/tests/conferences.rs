//! Conferences: everybody hears exactly those whom he is to hear, as loud as
//! they are, soon, and nobody hears himself.

mod support;

use media::{Codec, Command, ConferenceId, ConferenceRole, Event, JoinFailure, LegId, RecordingId};
use support::phone::Phone;
use support::tone::{assert_silent, assert_tone, level, middle};
use support::{Network, World};

const TALK: ConferenceId = ConferenceId(1);
const TONES: [f64; 5] = [440.0, 620.0, 1_000.0, 1_400.0, 2_100.0];

/// Phones 1, 2, 3 … of which each says a tone of its own.
fn phones(count: usize) -> World {
    let mut world = World::new();
    world.network = Network { delay_ms: 1, ..Network::default() };
    for (leg, hertz) in (1..).zip(TONES).take(count) {
        let codec = if leg % 2 == 0 { Codec::Pcma } else { Codec::Pcmu };
        world.open_phone(Phone::new(leg, codec, hertz));
    }
    world.command(Command::OpenConference { conference: TALK });
    world
}

fn conference(count: usize) -> World {
    let mut world = phones(count);
    (1..=count as u64).for_each(|leg| join(&mut world, leg, ConferenceRole::Speaker));
    settle(&mut world);
    world
}

fn join(world: &mut World, leg: u64, role: ConferenceRole) {
    world.command(Command::JoinConference { conference: TALK, leg: LegId(leg), role });
}

/// Lets what was changed come through, then listens for a second.
fn settle(world: &mut World) {
    world.run(500);
    world.phones.iter_mut().for_each(Phone::forget);
    world.run(1_000);
}

/// The phone of a leg hears these legs, each as loud as it is, and no other.
#[track_caller]
fn assert_hears(world: &World, leg: u64, others: &[u64]) {
    let heard = world.phones[leg as usize - 1].heard();
    assert!(heard.len() >= 7_800, "leg {leg} heard {} samples", heard.len());
    for (other, hertz) in (1..).zip(TONES) {
        let loud = level(middle(&heard, 50), hertz);
        if others.contains(&other) {
            assert!((7_500.0..8_500.0).contains(&loud), "leg {leg} hears {other} at {loud}");
        } else {
            assert!(loud < 80.0, "leg {leg} hears {other} at {loud}");
        }
    }
}

#[test]
fn three_parties_hear_each_other_and_not_themselves() {
    let world = conference(3);
    assert_hears(&world, 1, &[2, 3]);
    assert_hears(&world, 2, &[1, 3]);
    assert_hears(&world, 3, &[1, 2]);
}

#[test]
fn two_parties_are_bridged_packet_by_packet_and_a_third_makes_it_a_mix() {
    let mut world = phones(3);
    join(&mut world, 1, ConferenceRole::Speaker);
    join(&mut world, 2, ConferenceRole::Speaker);
    settle(&mut world);
    // What is bridged passes at the moment when it comes; a mix leaves on the tick.
    let on_tick = |world: &World| world.phones[0].packets.iter().all(|(at, ..)| at.as_millis() % 20 == 1);
    assert!(!on_tick(&world), "a bridge has no tick");
    assert_hears(&world, 1, &[2]);
    join(&mut world, 3, ConferenceRole::Speaker);
    settle(&mut world);
    assert!(on_tick(&world));
    assert_hears(&world, 1, &[2, 3]);
    world.command(Command::LeaveConference { leg: LegId(2) });
    settle(&mut world);
    assert!(!on_tick(&world));
    assert_hears(&world, 1, &[3]);
    assert_hears(&world, 3, &[1]);
    assert!(world.phones[1].packets.is_empty(), "who has left hears nothing");
}

#[test]
fn a_supervisor_listens_then_whispers_to_the_agent_then_barges_in() {
    let mut world = conference(2);
    world.open_phone(Phone::new(3, Codec::Pcmu, TONES[2]));
    join(&mut world, 3, ConferenceRole::Listener);
    settle(&mut world);
    assert_hears(&world, 1, &[2]);
    assert_hears(&world, 2, &[1]);
    assert_hears(&world, 3, &[1, 2]);
    join(&mut world, 3, ConferenceRole::Whisperer { to: LegId(2) });
    settle(&mut world);
    assert_hears(&world, 1, &[2]);
    assert_hears(&world, 2, &[1, 3]);
    assert_hears(&world, 3, &[1, 2]);
    join(&mut world, 3, ConferenceRole::Speaker);
    settle(&mut world);
    assert_hears(&world, 1, &[2, 3]);
    assert_hears(&world, 2, &[1, 3]);
}

#[test]
fn a_cell_of_the_matrix_changes_while_it_runs() {
    let mut world = conference(4);
    let cell = |hears| Command::SetHearing { conference: TALK, speaker: LegId(4), listener: LegId(1), hears };
    world.command(cell(false));
    settle(&mut world);
    assert_hears(&world, 1, &[2, 3]);
    assert_hears(&world, 2, &[1, 3, 4]);
    world.command(cell(true));
    settle(&mut world);
    assert_hears(&world, 1, &[2, 3, 4]);
}

#[test]
fn who_is_muted_is_silent_for_all_and_comes_back() {
    let mut world = conference(3);
    world.command(Command::Mute { leg: LegId(3), muted: true });
    settle(&mut world);
    assert_hears(&world, 1, &[2]);
    assert_hears(&world, 3, &[1, 2]);
    world.command(Command::Mute { leg: LegId(3), muted: false });
    settle(&mut world);
    assert_hears(&world, 1, &[2, 3]);
}

#[test]
fn a_quiet_conference_is_silent_not_noisy() {
    let mut world = conference(3);
    world.phones.iter_mut().for_each(|phone| phone.next = None);
    world.run(200);
    world.phones.iter_mut().for_each(Phone::forget);
    world.run(1_000);
    let heard = world.phones[0].heard();
    assert!(heard.len() >= 7_800, "frames go on");
    assert_silent(&heard);
}

#[test]
fn a_prompt_is_heard_by_one_and_the_mix_comes_back_after_it() {
    let mut world = conference(3);
    let sound = world.load(1, support::tone::sine(TONES[4], 300));
    world.command(Command::Play {
        leg: LegId(1),
        playback: media::PlaybackId(1),
        sounds: vec![sound],
        times: 0,
        interruptible: false,
    });
    settle(&mut world);
    assert_hears(&world, 1, &[5]);
    assert_hears(&world, 2, &[1, 3]);
    world.command(Command::StopPlay { leg: LegId(1) });
    settle(&mut world);
    assert_hears(&world, 1, &[2, 3]);
}

#[test]
fn a_party_is_recorded_alone_while_it_is_in_a_conference() {
    let mut world = conference(3);
    world.command(Command::Record { recording: RecordingId(9), left: LegId(1), right: LegId(2) });
    world.run(2_000);
    world.command(Command::StopRecord { recording: RecordingId(9) });
    let [left, right] = world.recorded();
    assert_tone(middle(&left, 50), TONES[0], 0.998);
    assert_tone(middle(&right, 50), TONES[1], 0.998);
}

#[test]
fn too_loud_a_sum_is_clipped_not_wrapped() {
    let mut world = conference(5);
    for phone in &mut world.phones {
        // Each at 30,000, and all in step.
        phone.tone =
            support::tone::sine(400.0, 1_000).iter().map(|sample| (i32::from(*sample) * 15 / 4) as i16).collect();
    }
    settle(&mut world);
    let heard = world.phones[0].heard();
    // A wrapped sample stands beside one of the other sign.
    let wraps = heard.windows(2).filter(|pair| (i32::from(pair[0]) - i32::from(pair[1])).abs() > 40_000).count();
    assert_eq!(wraps, 0);
    assert!(heard.iter().any(|sample| *sample > 31_000));
}

/// Milliseconds from the moment when phone 1 begins to speak until phone 2 hears it.
fn delay_of_first_word(world: &mut World) -> u64 {
    world.phones[1].forget();
    world.phones[2].next = None;
    let tone = std::mem::replace(&mut world.phones[0].tone, vec![0; 8_000]);
    world.run(1_000);
    world.phones[1].forget();
    world.phones[0].tone = tone;
    let spoken = world.phones[0].next.expect("a phone that speaks");
    world.run(1_000);
    let heard = world.phones[1]
        .packets
        .iter()
        .find(|(_, _, payload)| payload.iter().any(|byte| media::g711::alaw_to_linear(*byte).unsigned_abs() > 4_000));
    let (at, ..) = heard.expect("the first word");
    u64::try_from(at.saturating_sub(spoken).as_millis()).expect("a short time")
}

#[test]
fn a_word_is_heard_within_fifty_milliseconds_on_a_good_network() {
    let mut world = conference(3);
    // Both ways on the network are 1 ms; the packet itself is 20 ms long.
    let delay = delay_of_first_word(&mut world);
    assert!(delay <= 50, "{delay} ms");
}

#[test]
fn a_shaky_network_is_waited_for_and_the_wait_has_an_end() {
    let mut world = phones(3);
    world.network = Network { delay_ms: 1, jitter_ms: 60, loss: 0 };
    (1..=3).for_each(|leg| join(&mut world, leg, ConferenceRole::Speaker));
    world.run(3_000);
    settle(&mut world);
    // Nothing is lost, only late: the buffer has grown until all is in time.
    assert_hears(&world, 2, &[1, 3]);
    let delay = delay_of_first_word(&mut world);
    assert!(delay <= 20 + 120 + 60 + 20, "{delay} ms");
    world.network = Network { delay_ms: 1, ..Network::default() };
    world.phones[2].next = None;
    world.run(20_000);
    let delay = delay_of_first_word(&mut world);
    assert!(delay <= 60, "after a calm time {delay} ms");
}

#[test]
fn lost_packets_are_concealed_so_that_a_tone_stays_a_tone() {
    let mut world = conference(3);
    world.phones[2].next = None;
    world.network.loss = 30;
    settle(&mut world);
    let whole: Vec<i16> = world.phones[1].heard();
    // Of the way to the phone too some are lost, as silence; so little more than
    // that is missing.
    let loud = level(middle(&whole, 50), TONES[0]);
    assert!(loud > 7_000.0, "{loud}");
}

#[test]
fn a_leg_that_joins_leaves_its_bridge_and_one_that_is_bridged_leaves_its_conference() {
    let mut world = phones(4);
    world.bridge(1, 2);
    (1..=3).for_each(|leg| join(&mut world, leg, ConferenceRole::Speaker));
    settle(&mut world);
    assert_hears(&world, 1, &[2, 3]);
    world.bridge(1, 4);
    settle(&mut world);
    assert_hears(&world, 1, &[4]);
    assert_hears(&world, 2, &[3]);
    world.command(Command::Close { leg: LegId(3) });
    world.command(Command::CloseConference { conference: TALK });
    settle(&mut world);
    assert!(world.phones[1].packets.is_empty());
    assert_hears(&world, 4, &[1]);
}

#[test]
fn who_cannot_join_is_told_why() {
    let mut world = phones(1);
    let conference = ConferenceId(404);
    let role = ConferenceRole::Speaker;
    world.command(Command::JoinConference { conference, leg: LegId(1), role });
    let refused = Event::JoinRefused { conference, leg: LegId(1), cause: JoinFailure::NoConference };
    assert!(world.events.contains(&refused));
    for leg in 2..=34 {
        let mut phone = Phone::new(leg, Codec::Pcmu, 1_000.0);
        phone.next = None;
        world.open_phone(phone);
        join(&mut world, leg, role);
    }
    let refused = Event::JoinRefused { conference: TALK, leg: LegId(34), cause: JoinFailure::Full };
    assert!(world.events.contains(&refused));
    assert_eq!(world.events.iter().filter(|event| matches!(event, Event::JoinRefused { .. })).count(), 2);
}
