//! Two endpoints and the network between them: seeded loss, copies, delay and
//! reordering. Time is a number; a minute of silence costs nothing.
#![allow(dead_code, reason = "each test file uses its part of the harness")]

use sip::{
    Command, Contact, DialogId, Directory, EndCause, Endpoint, EndpointConfig, Event, Flow, IncomingCall, Invite,
    Output, PhoneEntry, PhoneKey, Transport, TrunkEntry, TrunkKey,
};
use std::net::SocketAddr;
use std::time::Duration;

pub const OFFER: &[u8] =
    b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
pub const ANSWER: &[u8] =
    b"v=0\r\no=- 2 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";

/// The carrier's side and ours, by index.
pub const CARRIER: usize = 0;
pub const YARD: usize = 1;

/// SplitMix64: the luck of the network.
pub struct Luck(pub u64);

impl Luck {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }
}

/// How bad the network is.
#[derive(Clone, Copy)]
pub struct Weather {
    pub loss: u64,
    pub copies: u64,
    pub jitter_ms: u64,
}

pub const FAIR: Weather = Weather { loss: 0, copies: 0, jitter_ms: 0 };

struct Packet {
    at: Duration,
    order: u64,
    to: usize,
    flow: Flow,
    bytes: Vec<u8>,
}

/// What one side heard from its endpoint.
pub struct Side {
    pub endpoint: Endpoint,
    pub address: SocketAddr,
    pub events: Vec<Event>,
    seen: usize,
}

/// Decides by sender and text whether the network loses a message.
pub type Swallow = Box<dyn FnMut(usize, &str) -> bool>;

/// Changes the text of a message of a side.
pub type Alter = Box<dyn FnMut(usize, String) -> String>;

pub struct World {
    pub sides: Vec<Side>,
    pub now: Duration,
    pub weather: Weather,
    pub transport: Transport,
    /// Every message that was handed to the network, with its sender.
    pub sent: Vec<(usize, String)>,
    /// The flow of each of them.
    pub flows: Vec<Flow>,
    /// Messages that the network swallows: `true` drops.
    pub swallow: Swallow,
    /// What the network makes of a message of a side; most networks make nothing.
    pub alter: Alter,
    luck: Luck,
    packets: Vec<Packet>,
    order: u64,
}

pub fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub fn flow(transport: Transport, local: SocketAddr, remote: SocketAddr) -> Flow {
    Flow { transport, local, remote, connection: if transport.is_reliable() { 7 } else { 0 } }
}

impl World {
    pub fn new(seed: u64, weather: Weather, transport: Transport) -> World {
        let addresses: [SocketAddr; 2] =
            ["10.0.0.1:5060", "10.0.0.2:5060"].map(|text| text.parse().expect("an address"));
        let mut sides = Vec::new();
        for (index, address) in addresses.into_iter().enumerate() {
            let mut bytes = [index as u8; 32];
            bytes[..8].copy_from_slice(&seed.to_be_bytes());
            let config = EndpointConfig {
                seed: bytes,
                product: "Callyard/test".into(),
                realm: "callyard".into(),
                digest: sip::DigestOffer::Both,
            };
            let mut endpoint = Endpoint::new(config, Duration::ZERO);
            let other = addresses[1 - index];
            let trunk = TrunkEntry {
                trunk: TrunkKey(1),
                sources: vec![ipnet::IpNet::from(other.ip())],
                port: None,
                credentials: None,
            };
            let directory = Directory { trunks: vec![trunk], ..Directory::default() };
            endpoint.command(Command::SetDirectory(directory), Duration::ZERO);
            sides.push(Side { endpoint, address, events: Vec::new(), seen: 0 });
        }
        let swallow = Box::new(|_: usize, _: &str| false);
        World {
            sides,
            now: Duration::from_secs(1),
            weather,
            transport,
            sent: Vec::new(),
            flows: Vec::new(),
            swallow,
            alter: Box::new(|_, text| text),
            luck: Luck(seed),
            packets: Vec::new(),
            order: 0,
        }
    }

    pub fn fair() -> World {
        World::new(1, FAIR, Transport::Udp)
    }

