//! A small world around one engine, on virtual time: phones that speak plain
//! RTP, browsers that are real WebRTC clients, and a network with a seed that
//! loses, delays and reorders.

#![allow(dead_code)] // Each test file uses its part.

pub mod browser;
pub mod phone;
pub mod tone;

use browser::Client;
use media::{Command, Engine, EngineConfig, Event, LegId, Negotiation, Output, RecordingBlock, Socket, SoundId};
use phone::Phone;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Where the engine's shared browser port is.
pub const SHARED: &str = "10.0.0.1:8443";

/// What the network does to packets.
#[derive(Clone, Copy, Default)]
pub struct Network {
    pub delay_ms: u64,
    pub jitter_ms: u64,
    /// Packets lost in a thousand.
    pub loss: u64,
}

/// A packet on its way, by where it goes.
enum Flight {
    Engine(Socket, SocketAddr, Vec<u8>),
    Phone(usize, Vec<u8>),
    Client(usize, Vec<u8>),
}

/// The WebRTC library counts from an instant. Any will do.
#[allow(clippy::disallowed_methods)]
pub fn some_instant() -> Instant {
    Instant::now()
}

pub struct World {
    pub engine: Engine,
    pub now: Duration,
    pub origin: Instant,
    pub events: Vec<Event>,
    pub blocks: Vec<RecordingBlock>,
    pub closed: Vec<LegId>,
    pub phones: Vec<Phone>,
    pub clients: Vec<Client>,
    pub network: Network,
    pub seed: u64,
    flights: BTreeMap<(Duration, u64), Flight>,
    flown: u64,
}

impl World {
    pub fn new() -> World {
        let origin = some_instant();
        World {
            engine: Engine::new(EngineConfig {
                seed: [7; 32],
                origin,
                browser_addresses: vec![SHARED.parse().expect("an address")],
                max_legs: 100,
                patience: media::Patience::default(),
            }),
            now: Duration::from_millis(5),
            origin,
            events: Vec::new(),
            blocks: Vec::new(),
            closed: Vec::new(),
            phones: Vec::new(),
            clients: Vec::new(),
            network: Network { delay_ms: 1, ..Network::default() },
            seed: 1,
            flights: BTreeMap::new(),
            flown: 0,
        }
    }

    pub fn command(&mut self, command: Command) {
        self.engine.command(command, self.now);
        self.drain();
    }

    /// Adds a phone and opens its leg.
    pub fn open_phone(&mut self, phone: Phone) -> usize {
        let command = Command::OpenPlain { leg: phone.leg, port: 20_000, params: phone.params() };
        self.phones.push(phone);
        self.command(command);
        self.phones.len() - 1
    }

    /// Adds a browser, opens its leg and waits until sound can flow.
    pub fn open_client(&mut self, mut client: Client) -> usize {
        let leg = client.leg;
        let offer = client.offer();
        self.clients.push(client);
        let index = self.clients.len() - 1;
        self.command(Command::OpenBrowser { leg, offer });
        let answer = self
            .events
            .iter()
            .find_map(|event| match event {
                Event::LegOpened { leg: opened, answer } if *opened == leg => answer.clone(),
                _ => None,
            })
            .expect("an answer to the offer");
        self.clients[index].accept(&answer);
        self.run_until(10_000, |world| {
            world.events.contains(&Event::BrowserConnected { leg }) && world.clients[index].connected
        });
        index
    }

    /// Calls a client: the leg's offer is ours. Waits until sound can flow.
    pub fn call_client(&mut self, mut client: Client) -> usize {
        let leg = client.leg;
        self.command(Command::OfferBrowser { leg });
        let Some(Event::LegOpened { answer: Some(offer), .. }) = self.events.last().cloned() else {
            panic!("no offer: {:?}", self.events);
        };
        let answer = client.answer(&offer);
        self.clients.push(client);
        let index = self.clients.len() - 1;
        self.command(Command::AcceptBrowser { leg, answer });
        self.run_until(10_000, |world| {
            world.events.contains(&Event::BrowserConnected { leg }) && world.clients[index].connected
        });
        index
    }

    /// What the engine makes of a later offer.
    pub fn answer_to(&mut self, leg: u64, offer: String) -> Negotiation {
        self.command(Command::AnswerBrowser { leg: LegId(leg), offer });
        match self.events.last() {
            Some(Event::Negotiated { outcome, .. }) => outcome.clone(),
            other => panic!("nothing was negotiated: {other:?}"),
        }
    }

    pub fn load(&mut self, sound: u64, samples: Vec<i16>) -> SoundId {
        let sound = SoundId(sound);
        self.command(Command::LoadSound { sound, samples: samples.into() });
        sound
    }

    pub fn bridge(&mut self, left: u64, right: u64) {
        self.command(Command::Bridge { left: LegId(left), right: LegId(right) });
    }

    /// Lets time pass.
    pub fn run(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        while self.step(end) {}
        self.now = end;
    }

