//! How much a relayed packet costs: the real media thread between loopback
//! sockets, beside two bare loops that only receive and send. Costs are CPU
//! time of the relaying thread (wall time is shown beside), so that a busy
//! machine spoils them less; what carries over to other machines is the ratio.

use media::{Codec, Command, Event, LegId, PlainParams, rtp};
use mio::net::UdpSocket as MioSocket;
use mio::{Events, Interest, Poll, Token};
use server::media_thread::{MediaThreadConfig, start};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 77));
const CALLS: usize = 200;
const LASTS: Duration = Duration::from_secs(4);
const TICK: Duration = Duration::from_millis(20);
/// Callers do not speak in step: each tick is cut into slices.
const SLICES: usize = 20;

/// What one relay did.
struct Run {
    name: &'static str,
    sent: u64,
    heard: u64,
    cpu: Duration,
    wall: Duration,
}

fn main() {
    let bare = bare_loop();
    let media = media_thread();
    println!("{CALLS} calls, 20 ms of G.711 each way; CPU time of the relaying thread\n");
    println!("{:<34}{:>10}{:>9}{:>11}{:>16}{:>7}", "relay", "packets", "lost", "us/packet", "packets/s/core", "ratio");
    let reference = bare.cost();
    for run in [&bare, &media] {
        let lost = 100.0 * (run.sent.saturating_sub(run.heard)) as f64 / run.sent.max(1) as f64;
        println!(
            "{:<34}{:>10}{:>8.2}%{:>11.2}{:>16.0}{:>7.2}",
            run.name,
            run.heard,
            lost,
            run.cost() * 1e6,
            1.0 / run.cost(),
            reference / run.cost(),
        );
    }
    println!(
        "\nwall {:.1} s and {:.1} s; one call is 100 packets/s: {:.0} calls a core by CPU time",
        bare.wall.as_secs_f64(),
        media.wall.as_secs_f64(),
        1.0 / media.cost() / 100.0
    );
}

impl Run {
    /// CPU seconds a packet.
    fn cost(&self) -> f64 {
        self.cpu.as_secs_f64() / self.heard.max(1) as f64
    }
}

/// The phones of all calls: two a call, each with a socket of its own.
struct Phones {
    sockets: Vec<UdpSocket>,
    targets: Vec<SocketAddr>,
    sequence: u16,
}

impl Phones {
    fn new() -> Phones {
        let sockets: Vec<_> = (0..CALLS * 2)
            .map(|_| {
                let socket = UdpSocket::bind((HOST, 0)).expect("a socket");
                socket.set_nonblocking(true).expect("an option");
                socket
            })
            .collect();
        Phones { sockets, targets: Vec::new(), sequence: 0 }
    }

    fn address(&self, phone: usize) -> SocketAddr {
        self.sockets[phone].local_addr().expect("an address")
    }

    /// Speaks and listens for a while; gives packets sent and heard.
    fn talk(&mut self, lasts: Duration) -> (u64, u64) {
        let (mut sent, mut heard) = (0, 0);
        let began = Instant::now();
        let mut slice = 0u32;
        while began.elapsed() < lasts {
            let due = began + TICK / SLICES as u32 * slice;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let part = slice as usize % SLICES;
            if part == 0 {
                self.sequence = self.sequence.wrapping_add(1);
            }
            for phone in (part..self.sockets.len()).step_by(SLICES) {
                let packet = packet(phone as u32, self.sequence);
                sent += u64::from(self.sockets[phone].send_to(&packet, self.targets[phone]).is_ok());
            }
            heard += self.listen((part + SLICES / 2) % SLICES);
            slice += 1;
        }
        std::thread::sleep(Duration::from_millis(100));
        (sent, heard + (0..SLICES).map(|part| self.listen(part)).sum::<u64>())
    }

    fn listen(&self, part: usize) -> u64 {
        let mut buffer = [0; 2_048];
        let mut heard = 0;
        for phone in (part..self.sockets.len()).step_by(SLICES) {
            while self.sockets[phone].recv(&mut buffer).is_ok() {
                heard += 1;
            }
        }
        heard
    }
}

