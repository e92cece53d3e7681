//! The media thread with real sockets on loopback.

use media::{Codec, Command, Event, LegFailure, LegId, PlainParams, PlaybackId, RecordingId, SoundId, rtp};
use server::media_thread::{MediaThread, MediaThreadConfig, start};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1));
const PATIENCE: Duration = Duration::from_secs(20);

fn thread() -> (MediaThread, Receiver<Event>) {
    let (told, events) = channel();
    let config = MediaThreadConfig {
        engine_seed: [3; 32],
        origin: Instant::now(),
        bind: HOST,
        browser_listen: SocketAddr::new(HOST, 0),
        browser_addresses: vec![HOST],
        patience: media::Patience::default(),
    };
    let tell = move |event| {
        // The test may have what it wanted and be gone.
        let _heard = told.send(event);
    };
    (start(config, tell, |_| {}).expect("a media thread"), events)
}

fn phone() -> UdpSocket {
    let socket = UdpSocket::bind((HOST, 0)).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket
}

/// Opens a leg on a free port; another process may take it first, so again.
fn open(thread: &MediaThread, events: &Receiver<Event>, leg: u64, phone: &UdpSocket) -> u16 {
    for attempt in 0.. {
        let free = UdpSocket::bind((HOST, 0)).expect("a socket");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let params = PlainParams {
            remote: phone.local_addr().ok(),
            transport: media::Transport::default(),
            codec: Codec::Pcmu,
            payload_type: 0,
            telephone_event: None,
            sending: true,
        };
        let command = Command::OpenPlain { leg: LegId(leg), port, params };
        thread.sender().send(command).expect("room");
        match events.recv_timeout(PATIENCE).expect("an event") {
            Event::LegOpened { .. } => return port,
            Event::LegFailed { .. } if attempt < 10 => {}
            other => panic!("{other:?}"),
        }
    }
    unreachable!("the loop returns or panics");
}

fn sound(sequence: u16, byte: u8) -> Vec<u8> {
    let header =
        rtp::Header { marker: false, payload_type: 0, sequence, timestamp: u32::from(sequence) * 160, ssrc: 5 };
    [&rtp::write(&header)[..], &[byte; 160]].concat()
}

#[test]
fn what_one_phone_says_the_other_hears() {
    let (thread, events) = thread();
    let (left, right) = (phone(), phone());
    let port = open(&thread, &events, 1, &left);
    open(&thread, &events, 2, &right);
    let bridge = Command::Bridge { left: LegId(1), right: LegId(2) };
    thread.sender().send(bridge).expect("room");
    // Commands are done in order: what answers these says that the bridge stands.
    let recording = RecordingId(1);
    let record = Command::Record { recording, left: LegId(1), right: LegId(2) };
    thread.sender().send(record).expect("room");
    thread.sender().send(Command::StopRecord { recording }).expect("room");
    assert!(events.iter().any(|event| matches!(event, Event::RecordingStopped { .. })));
    let mut heard = Vec::new();
    for sequence in 0..20u8 {
        left.send_to(&sound(u16::from(sequence), sequence), (HOST, port)).expect("sent");
    }
    let mut buffer = [0; 2_000];
    while heard.last() != Some(&19) {
        let length = right.recv(&mut buffer).expect("sound within the patience");
        let (_, payload) = rtp::parse(&buffer[..length]).expect("RTP");
        assert_eq!(payload.len(), 160);
        heard.push(payload[0]);
    }
    assert!(heard.is_sorted());
    thread.stop();
}

#[test]
fn a_taken_port_is_told_and_a_closed_one_is_free_again() {
    let (thread, events) = thread();
    let peer = phone();
    let port = open(&thread, &events, 1, &peer);
    let params = PlainParams {
        remote: None,
        transport: media::Transport::default(),
        codec: Codec::Pcma,
        payload_type: 8,
        telephone_event: None,
        sending: true,
    };
    let second = Command::OpenPlain { leg: LegId(2), port, params };
    thread.sender().send(second.clone()).expect("room");
    let failed = Event::LegFailed { leg: LegId(2), cause: LegFailure::PortTaken };
    assert_eq!(events.recv_timeout(PATIENCE), Ok(failed));
    thread.sender().send(Command::Close { leg: LegId(1) }).expect("room");
    thread.sender().send(second).expect("room");
    let opened = Event::LegOpened { leg: LegId(2), answer: None };
    assert!(events.iter().any(|event| event == opened));
    thread.stop();
}

#[test]
fn a_prompt_comes_evenly() {
    let (thread, events) = thread();
    let caller = phone();
    open(&thread, &events, 1, &caller);
    let samples = vec![1_000; 8_000].into();
    thread.sender().send(Command::LoadSound { sound: SoundId(1), samples }).expect("room");
    let play = Command::Play {
        leg: LegId(1),
        playback: PlaybackId(1),
        sounds: vec![SoundId(1)],
        times: 1,
        interruptible: false,
    };
    thread.sender().send(play).expect("room");
    let began = Instant::now();
    let mut buffer = [0; 2_000];
    for n in 0..50 {
        let length = caller.recv(&mut buffer).expect("sound within the patience");
        let (header, _) = rtp::parse(&buffer[..length]).expect("RTP");
        assert_eq!(header.marker, n == 0);
    }
    assert!(began.elapsed() >= Duration::from_millis(900), "it is not a burst");
    thread.stop();
}
