//! Plain RTP legs: prompts, digits, bridges and latching, as the people on the
//! line hear them.

mod support;

use media::{Codec, Command, Event, LegFailure, LegId, PlaybackEnd, PlaybackId, SoundId};
use std::time::Duration;
use support::phone::Phone;
use support::tone::{assert_silent, assert_tone, middle, sine};
use support::{Network, World};

fn play(leg: u64, sounds: &[SoundId], times: u32, interruptible: bool) -> Command {
    Command::Play { leg: LegId(leg), playback: PlaybackId(9), sounds: sounds.to_vec(), times, interruptible }
}

fn ended(how: PlaybackEnd) -> Event {
    Event::PlaybackEnded { leg: LegId(1), playback: PlaybackId(9), how }
}

#[test]
fn a_caller_hears_a_prompt_in_its_own_codec() {
    for codec in [Codec::Pcmu, Codec::Pcma] {
        let mut world = World::new();
        let caller = world.open_phone(Phone::new(1, codec, 300.0));
        let welcome = world.load(1, sine(440.0, 500));
        world.command(play(1, &[welcome, welcome], 1, false));
        world.run(1_500);
        assert!(world.events.contains(&ended(PlaybackEnd::Finished)));
        let heard = world.phones[caller].heard();
        assert_eq!(heard.len(), 8_000);
        assert_tone(&heard, 440.0, 0.999);
        let packets = &world.phones[caller].packets;
        assert!(packets[0].1.marker, "a talkspurt starts with the marker");
        assert!(packets[1..].iter().all(|(_, header, _)| !header.marker));
        let gaps: Vec<_> = packets.windows(2).map(|p| p[1].0 - p[0].0).collect();
        assert!(gaps.iter().all(|gap| gap.as_millis() == 20), "{gaps:?}");
    }
}

#[test]
fn a_digit_is_told_once_and_ends_the_prompt_on_a_bad_line() {
    for seed in 0..20 {
        let mut world = World::new();
        world.seed = seed;
        world.network = Network { delay_ms: 30, jitter_ms: 60, loss: 150 };
        let caller = world.open_phone(Phone::new(1, Codec::Pcmu, 300.0));
        let menu = world.load(1, sine(440.0, 1_000));
        world.command(play(1, &[menu], 0, true));
        world.run(2_000);
        world.phones[caller].keys.press("1459#");
        world.run(3_000);
        assert_eq!(world.digits(1), "1459#", "seed {seed}");
        assert!(world.events.contains(&ended(PlaybackEnd::Interrupted)));
    }
}

#[test]
fn an_unknown_sound_and_a_stop_are_told() {
    let mut world = World::new();
    world.open_phone(Phone::new(1, Codec::Pcmu, 300.0));
    world.command(play(1, &[SoundId(404)], 1, false));
    world.run(100);
    assert!(world.events.contains(&ended(PlaybackEnd::SoundMissing)));
    let music = world.load(1, sine(440.0, 100));
    world.command(play(1, &[music], 0, false));
    world.run(5_000);
    world.command(Command::StopPlay { leg: LegId(1) });
    assert!(world.events.contains(&ended(PlaybackEnd::Stopped)));
}

#[test]
fn two_phones_hear_each_other_across_the_two_laws() {
    let laws = [Codec::Pcmu, Codec::Pcma];
    for (left, right) in laws.iter().flat_map(|left| laws.map(|right| (*left, right))) {
        let mut world = World::new();
        let a = world.open_phone(Phone::new(1, left, 440.0));
        let b = world.open_phone(Phone::new(2, right, 1_000.0));
        world.run(200);
        world.bridge(1, 2);
        world.run(3_000);
        assert_tone(middle(&world.phones[a].heard(), 20), 1_000.0, 0.998);
        assert_tone(middle(&world.phones[b].heard(), 20), 440.0, 0.998);
    }
}

#[test]
fn a_prompt_and_a_bridge_are_one_stream_of_packets() {
    let mut world = World::new();
    let a = world.open_phone(Phone::new(1, Codec::Pcmu, 440.0));
    world.open_phone(Phone::new(2, Codec::Pcmu, 1_000.0));
    let welcome = world.load(1, sine(440.0, 2_000));
    world.command(play(1, &[welcome], 1, false));
    world.run(1_000);
    world.bridge(1, 2);
    world.run(1_000);
    world.command(Command::Unbridge { leg: LegId(2) });
    world.run(500);
    world.command(play(1, &[welcome], 1, false));
    world.run(1_000);
    let packets = &world.phones[a].packets;
    let markers = packets.iter().filter(|(_, header, _)| header.marker).count();
    assert_eq!(markers, 3, "prompt, peer, prompt");
    for pair in packets.windows(2) {
        let ((t0, h0, _), (t1, h1, _)) = (&pair[0], &pair[1]);
        assert_eq!(h1.ssrc, h0.ssrc);
        assert_eq!(h1.sequence, h0.sequence.wrapping_add(1));
        let ticks = i64::from(h1.timestamp.wrapping_sub(h0.timestamp) as i32);
        let passed = (*t1 - *t0).as_micros() as i64 * 8 / 1_000;
        assert!(ticks > 0 && (ticks - passed).abs() <= 320, "{ticks} ticks in {passed}");
    }
}

