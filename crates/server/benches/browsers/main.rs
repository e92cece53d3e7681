//! What a browser's leg costs: the real media thread between WebRTC clients and plain
//! telephones on loopback sockets, each pair in a call; beside it the same calls with a
//! telephone at both ends. Cost is CPU time of the media thread, sockets included.
//! And how long it takes from the answer to the sound: the browser's path stands since
//! the desk was opened, so that an answer only bridges.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures with the clock of the machine")]

mod browser;

use browser::{BROWSER_SAYS, Browser, PHONE_SAYS};
use media::{Codec, Command, Event, LegId, PlainParams, rtp};
use server::media_thread::{MediaThread, MediaThreadConfig, start};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 78));
const CALLS: u64 = 200;
/// Calls that are answered for the time until sound.
const ANSWERS: u64 = 40;
const LASTS: Duration = Duration::from_secs(4);
const TICK: Duration = Duration::from_millis(20);
/// Callers do not speak in step: each tick is cut into slices.
const SLICES: u64 = 20;
/// How long a path or a sound may take until something is wrong.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() {
    let mut plain = House::new();
    for call in 0..CALLS {
        plain.add_phone(call * 2);
        plain.add_phone(call * 2 + 1);
        plain.bridge(call * 2, call * 2 + 1);
    }
    let yardstick = plain.measured();
    plain.thread.stop();

    let mut house = House::new();
    (0..CALLS).for_each(|call| house.add_phone(call * 2));
    let before = cpu_of_media();
    (0..CALLS).for_each(|call| house.add_browser(call * 2 + 1));
    house.until("browsers connect", |house| house.browsers.iter().all(|browser| browser.connected));
    let paths = cpu_of_media() - before;
    println!(
        "bench: browsers: a path made (ICE, DTLS)\t{:.2}\tms CPU\tour side only, {CALLS} at once",
        paths.as_secs_f64() * 1e3 / CALLS as f64
    );
    answers(&mut house);
    for call in 0..CALLS {
        house.bridge(call * 2, call * 2 + 1);
    }
    let cost = house.measured();
    house.thread.stop();
    println!(
        "bench: browsers: legs with SRTP both ways, in a call with a telephone\t{:.0}\t/core\t{:.2} us a packet ({:.0} packets/s and core); {:.2} of two telephones ({:.2} us)",
        1.0 / (cost * 100.0),
        cost * 1e6,
        1.0 / cost,
        yardstick / cost,
        yardstick * 1e6
    );
}