    /// Makes the carrier's side a stranger to our side that may be this phone.
    pub fn phone_instead_of_trunk(&mut self, user: &str, password: &str) {
        let phone =
            PhoneEntry { phone: PhoneKey(9), user: user.into(), realm: "callyard".into(), password: password.into() };
        let directory = Directory { trunks: Vec::new(), phones: vec![phone], ..Directory::default() };
        self.sides[YARD].endpoint.command(Command::SetDirectory(directory), self.now);
    }

    pub fn flow_from(&self, side: usize) -> Flow {
        flow(self.transport, self.sides[side].address, self.sides[1 - side].address)
    }

    pub fn command(&mut self, side: usize, command: Command) {
        self.sides[side].endpoint.command(command, self.now);
        self.drain(side);
    }

    /// The carrier calls us.
    pub fn call(&mut self) -> DialogId {
        self.call_with(None)
    }

    pub fn call_with(&mut self, credentials: Option<(String, String)>) -> DialogId {
        let dialog = self.sides[CARRIER].endpoint.reserve_dialog();
        let invite = Invite {
            dialog,
            flow: self.flow_from(CARRIER),
            to: "sip:0086075512345678@10.0.0.2".into(),
            from: "sip:13800000000@10.0.0.1".into(),
            from_name: Some("Li \"Lei\"".into()),
            identity: sip::CallerIdentity::default(),
            route: Vec::new(),
            max_forwards: sip::MAX_FORWARDS,
            credentials,
            user_to_user: Some("00c0ffee;encoding=hex".into()),
            offer: OFFER.to_vec(),
        };
        self.command(CARRIER, Command::Invite(invite));
        dialog
    }

    /// An answer to the last request of this kind that a side sent.
    pub fn answer_to(&self, side: usize, method: &str, line: &str, extra: &str) -> String {
        self.answer_from(side, (method, line), ("x", extra))
    }

    /// The same with a To tag of the fork that answers.
    pub fn answer_from(&self, side: usize, (method, line): (&str, &str), (tag, extra): (&str, &str)) -> String {
        let request = self.last_sent(side, method);
        let to = header(request, "To");
        let to = if to.contains("tag=") { to.to_owned() } else { format!("{to};tag={tag}") };
        format!(
            "SIP/2.0 {line}\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
             Contact: <sip:{tag}@10.0.0.2>\r\n{extra}{}",
            header(request, "Via"),
            header(request, "From"),
            header(request, "Call-ID"),
            header(request, "CSeq"),
            if extra.contains("\r\n\r\n") { "" } else { "\r\n" },
        )
    }

    /// Sends bytes to a side as if its peer had; returns what it transmits in answer.
    pub fn inject(&mut self, side: usize, text: &str) -> Vec<String> {
        let flow = self.flow_from(side);
        self.inject_by(side, flow, text)
    }

    pub fn inject_by(&mut self, side: usize, flow: Flow, text: &str) -> Vec<String> {
        let before = self.sent.len();
        self.sides[side].endpoint.receive(flow, text.as_bytes(), self.now);
        self.drain(side);
        self.sent[before..].iter().filter(|(from, _)| *from == side).map(|(_, text)| text.clone()).collect()
    }

    /// A side's connection is closed.
    pub fn close(&mut self, side: usize, flow: Flow) {
        self.sides[side].endpoint.flow_closed(flow, self.now);
        self.drain(side);
    }

    /// The next event of a side that was not looked at yet.
    pub fn next_event(&mut self, side: usize) -> Option<Event> {
        let side = &mut self.sides[side];
        let event = side.events.get(side.seen).cloned();
        side.seen += usize::from(event.is_some());
        event
    }

    pub fn incoming(&mut self) -> IncomingCall {
        match self.next_event(YARD) {
            Some(Event::Incoming(call)) => *call,
            other => panic!("a call should have come in, not {other:?}"),
        }
    }

    /// A call that is up, by its two ids. Nothing is left to look at.
    pub fn talking(&mut self) -> (DialogId, DialogId) {
        let theirs = self.call();
        self.run(seconds(1));
        let ours = self.incoming().dialog;
        self.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
        self.run(seconds(1));
        assert_eq!(self.next_event(CARRIER), Some(Event::Answered { dialog: theirs, answer: ANSWER.to_vec() }));
        assert_eq!(self.next_event(YARD), Some(Event::Confirmed { dialog: ours, answer: None }));
        (theirs, ours)
    }