#[test]
fn digits_cross_a_bridge_and_reach_its_owner_too() {
    let mut world = World::new();
    let a = world.open_phone(Phone::new(1, Codec::Pcmu, 440.0));
    let b = world.open_phone(Phone::new(2, Codec::Pcma, 1_000.0));
    world.bridge(1, 2);
    world.run(500);
    world.phones[a].keys.press("12*");
    world.run(2_000);
    assert_eq!(world.phones[b].keys_heard(), "12*");
    assert_eq!(world.digits(1), "12*");
    assert_tone(middle(&world.phones[a].heard(), 20), 1_000.0, 0.998);
}

#[test]
fn keys_are_told_after_the_caller_was_put_through_to_another_clock() {
    let mut world = World::new();
    let caller = world.open_phone(Phone::new(1, Codec::Pcmu, 440.0));
    world.run(500);
    world.phones[caller].timestamp = 900_000_000;
    world.phones[caller].keys.press("12");
    world.run(1_000);
    // A gateway restarts its clock and keeps its source and sequence.
    world.phones[caller].timestamp = 5_000;
    world.phones[caller].keys.press("34");
    world.run(1_000);
    // Another device answers a new offer, with any clock.
    let params = world.phones[caller].params();
    let params = media::PlainParams { telephone_event: Some(96), ..params };
    world.command(Command::UpdatePlain { leg: LegId(1), params });
    world.command(Command::UpdatePlain { leg: LegId(1), params: world.phones[caller].params() });
    world.phones[caller].timestamp = 5_000;
    world.phones[caller].keys.press("56");
    world.run(1_000);
    assert_eq!(world.digits(1), "123456");
}

#[test]
fn we_press_keys_at_the_far_end_in_the_middle_of_a_call() {
    let mut world = World::new();
    let a = world.open_phone(Phone::new(1, Codec::Pcmu, 440.0));
    world.open_phone(Phone::new(2, Codec::Pcmu, 1_000.0));
    world.bridge(1, 2);
    world.run(500);
    world.command(Command::SendDigits { leg: LegId(1), digits: "1234567890*#".into() });
    world.run(4_000);
    assert_eq!(world.phones[a].keys_heard(), "1234567890*#");
    world.phones[a].forget();
    world.run(1_000);
    assert_tone(&world.phones[a].heard(), 1_000.0, 0.998);
}

#[test]
fn a_muted_speaker_is_silence_at_the_other_end() {
    let mut world = World::new();
    let a = world.open_phone(Phone::new(1, Codec::Pcma, 440.0));
    let b = world.open_phone(Phone::new(2, Codec::Pcma, 1_000.0));
    world.bridge(1, 2);
    world.run(1_000);
    world.command(Command::Mute { leg: LegId(2), muted: true });
    world.phones[a].forget();
    world.run(1_000);
    let heard = world.phones[a].heard();
    assert!(heard.len() >= 7_800, "silence is sent, so that no carrier hangs up");
    assert_silent(&heard);
    world.command(Command::Mute { leg: LegId(2), muted: false });
    world.phones[a].forget();
    world.run(1_000);
    assert_tone(middle(&world.phones[a].heard(), 40), 1_000.0, 0.998);
    assert_tone(middle(&world.phones[b].heard(), 20), 440.0, 0.998);
}

#[test]
fn a_caller_behind_a_nat_is_heard_and_answered_where_it_really_is() {
    let mut world = World::new();
    let mut phone = Phone::new(1, Codec::Pcmu, 440.0);
    phone.signalled = "192.168.1.5:4000".parse().expect("an address");
    phone.address = "198.51.100.7:61000".parse().expect("an address");
    let caller = world.open_phone(phone);
    let welcome = world.load(1, sine(600.0, 2_000));
    world.command(play(1, &[welcome], 1, false));
    world.run(3_000);
    assert!(world.events.contains(&Event::FirstSound { leg: LegId(1) }));
    assert_tone(&world.phones[caller].heard(), 600.0, 0.999);
}

