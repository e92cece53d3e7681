//! How much a relayed packet costs: the real media thread between loopback
//! sockets, beside two bare loops that only receive and send. Costs are CPU
//! time of the relaying thread (wall time is shown beside), so that a busy
//! machine spoils them less; what carries over to other machines is the ratio.

use media::{Codec, Command, Event, LegId, PlainParams, rtp};
use mio::net::UdpSocket as MioSocket;
use mio::{Events, Interest, Poll, Token};
use server::media_thread::{MediaThreadConfig, start};
use server::metrics::MetricsHandle;
use server::recording_writer::{RecordingDesk, RecordingNote, RecordingThread, StartedRecording};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 77));
const CALLS: usize = 200;
/// Where the delay is measured: this part of what one core carries.
const BUSY: f64 = 0.8;
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
    let media = media_thread("media thread (bridged legs)", CALLS, Recorded::No).0;
    let recorded = media_thread("the same, all calls recorded", CALLS, Recorded::Yes).0;
    println!("{CALLS} calls, 20 ms of G.711 each way; CPU time of the relaying thread\n");
    println!("{:<34}{:>10}{:>9}{:>11}{:>16}{:>7}", "relay", "packets", "lost", "us/packet", "packets/s/core", "ratio");
    let reference = bare.cost();
    for run in [&bare, &media, &recorded] {
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
    let calls = 1.0 / media.cost() / 100.0;
    println!(
        "bench: relay: calls of two legs\t{calls:.0}\t/core\t{:.2} of a bare recv/send loop; {:.2} us a packet",
        reference / media.cost(),
        media.cost() * 1e6
    );
    println!(
        "bench: relay: the same, recorded to disk\t{:.0}\t/core\t{:.2} of relaying alone, the writer's work included",
        1.0 / recorded.cost() / 100.0,
        media.cost() / recorded.cost()
    );
    let (busy, delays) = media_thread("busy", (calls * BUSY) as usize, Recorded::No);
    let at = |percent: usize| f64::from(delays.get(delays.len() * percent / 100).copied().unwrap_or(u32::MAX)) / 1e3;
    println!(
        "bench: relay: delay added at {:.0} % of a core\t{:.2}\tms p99\tp50 {:.2} ms, {:.3} % lost of {} packets",
        100.0 * busy.cpu.as_secs_f64() / busy.wall.as_secs_f64(),
        at(99),
        at(50),
        100.0 * busy.sent.saturating_sub(busy.heard) as f64 / busy.sent.max(1) as f64,
        busy.sent
    );
}

/// Whether the calls of a run are recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Recorded {
    No,
    Yes,
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
    fn new(calls: usize) -> Phones {
        let sockets: Vec<_> = (0..calls * 2)
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

    /// Speaks for a while, and listens on a thread of its own; gives packets sent and
    /// the microseconds that each took, sorted.
    fn talk(&mut self, lasts: Duration) -> (u64, Vec<u32>) {
        let began = Instant::now();
        let stop = Arc::new(AtomicBool::new(false));
        let sockets = self.sockets.iter().map(|socket| socket.try_clone().expect("a second handle")).collect();
        let stopping = Arc::clone(&stop);
        let listener = std::thread::spawn(move || listen(sockets, began, &stopping).expect("ears"));
        let sent = self.speak(began, lasts);
        std::thread::sleep(Duration::from_millis(100));
        stop.store(true, Ordering::Relaxed);
        (sent, listener.join().expect("it ends"))
    }

    fn speak(&mut self, began: Instant, lasts: Duration) -> u64 {
        let mut sent = 0;
        let mut slice = 0u32;
        while began.elapsed() < lasts {
            let due = began + TICK / SLICES as u32 * slice;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let part = slice as usize % SLICES;
            if part == 0 {
                self.sequence = self.sequence.wrapping_add(1);
            }
            for phone in (part..self.sockets.len()).step_by(SLICES) {
                let packet = packet(phone as u32, self.sequence, began);
                sent += u64::from(self.sockets[phone].send_to(&packet, self.targets[phone]).is_ok());
            }
            slice += 1;
        }
        sent
    }
}