fn packet(ssrc: u32, sequence: u16) -> [u8; 172] {
    let header = rtp::Header { marker: false, payload_type: 0, sequence, timestamp: u32::from(sequence) * 160, ssrc };
    let mut packet = [0xff; 172];
    packet[..12].copy_from_slice(&rtp::write(&header));
    packet
}

fn measured(name: &'static str, thread: &str, phones: &mut Phones) -> Run {
    phones.talk(Duration::from_millis(500));
    let before = cpu_of(thread);
    let began = Instant::now();
    let (sent, heard) = phones.talk(LASTS);
    let cpu = cpu_of(thread).saturating_sub(before);
    Run { name, sent, heard, cpu, wall: began.elapsed() }
}

/// CPU time of a thread of ours by its name, to the nanosecond.
fn cpu_of(name: &str) -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let nanos = tasks.flatten().find_map(|task| {
        let comm = std::fs::read_to_string(task.path().join("comm")).ok()?;
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        let running = stat.split(' ').next()?.parse().ok()?;
        (comm.trim() == name).then_some(running)
    });
    Duration::from_nanos(nanos.expect("the thread runs"))
}

fn media_thread() -> Run {
    let mut phones = Phones::new();
    let (told, events) = channel();
    let config = MediaThreadConfig {
        engine_seed: [9; 32],
        origin: Instant::now(),
        bind: HOST,
        browser_listen: SocketAddr::new(HOST, 0),
        browser_addresses: vec![HOST],
    };
    let tell = move |event| {
        let _nobody_listens_later = told.send(event);
    };
    let thread = start(config, tell, |_| {}).expect("a media thread");
    let mut port = 20_000;
    for phone in 0..CALLS * 2 {
        let params = PlainParams {
            remote: Some(phones.address(phone)),
            transport: media::Transport::default(),
            codec: Codec::Pcmu,
            payload_type: 0,
            telephone_event: None,
            sending: true,
        };
        loop {
            port += 2;
            let leg = LegId(phone as u64);
            thread.sender().send(Command::OpenPlain { leg, port, params }).expect("room");
            let opened = events.iter().find_map(|event| match event {
                Event::LegOpened { .. } => Some(true),
                Event::LegFailed { .. } => Some(false),
                _ => None,
            });
            if opened.expect("the thread runs") {
                break;
            }
        }
        phones.targets.push(SocketAddr::new(HOST, port));
    }
    for call in 0..CALLS as u64 {
        let bridge = Command::Bridge { left: LegId(call * 2), right: LegId(call * 2 + 1) };
        thread.sender().send(bridge).expect("room");
    }
    let run = measured("media thread (bridged legs)", "media", &mut phones);
    thread.stop();
    run
}

/// The least a relay can do with a socket a leg: wait, receive, send.
fn bare_loop() -> Run {
    let mut phones = Phones::new();
    let legs: Vec<_> = (0..CALLS * 2).map(|_| MioSocket::bind(SocketAddr::new(HOST, 0)).expect("a socket")).collect();
    phones.targets = legs.iter().map(|leg| leg.local_addr().expect("an address")).collect();
    let peers: Vec<_> = (0..CALLS * 2).map(|leg| phones.address(leg ^ 1)).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let relay = std::thread::Builder::new()
        .name("bare".into())
        .spawn(move || relay_barely(legs, &peers, &stopping))
        .expect("a thread");
    let run = measured("bare recv and send (socket a leg)", "bare", &mut phones);
    stop.store(true, Ordering::Relaxed);
    relay.join().expect("it ends").expect("it works");
    run
}

fn relay_barely(mut legs: Vec<MioSocket>, peers: &[SocketAddr], stop: &AtomicBool) -> io::Result<()> {
    let mut poll = Poll::new()?;
    for (index, leg) in legs.iter_mut().enumerate() {
        poll.registry().register(leg, Token(index), Interest::READABLE)?;
    }
    let mut events = Events::with_capacity(1_024);
    let mut buffer = [0; 2_048];
    while !stop.load(Ordering::Relaxed) {
        poll.poll(&mut events, Some(Duration::from_millis(100)))?;
        for event in &events {
            let index = event.token().0;
            while let Ok(length) = legs[index].recv(&mut buffer) {
                // What a full buffer does not take is counted as lost.
                let _lost = legs[index ^ 1].send_to(&buffer[..length], peers[index]);
            }
        }
    }
    Ok(())
}