#[test]
fn a_stranger_who_speaks_before_the_peer_does_is_neither_heard_nor_answered() {
    let mut world = World::new();
    let mut peer = Phone::new(1, Codec::Pcmu, 440.0);
    // Its first packet leaves while ours still ring in the far switch.
    peer.next = Some(Duration::from_millis(600));
    peer.address = "192.0.2.1:4000".parse().expect("an address");
    peer.signalled = peer.address;
    let mut thief = Phone::new(1, Codec::Pcmu, 2_000.0);
    thief.address = "203.0.113.66:666".parse().expect("an address");
    world.open_phone(peer);
    let b = world.open_phone(Phone::new(2, Codec::Pcmu, 1_000.0));
    world.bridge(1, 2);
    world.phones.push(thief);
    world.run(3_000);
    assert!(world.phones[2].packets.is_empty(), "nothing is sent to the stranger");
    assert_tone(middle(&world.phones[b].heard(), 20), 440.0, 0.998);
}

#[test]
fn a_stranger_who_sends_to_the_port_is_refused_and_counted() {
    let mut world = World::new();
    let a = world.open_phone(Phone::new(1, Codec::Pcmu, 440.0));
    let b = world.open_phone(Phone::new(2, Codec::Pcmu, 1_000.0));
    world.bridge(1, 2);
    world.run(500);
    let mut thief = Phone::new(1, Codec::Pcmu, 2_000.0);
    thief.address = "203.0.113.66:666".parse().expect("an address");
    thief.next = Some(world.now + Duration::from_millis(10));
    world.phones.push(thief);
    world.run(2_000);
    assert_tone(middle(&world.phones[b].heard(), 20), 440.0, 0.998);
    assert!(world.phones[2].packets.is_empty(), "nothing is sent to the stranger");
    world.phones.truncate(2);
    world.command(Command::Close { leg: LegId(1) });
    let refused = world.events.iter().find_map(|event| match event {
        Event::Measured { leg: LegId(1), figures } => Some(figures.refused),
        _ => None,
    });
    assert_eq!(refused, Some(100));
    assert_eq!(world.closed, [LegId(1)]);
    assert!(!world.phones[a].packets.is_empty());
}

#[test]
fn silence_is_told_while_it_lasts_and_again_after_sound_came_back() {
    let mut world = World::new();
    let a = world.open_phone(Phone::new(1, Codec::Pcmu, 440.0));
    let silences = |world: &World| -> Vec<u64> {
        let lasted = |event: &Event| match event {
            Event::NoSound { lasted, .. } => Some(lasted.as_secs()),
            _ => None,
        };
        world.events.iter().filter_map(lasted).collect()
    };
    world.run(8_000);
    assert!(silences(&world).is_empty());
    let next = world.phones[a].next.take();
    world.run(70_000);
    assert_eq!(silences(&world), [5, 35, 65]);
    world.phones[a].next = next.map(|_| world.now);
    world.run(2_000);
    world.phones[a].next = None;
    world.run(10_000);
    assert_eq!(silences(&world), [5, 35, 65, 5]);
    let again: Vec<u64> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::SoundAgain { lasted, .. } => Some(lasted.as_secs()),
            _ => None,
        })
        .collect();
    assert_eq!(again, [70]);
}

#[test]
fn whoever_was_silent_before_being_put_through_is_told_to_be_heard_again() {
    let mut world = World::new();
    let a = world.open_phone(Phone::new(1, Codec::Pcmu, 440.0));
    world.open_phone(Phone::new(2, Codec::Pcmu, 1_000.0));
    let next = world.phones[a].next.take();
    world.run(8_000);
    world.command(Command::Bridge { left: LegId(1), right: LegId(2) });
    world.run(1_000);
    world.phones[a].next = next.map(|_| world.now);
    world.run(1_000);
    let again = |event: &Event| matches!(event, Event::SoundAgain { leg: LegId(1), .. });
    assert_eq!(world.events.iter().filter(|event| again(event)).count(), 1);
}

#[test]
fn a_leg_without_sound_and_reports_is_dead_but_not_while_it_is_held_or_still_reports() {
    let deaths = |world: &World| -> Vec<u64> {
        let lasted = |event: &Event| match event {
            Event::Dead { lasted, .. } => Some(lasted.as_secs()),
            _ => None,
        };
        world.events.iter().filter_map(lasted).collect()
    };
    let silent = |leg| {
        let mut phone = Phone::new(leg, Codec::Pcmu, 440.0);
        phone.next = None;
        phone
    };
    let mut world = World::new();
    let held = world.open_phone(silent(1));
    let params = media::PlainParams { sending: false, ..world.phones[held].params() };
    world.command(Command::UpdatePlain { leg: LegId(1), params });
    world.run(800_000);
    assert!(deaths(&world).is_empty());
    let held = |event: &Event| matches!(event, Event::NoSound { held: true, .. });
    assert!(world.events.iter().any(held), "its owner may still ask whether it is there");
    // Resumed, and nothing comes: its time begins now.
    let params = media::PlainParams { sending: true, ..params };
    world.command(Command::UpdatePlain { leg: LegId(1), params });
    world.run(590_000);
    assert!(deaths(&world).is_empty());
    world.run(45_000);
    assert_eq!(deaths(&world), [600, 630]);
    // One that only reports lives.
    let mut world = World::new();
    world.open_phone(silent(1));
    for _ in 0..70 {
        let report = [0x80, 201, 0, 1, 0, 0, 0, 9];
        let from = "10.0.1.1:4001".parse().expect("an address");
        world.engine.receive(media::Socket::Reports(LegId(1)), from, &report, world.now);
        world.run(10_000);
    }
    assert!(deaths(&world).is_empty());
}

