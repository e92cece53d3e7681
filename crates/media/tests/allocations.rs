//! What the hot path promises: a packet relayed between plain legs allocates
//! nothing, nor does a running conference. In a file of its own, because it
//! replaces the allocator.

// The allocator's interface is unsafe; each call is handed on as it is.
#![allow(unsafe_code)]

mod support;

use media::{
    Codec, Command, ConferenceId, ConferenceRole, Engine, EngineConfig, LegId, Output, PlainParams, Socket, Srtp,
    SrtpKey, SrtpSuite, Transport, rtp,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;
use std::time::Duration;

/// The system's allocator, with a counter for each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // A thread that ends has no counter any more.
    let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
}

// SAFETY: every call is handed on to the system's allocator with the arguments
// that it came with, and what that gives is given back as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` by one of the functions here.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above; the caller keeps the promises of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn address(leg: u64) -> SocketAddr {
    SocketAddr::from(([10, 0, 1, leg as u8], 4_000))
}

fn srtp(suite: Option<SrtpSuite>) -> Option<Srtp> {
    let key = SrtpKey::new([7; 30]);
    suite.map(|suite| Srtp { suite, ours: key, theirs: key })
}

fn payload_type(codec: Codec) -> u8 {
    if codec == Codec::Pcma { 8 } else { 0 }
}

/// The second leg is protected if there is a suite.
fn call(codecs: [Codec; 2], suite: Option<SrtpSuite>) -> Engine {
    let mut engine = engine(&codecs, suite);
    engine.command(Command::Bridge { left: LegId(1), right: LegId(2) }, Duration::ZERO);
    engine
}

fn engine(codecs: &[Codec], suite: Option<SrtpSuite>) -> Engine {
    let mut engine = Engine::new(EngineConfig {
        seed: [7; 32],
        origin: support::some_instant(),
        browser_addresses: vec![],
        max_legs: 10,
        patience: media::Patience::default(),
    });
    for (leg, codec) in (1..).zip(codecs.iter().copied()) {
        let params = PlainParams {
            remote: Some(address(leg)),
            transport: Transport { srtp: srtp(suite).filter(|_| leg == 2), ..Transport::default() },
            codec,
            payload_type: payload_type(codec),
            telephone_event: Some(101),
            sending: true,
        };
        engine.command(Command::OpenPlain { leg: LegId(leg), port: 20_000, params }, Duration::ZERO);
    }
    engine
}

/// Lets all legs speak for some ticks of 20 ms, from a tick on; gives how many
/// packets left.
fn talk(engine: &mut Engine, codecs: &[Codec], ticks: std::ops::Range<u32>) -> u64 {
    let mut sent = 0;
    for tick in ticks {
        let now = Duration::from_millis(20) * tick;
        for (leg, codec) in (1..).zip(codecs.iter().copied()) {
            let mut packet = [0x55; 172];
            packet[..12].copy_from_slice(&rtp::write(&rtp::Header {
                marker: false,
                payload_type: payload_type(codec),
                sequence: tick as u16,
                timestamp: tick * 160,
                ssrc: leg as u32,
            }));
            engine.receive(Socket::Plain(LegId(leg)), address(leg), &packet, now);
        }
        if engine.poll_timeout().is_some_and(|due| due <= now) {
            engine.handle_timeout(now);
        }
        while let Some(output) = engine.poll_output() {
            sent += u64::from(matches!(output, Output::Transmit { socket: Socket::Plain(_), .. }));
        }
    }
    sent
}

fn conference(codecs: &[Codec]) -> Engine {
    let mut engine = engine(codecs, None);
    let conference = ConferenceId(1);
    engine.command(Command::OpenConference { conference }, Duration::ZERO);
    for leg in (1..).take(codecs.len()).map(LegId) {
        let join = Command::JoinConference { conference, leg, role: ConferenceRole::Speaker };
        engine.command(join, Duration::ZERO);
    }
    engine
}