    /// Lets time pass in which the engine's thread is away. When it is back it
    /// takes a few packets of each socket, then does what is due, and so on.
    pub fn stall(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        let mut now = self.now;
        while now <= end {
            self.now = now;
            (0..self.phones.len()).for_each(|index| self.tick_phone(index));
            now += Duration::from_millis(1);
        }
        self.now = end;
        let mut turn = 0;
        while let Some(entry) = self.flights.first_entry().filter(|e| e.key().0 <= end) {
            let flight = entry.remove();
            self.land(flight);
            turn += 1;
            if turn % 16 == 0 {
                self.engine.handle_timeout(self.now);
                self.drain();
            }
        }
    }

    /// Lets time pass until something holds; it must within `ms`.
    pub fn run_until(&mut self, ms: u64, holds: impl Fn(&World) -> bool) {
        let end = self.now + Duration::from_millis(ms);
        while !holds(self) {
            assert!(self.step(end), "it did not happen within {ms} ms: {:?}", self.events);
        }
    }

    pub fn digits(&self, leg: u64) -> String {
        let leg = LegId(leg);
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Digit { leg: on, digit } if *on == leg => Some(*digit),
                _ => None,
            })
            .collect()
    }

    /// The two channels that were recorded.
    pub fn recorded(&self) -> [Vec<i16>; 2] {
        let mut channels = [Vec::new(), Vec::new()];
        for block in &self.blocks {
            assert_eq!(block.first_sample as usize, channels[0].len(), "blocks follow each other");
            let (frames, _) = block.samples.as_chunks::<2>();
            for [left, right] in frames {
                channels[0].push(*left);
                channels[1].push(*right);
            }
        }
        channels
    }

    fn step(&mut self, end: Duration) -> bool {
        let flight = self.flights.keys().next().map(|(at, _)| *at);
        let phones = self.phones.iter().filter_map(|phone| phone.next).min();
        let clients = self.clients.iter().filter_map(|client| client.next).min();
        let next = [flight, phones, clients, self.engine.poll_timeout()];
        let Some(next) = next.into_iter().flatten().min().filter(|next| *next <= end) else {
            return false;
        };
        self.now = self.now.max(next);
        while let Some(entry) = self.flights.first_entry().filter(|e| e.key().0 <= self.now) {
            let flight = entry.remove();
            self.land(flight);
        }
        for index in 0..self.phones.len() {
            self.tick_phone(index);
        }
        for index in 0..self.clients.len() {
            self.tick_client(index);
        }
        if self.engine.poll_timeout().is_some_and(|at| at <= self.now) {
            self.engine.handle_timeout(self.now);
            self.drain();
        }
        true
    }

    fn tick_phone(&mut self, index: usize) {
        let phone = &mut self.phones[index];
        if phone.next.is_some_and(|next| next <= self.now) {
            let (socket, from) = (Socket::Plain(phone.leg), phone.address);
            for packet in phone.tick() {
                self.fly(Flight::Engine(socket, from, packet));
            }
        }
    }

    fn tick_client(&mut self, index: usize) {
        let client = &mut self.clients[index];
        if client.next.is_some_and(|next| next <= self.now) {
            client.tick(self.now, self.origin);
            self.drain_client(index);
        }
    }

    fn drain_client(&mut self, index: usize) {
        let from = self.clients[index].address;
        for packet in self.clients[index].drain(self.origin) {
            self.fly(Flight::Engine(Socket::Browser, from, packet));
        }
    }

    fn land(&mut self, flight: Flight) {
        match flight {
            Flight::Engine(socket, from, packet) => {
                self.engine.receive(socket, from, &packet, self.now);
                self.drain();
            }
            Flight::Phone(index, packet) => self.phones[index].receive(&packet, self.now),
            Flight::Client(index, packet) => {
                self.clients[index].receive(&packet, self.now, self.origin);
                self.drain_client(index);
            }
        }
    }

    pub fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Transmit { to, packet, .. } => {
                    let phone = self.phones.iter().position(|phone| phone.address == to);
                    let client = self.clients.iter().position(|client| client.address == to);
                    match (phone, client) {
                        (Some(index), _) => self.fly(Flight::Phone(index, packet.to_vec())),
                        (_, Some(index)) => self.fly(Flight::Client(index, packet.to_vec())),
                        (None, None) => {}
                    }
                }
                Output::Event(event) => self.events.push(event),
                Output::Recording(block) => self.blocks.push(block),
                Output::CloseSocket(leg) => self.closed.push(leg),
            }
        }
    }

    fn fly(&mut self, flight: Flight) {
        let Network { delay_ms, jitter_ms, loss } = self.network;
        if self.luck(1_000) < loss {
            return;
        }
        let jitter = if jitter_ms == 0 { 0 } else { self.luck(jitter_ms) };
        let at = self.now + Duration::from_millis(delay_ms + jitter);
        self.flown += 1;
        self.flights.insert((at, self.flown), flight);
    }

    /// A small generator (SplitMix64): the world's luck has a seed.
    fn luck(&mut self, below: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}
