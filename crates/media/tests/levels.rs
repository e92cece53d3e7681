//! How loud legs are: for meters that somebody watches, and as an average.

mod support;

use media::{Codec, Command, ConferenceId, ConferenceRole, Event, LegId};
use support::phone::Phone;
use support::{Network, World};

/// Two phones in a bridge: leg 1 is at -9 dBm0, leg 2 at -29.
fn call(codecs: [Codec; 2]) -> World {
    let mut world = World::new();
    world.network = Network { delay_ms: 1, ..Network::default() };
    for (leg, codec) in (1..).zip(codecs) {
        let mut phone = Phone::new(leg, codec, 440.0);
        let less = if leg == 1 { 1 } else { 10 };
        phone.tone.iter_mut().for_each(|sample| *sample /= less);
        world.open_phone(phone);
    }
    world.bridge(1, 2);
    world
}

fn levels(world: &World, leg: u64) -> Vec<(i8, i8)> {
    let of_leg = |event: &Event| match event {
        Event::Levels { leg: of, said_dbm0, heard_dbm0 } if *of == LegId(leg) => Some((*said_dbm0, *heard_dbm0)),
        _ => None,
    };
    world.events.iter().filter_map(of_leg).collect()
}

fn watch(leg: u64, on: bool) -> Command {
    Command::WatchLevels { leg: LegId(leg), on }
}

#[test]
fn a_watched_leg_tells_both_levels_five_times_a_second_and_others_tell_none() {
    for codecs in [[Codec::Pcmu, Codec::Pcmu], [Codec::Pcma, Codec::Pcmu]] {
        let mut world = call(codecs);
        world.run(500);
        world.command(watch(1, true));
        world.run(1_000);
        world.command(watch(1, false));
        world.run(1_000);
        assert_eq!(levels(&world, 1), [(-9, -29); 5]);
        assert_eq!(levels(&world, 2), []);
    }
}

#[test]
fn a_prompt_and_a_mix_are_heard_by_the_meter_and_a_mute_is_silence() {
    let mut world = call([Codec::Pcmu, Codec::Pcma]);
    world.open_phone(Phone::new(3, Codec::Pcmu, 900.0));
    let conference = ConferenceId(1);
    world.command(Command::OpenConference { conference });
    for leg in (1..=3).map(LegId) {
        world.command(Command::JoinConference { conference, leg, role: ConferenceRole::Speaker });
    }
    world.run(500);
    world.command(watch(2, true));
    world.run(600);
    // Two tones of -9 dBm0 make -6.
    assert_eq!(levels(&world, 2), [(-29, -6); 3]);
    world.command(Command::Mute { leg: LegId(1), muted: true });
    world.command(Command::Mute { leg: LegId(3), muted: true });
    world.run(600);
    assert_eq!(levels(&world, 2).last(), Some(&(-29, -99)));
    let sound = world.load(1, support::tone::sine(440.0, 1_000));
    let play = Command::Play {
        leg: LegId(2),
        playback: media::PlaybackId(1),
        sounds: vec![sound],
        times: 0,
        interruptible: false,
    };
    world.command(play);
    world.run(600);
    assert_eq!(levels(&world, 2).last(), Some(&(-29, -9)));
}

#[test]
fn the_figures_of_a_leg_say_how_loud_it_spoke() {
    let mut world = call([Codec::Pcmu, Codec::Pcma]);
    world.run(3_000);
    world.phones[0].tone.fill(0);
    world.run(3_000);
    world.command(Command::Close { leg: LegId(1) });
    world.command(Command::Close { leg: LegId(2) });
    let speech = |leg| {
        world.events.iter().find_map(|event| match event {
            Event::Measured { leg: of, figures } if *of == LegId(leg) => Some(figures.speech_dbm0),
            _ => None,
        })
    };
    assert_eq!((speech(1), speech(2)), (Some(Some(-9)), Some(Some(-29))));
}