    /// Lets time pass and everything happen that is due.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..1_000_000 {
            let packet = self.packets.iter().map(|packet| packet.at).min();
            let timer = self.sides.iter().filter_map(|side| side.endpoint.poll_timeout()).map(|(at, _)| at).min();
            let next = [packet, timer].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            self.deliver_due();
            for side in 0..self.sides.len() {
                self.sides[side].endpoint.handle_timeout(self.now);
                self.drain(side);
            }
        }
        panic!("the world does not come to rest");
    }

    /// Long enough that nothing may be left.
    pub fn rest(&mut self) {
        self.run(seconds(400));
        for (index, side) in self.sides.iter().enumerate() {
            assert_eq!(side.endpoint.held(), (0, 0), "side {index} keeps nothing");
            assert_eq!(side.endpoint.poll_timeout(), None, "side {index} waits for nothing");
        }
    }

    /// Every dialog ended once, and nothing was told about it afterwards.
    pub fn ends(&self, side: usize, dialog: DialogId) -> Vec<EndCause> {
        let causes = self.sides[side].events.iter().filter_map(|event| match event {
            Event::Ended { dialog: ended, cause } if *ended == dialog => Some(cause.clone()),
            _ => None,
        });
        causes.collect()
    }

    /// First lines of what a side sent.
    pub fn lines(&self, side: usize) -> Vec<&str> {
        let of = self.sent.iter().filter(|(from, _)| *from == side);
        of.map(|(_, text)| text.lines().next().unwrap_or_default()).collect()
    }

    pub fn count(&self, side: usize, start: &str) -> usize {
        self.lines(side).iter().filter(|line| line.starts_with(start)).count()
    }

    pub fn last_sent(&self, side: usize, start: &str) -> &str {
        let found = self.sent.iter().rev().find(|(from, text)| *from == side && text.starts_with(start));
        found.map(|(_, text)| text.as_str()).unwrap_or_else(|| panic!("{start} was never sent"))
    }

    fn deliver_due(&mut self) {
        self.packets.sort_by_key(|packet| (packet.at, packet.order));
        while self.packets.first().is_some_and(|packet| packet.at <= self.now) {
            let packet = self.packets.remove(0);
            self.sides[packet.to].endpoint.receive(packet.flow, &packet.bytes, self.now);
            self.drain(packet.to);
        }
    }

    fn drain(&mut self, from: usize) {
        while let Some(output) = self.sides[from].endpoint.poll_output() {
            match output {
                Output::Event(event) => self.sides[from].events.push(event),
                Output::Transmit { flow, bytes } => self.send(from, flow, bytes),
            }
        }
    }

    fn send(&mut self, from: usize, out: Flow, bytes: Vec<u8>) {
        let text = (self.alter)(from, String::from_utf8_lossy(&bytes).into_owned());
        let bytes = text.clone().into_bytes();
        let swallowed = (self.swallow)(from, &text);
        self.sent.push((from, text));
        self.flows.push(out);
        let lossy = !out.transport.is_reliable();
        let to = 1 - from;
        if swallowed || out.remote.ip() != self.sides[to].address.ip() || lossy && self.luck.percent(self.weather.loss)
        {
            return;
        }
        let copies = if lossy && self.luck.percent(self.weather.copies) { 2 } else { 1 };
        for _ in 0..copies {
            let jitter = if lossy { self.luck.next() % (self.weather.jitter_ms + 1) } else { 0 };
            let at = self.now + Duration::from_millis(10 + jitter);
            let flow = Flow { local: out.remote, remote: out.local, ..out };
            self.order += 1;
            self.packets.push(Packet { at, order: self.order, to, flow, bytes: bytes.clone() });
        }
    }
}

/// A header of a message, without its name.
pub fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let wanted = format!("{name}: ");
    message.lines().find_map(|line| line.strip_prefix(wanted.as_str())).unwrap_or_else(|| panic!("{name} in {message}"))
}

/// Compares contacts without their times.
pub fn uris(contacts: &[Contact]) -> Vec<&str> {
    contacts.iter().map(|contact| contact.uri.as_str()).collect()
}