/// Answers one call after another, and tells how long each took until both heard the other.
fn answers(house: &mut House) {
    let mut taken: Vec<Duration> = (0..ANSWERS as usize)
        .map(|call| {
            // The moments spread over the tick; the calls' own would follow each other in it.
            house.go_on(Duration::from_micros(call as u64 * 7_300 % 20_000));
            let (left, right) = (call as u64 * 2, call as u64 * 2 + 1);
            let before = (house.phones[call].heard, house.browsers[call].heard);
            let began = Instant::now();
            house.bridge(left, right);
            house.until("both hear", |house| {
                house.phones[call].heard > before.0 && house.browsers[call].heard > before.1
            });
            let taken = began.elapsed();
            house.thread.sender().send(Command::Unbridge { leg: LegId(left) }).expect("room");
            taken
        })
        .collect();
    taken.sort_unstable();
    let at = |percent: usize| taken[(taken.len() * percent / 100).min(taken.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "bench: browsers: from the answer to sound at both ends\t{:.1}\tms p99\tp50 {:.1} ms, up to 20 ms of it until the next packet is spoken",
        at(99),
        at(50)
    );
}

/// A media thread, and everybody around it, all turned by one loop.
struct House {
    thread: MediaThread,
    events: Receiver<Event>,
    phones: Vec<Phone>,
    browsers: Vec<Browser>,
    next_port: u16,
    began: Instant,
    slice: u64,
}

struct Phone {
    socket: UdpSocket,
    target: SocketAddr,
    sequence: u16,
    heard: u64,
}

impl House {
    fn new() -> House {
        let (told, events) = channel();
        let config = MediaThreadConfig {
            engine_seed: [8; 32],
            origin: Instant::now(),
            bind: HOST,
            browser_listen: SocketAddr::new(HOST, 0),
            browser_addresses: vec![HOST],
            patience: media::Patience::default(),
        };
        let tell = move |event| {
            let _nobody_listens_later = told.send(event);
        };
        let thread = start(config, tell, |_block| ()).expect("a media thread");
        let (phones, browsers) = Default::default();
        House { thread, events, phones, browsers, next_port: 40_000, began: Instant::now(), slice: 0 }
    }

    fn add_phone(&mut self, leg: u64) {
        let socket = socket(HOST);
        let params = PlainParams {
            remote: Some(socket.local_addr().expect("an address")),
            transport: media::Transport::default(),
            codec: Codec::Pcmu,
            payload_type: 0,
            telephone_event: None,
            sending: true,
        };
        loop {
            self.next_port += 2;
            let port = self.next_port;
            self.thread.sender().send(Command::OpenPlain { leg: LegId(leg), port, params }).expect("room");
            let opened = self.events.iter().find_map(|event| match event {
                Event::LegOpened { .. } => Some(true),
                Event::LegFailed { .. } => Some(false),
                _ => None,
            });
            if opened.expect("the thread runs") {
                let target = SocketAddr::new(HOST, port);
                return self.phones.push(Phone { socket, target, sequence: 0, heard: 0 });
            }
        }
    }

    fn add_browser(&mut self, leg: u64) {
        let server = SocketAddr::new(HOST, self.thread.browser_port());
        let mut browser = Browser::new(LegId(leg), HOST, server);
        let offer = browser.offer();
        self.thread.sender().send(Command::OpenBrowser { leg: LegId(leg), offer }).expect("room");
        let answer = self.events.iter().find_map(|event| match event {
            Event::LegOpened { leg: opened, answer } if opened == browser.leg => answer,
            _ => None,
        });
        browser.accept(&answer.expect("the thread runs"));
        self.browsers.push(browser);
    }

    fn bridge(&self, left: u64, right: u64) {
        let (left, right) = (LegId(left), LegId(right));
        self.thread.sender().send(Command::Bridge { left, right }).expect("room");
    }

    /// CPU seconds of the media thread for each packet that somebody heard.
    fn measured(&mut self) -> f64 {
        self.go_on(Duration::from_millis(500));
        let (cpu, heard) = (cpu_of_media(), self.heard());
        self.go_on(LASTS);
        (cpu_of_media() - cpu).as_secs_f64() / (self.heard() - heard).max(1) as f64
    }

    fn heard(&self) -> u64 {
        let phones = self.phones.iter().map(|phone| phone.heard);
        phones.chain(self.browsers.iter().map(|browser| browser.heard)).sum()
    }

    fn go_on(&mut self, lasts: Duration) {
        let end = Instant::now() + lasts;
        while Instant::now() < end {
            self.turn();
        }
    }

    fn until(&mut self, what: &str, holds: impl Fn(&House) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < end, "{what} within {PATIENCE:?}");
            self.turn();
        }
    }

    /// Everybody listens, and those speak whose slice of the tick it is.
    fn turn(&mut self) {
        while self.began + TICK / SLICES as u32 * self.slice as u32 <= Instant::now() {
            let part = (self.slice % SLICES) as usize;
            self.phones.iter_mut().skip(part).step_by(SLICES as usize).for_each(Phone::speak);
            let browsers = self.browsers.iter_mut().skip(part).step_by(SLICES as usize);
            browsers.filter(|browser| browser.connected).for_each(Browser::speak);
            self.slice += 1;
        }
        self.phones.iter_mut().for_each(Phone::listen);
        self.browsers.iter_mut().for_each(Browser::turn);
        std::thread::sleep(Duration::from_micros(100));
    }
}

impl Phone {
    fn speak(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
        let timestamp = u32::from(self.sequence) * 160;
        let header = rtp::Header { marker: false, payload_type: 0, sequence: self.sequence, timestamp, ssrc: 7 };
        let mut packet = [PHONE_SAYS; 172];
        packet[..12].copy_from_slice(&rtp::write(&header));
        // Lost like any datagram if the buffer is full.
        let _ = self.socket.send_to(&packet, self.target);
    }

    fn listen(&mut self) {
        let mut buffer = [0; 2_048];
        while self.socket.recv(&mut buffer).is_ok() {
            self.heard += u64::from([PHONE_SAYS, BROWSER_SAYS].contains(&buffer[12]));
        }
    }
}

fn socket(host: IpAddr) -> UdpSocket {
    let socket = UdpSocket::bind((host, 0)).expect("a socket");
    socket.set_nonblocking(true).expect("an option");
    socket
}

/// CPU time of the media thread, to the nanosecond.
fn cpu_of_media() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let nanos = tasks.flatten().find_map(|task| {
        let comm = std::fs::read_to_string(task.path().join("comm")).ok()?;
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        (comm.trim() == "media").then(|| stat.split(' ').next()?.parse().ok()).flatten()
    });
    Duration::from_nanos(nanos.expect("the thread runs"))
}