#[test]
fn a_leg_that_outlives_a_call_is_measured_for_each() {
    let mut world = World::new();
    let a = world.open_phone(Phone::new(1, Codec::Pcmu, 440.0));
    world.run(4_000);
    world.command(Command::Measure { leg: LegId(1) });
    world.run(2_000);
    world.command(Command::Measure { leg: LegId(1) });
    world.command(Command::Close { leg: LegId(1) });
    let measured: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Measured { figures, .. } => Some((figures.received, figures.mos > 0)),
            _ => None,
        })
        .collect();
    assert!((195..=200).contains(&measured[0].0) && (98..=101).contains(&measured[1].0), "{measured:?}");
    assert_eq!(measured[2], (0, false));
    let addressed = |event: &Event| match event {
        Event::Measured { figures, .. } => figures.remote == Some(world.phones[a].address),
        _ => true,
    };
    assert!(world.events.iter().all(addressed));
}

#[test]
fn figures_tell_what_the_network_did() {
    let mut world = World::new();
    world.network = Network { delay_ms: 20, jitter_ms: 30, loss: 50 };
    world.open_phone(Phone::new(1, Codec::Pcmu, 440.0));
    world.run(60_000);
    let figures = world.events.iter().rev().find_map(|event| match event {
        Event::Figures { figures, .. } => Some(*figures),
        _ => None,
    });
    let figures = figures.expect("figures come every five seconds");
    assert!((2_700..3_000).contains(&figures.received), "{figures:?}");
    assert!((90..210).contains(&figures.lost), "{figures:?}");
    assert!((5_000..20_000).contains(&figures.jitter_us), "{figures:?}");
}

#[test]
fn a_full_engine_says_so() {
    let mut world = World::new();
    for leg in 0..101u64 {
        let mut phone = Phone::new(leg, Codec::Pcmu, 440.0);
        phone.next = None;
        world.open_phone(phone);
    }
    let full = Event::LegFailed { leg: LegId(100), cause: LegFailure::TooManyLegs };
    assert!(world.events.contains(&full));
}

#[test]
fn commands_for_what_is_gone_change_nothing() {
    let mut world = World::new();
    let leg = LegId(404);
    world.command(Command::Close { leg });
    world.command(Command::StopPlay { leg });
    world.command(Command::Bridge { left: leg, right: leg });
    world.command(Command::Unbridge { leg });
    world.command(Command::Mute { leg, muted: true });
    world.command(Command::SendDigits { leg, digits: "1".into() });
    world.command(Command::StopRecord { recording: media::RecordingId(1) });
    world.run(5_000);
    assert!(world.events.is_empty(), "{:?}", world.events);
    assert_eq!(world.engine.poll_timeout(), None, "an idle engine sleeps for ever");
}

#[test]
fn keys_that_come_as_tones_are_told_and_end_a_prompt_where_no_others_come() {
    for events in [None, Some(support::phone::EVENTS)] {
        let mut world = World::new();
        let mut phone = Phone::new(1, Codec::Pcma, 1_000.0);
        // "3", in step with the second that a phone repeats.
        phone.tone = sine(697.0, 1_000).iter().zip(sine(1_477.0, 1_000)).map(|(low, high)| (low + high) / 2).collect();
        phone.tone[800..].fill(0);
        let params = media::PlainParams { telephone_event: events, ..phone.params() };
        world.open_phone(phone);
        world.command(Command::UpdatePlain { leg: LegId(1), params });
        world.command(Command::DetectTones { leg: LegId(1), on: true });
        let music = world.load(1, sine(440.0, 100));
        world.command(play(1, &[music], 0, true));
        world.run(1_950);
        let expected = if events.is_none() { "33" } else { "" };
        assert_eq!(world.digits(1), expected, "twice in two seconds, unless events were agreed");
        assert_eq!(world.events.contains(&ended(PlaybackEnd::Interrupted)), events.is_none());
        world.command(Command::DetectTones { leg: LegId(1), on: false });
        world.run(2_000);
        assert_eq!(world.digits(1), expected);
    }
}