/// Hears packets and says how many microseconds each took.
fn listen(sockets: Vec<UdpSocket>, began: Instant, stop: &AtomicBool) -> io::Result<Vec<u32>> {
    let mut poll = Poll::new()?;
    let mut sockets: Vec<_> = sockets.into_iter().map(MioSocket::from_std).collect();
    for (index, socket) in sockets.iter_mut().enumerate() {
        poll.registry().register(socket, Token(index), Interest::READABLE)?;
    }
    let mut delays = Vec::new();
    let mut events = Events::with_capacity(1_024);
    let mut buffer = [0; 2_048];
    while !stop.load(Ordering::Relaxed) {
        poll.poll(&mut events, Some(Duration::from_millis(20)))?;
        for event in &events {
            while let Ok(length) = sockets[event.token().0].recv(&mut buffer) {
                let stamp = buffer.get(12..20).filter(|_| length >= 20).and_then(|bytes| bytes.try_into().ok());
                let sent = Duration::from_nanos(u64::from_be_bytes(stamp.unwrap_or_default()));
                delays.push(began.elapsed().saturating_sub(sent).as_micros() as u32);
            }
        }
    }
    delays.sort_unstable();
    Ok(delays)
}

/// 20 ms of G.711 that says when it was sent.
fn packet(ssrc: u32, sequence: u16, began: Instant) -> [u8; 172] {
    let header = rtp::Header { marker: false, payload_type: 0, sequence, timestamp: u32::from(sequence) * 160, ssrc };
    let mut packet = [0xff; 172];
    packet[..12].copy_from_slice(&rtp::write(&header));
    packet[12..20].copy_from_slice(&(began.elapsed().as_nanos() as u64).to_be_bytes());
    packet
}

fn measured(name: &'static str, threads: &[&str], phones: &mut Phones) -> (Run, Vec<u32>) {
    phones.talk(Duration::from_millis(500));
    let cpu = || threads.iter().map(|thread| cpu_of(thread)).sum::<Duration>();
    let before = cpu();
    let began = Instant::now();
    let (sent, delays) = phones.talk(LASTS);
    let cpu = cpu().saturating_sub(before);
    (Run { name, sent, heard: delays.len() as u64, cpu, wall: began.elapsed() }, delays)
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

fn media_thread(name: &'static str, calls: usize, recorded: Recorded) -> (Run, Vec<u32>) {
    let mut phones = Phones::new(calls);
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
    let folder = std::env::temp_dir().join(format!("callyard-relay-{}", std::process::id()));
    let disk = Disk::start(&folder);
    let blocks = disk.thread.blocks();
    let thread = start(config, tell, move |block| blocks.push(block)).expect("a media thread");
    let mut port = 20_000;
    for phone in 0..calls * 2 {
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
    for call in 0..calls as u64 {
        let (left, right) = (LegId(call * 2), LegId(call * 2 + 1));
        thread.sender().send(Command::Bridge { left, right }).expect("room");
        if recorded == Recorded::Yes {
            let recording = disk.expect_recording(call);
            thread.sender().send(Command::Record { recording, left, right }).expect("room");
        }
    }
    let run = measured(name, &["media", "recordings"], &mut phones);
    thread.stop();
    disk.thread.stop();
    // What was recorded is of no use to anybody.
    let _ = std::fs::remove_dir_all(&folder);
    run
}

/// The product's own recording writer.
struct Disk {
    thread: RecordingThread,
    /// Rows for the catalogue that nobody reads.
    _rows: tokio::sync::mpsc::Receiver<store::RecordingRow>,
}

impl Disk {
    fn start(folder: &std::path::Path) -> Disk {
        std::fs::create_dir_all(folder).expect("a folder for recordings");
        let (rows, rows_out) = tokio::sync::mpsc::channel(10_000);
        let desk =
            RecordingDesk { dir: folder.to_owned(), rows, metrics: MetricsHandle::default(), unfinished: Vec::new() };
        Disk { thread: RecordingThread::start(desk).expect("threads"), _rows: rows_out }
    }

    /// Tells the writer whose recording comes.
    fn expect_recording(&self, call: u64) -> media::RecordingId {
        let id = uuid::Uuid::from_u128(u128::from(call) + 1);
        let started = StartedRecording {
            app: centre::SdkAppId(1_400_000_001),
            call: centre::CallId(id),
            recording: centre::RecordingId(id),
            started_ms: 0,
        };
        self.thread.notes().tell(RecordingNote::Started(started));
        media::RecordingId(id.as_u128())
    }
}

/// The least a relay can do with a socket a leg: wait, receive, send.
fn bare_loop() -> Run {
    let mut phones = Phones::new(CALLS);
    let legs: Vec<_> = (0..CALLS * 2).map(|_| MioSocket::bind(SocketAddr::new(HOST, 0)).expect("a socket")).collect();
    phones.targets = legs.iter().map(|leg| leg.local_addr().expect("an address")).collect();
    let peers: Vec<_> = (0..CALLS * 2).map(|leg| phones.address(leg ^ 1)).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let relay = std::thread::Builder::new()
        .name("bare".into())
        .spawn(move || relay_barely(legs, &peers, &stopping))
        .expect("a thread");
    let run = measured("bare recv and send (socket a leg)", &["bare"], &mut phones).0;
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