#[test]
fn a_conference_allocates_nothing_once_it_runs() {
    let codecs = [Codec::Pcmu, Codec::Pcma, Codec::Pcmu];
    let mut engine = conference(&codecs);
    talk(&mut engine, &codecs, 1..100);
    let before = ALLOCATIONS.get();
    let sent = talk(&mut engine, &codecs, 100..2_100);
    let allocated = ALLOCATIONS.get() - before;
    assert_eq!((sent, allocated), (6_000, 0));
}

#[test]
fn a_packet_relayed_between_plain_legs_allocates_nothing() {
    use Codec::{Pcma, Pcmu};
    for codecs in [[Pcmu, Pcmu], [Pcma, Pcma], [Pcmu, Pcma], [Pcma, Pcmu]] {
        let mut engine = call(codecs, None);
        talk(&mut engine, &codecs, 1..100);
        let before = ALLOCATIONS.get();
        // Long enough for sweeps and figures.
        let sent = talk(&mut engine, &codecs, 100..2_100);
        let allocated = ALLOCATIONS.get() - before;
        assert_eq!((sent, allocated), (4_000, 0), "{codecs:?}");
    }
    assert!(ALLOCATIONS.get() > 0, "allocations are counted");
}

#[test]
fn a_packet_that_is_sealed_on_its_way_allocates_nothing_either() {
    let codecs = [Codec::Pcma; 2];
    for suite in [SrtpSuite::AesCm128Sha1Tag80, SrtpSuite::AesCm128Sha1Tag32, SrtpSuite::AeadAes128Gcm] {
        let mut engine = call(codecs, Some(suite));
        talk(&mut engine, &codecs, 1..100);
        let before = ALLOCATIONS.get();
        // What leg 2 says here is not sealed, so that only its half of the call
        // is heard; each of its packets is tried and refused.
        let sent = talk(&mut engine, &codecs, 100..2_100);
        let allocated = ALLOCATIONS.get() - before;
        assert_eq!((sent, allocated), (2_000, 0), "{suite:?}");
    }
}

#[test]
fn a_packet_that_is_opened_on_its_way_allocates_nothing_either() {
    let codecs = [Codec::Pcma; 2];
    for suite in [SrtpSuite::AesCm128Sha1Tag80, SrtpSuite::AeadAes128Gcm] {
        let mut engine = call(codecs, Some(suite));
        // What is sent to leg 2 is played back to it as its own words: the keys
        // of both directions are the same here, the sources are not.
        let mut sealed: Vec<Vec<u8>> = Vec::new();
        for tick in 1..600u32 {
            let now = Duration::from_millis(20) * tick;
            let mut packet = [0x55; 172];
            let header =
                rtp::Header { marker: false, payload_type: 8, sequence: tick as u16, timestamp: tick * 160, ssrc: 1 };
            packet[..12].copy_from_slice(&rtp::write(&header));
            engine.receive(Socket::Plain(LegId(1)), address(1), &packet, now);
            while let Some(output) = engine.poll_output() {
                if let Output::Transmit { socket: Socket::Plain(LegId(2)), packet, .. } = output {
                    sealed.push(packet.to_vec());
                }
            }
        }
        let mut engine = call(codecs, Some(suite));
        let (mut sent, mut before) = (0, 0);
        for (tick, packet) in (0u32..).zip(&sealed) {
            if tick == 100 {
                before = ALLOCATIONS.get();
            }
            engine.receive(Socket::Plain(LegId(2)), address(2), packet, Duration::from_millis(20) * tick);
            while let Some(output) = engine.poll_output() {
                let relayed = matches!(output, Output::Transmit { socket: Socket::Plain(LegId(1)), .. });
                sent += u64::from(tick >= 100 && relayed);
            }
        }
        let allocated = ALLOCATIONS.get() - before;
        assert_eq!((sent, allocated), (sealed.len() as u64 - 100, 0), "{suite:?}");
    }
}
