//! Callers by the hundred a second: one thread, one SIP socket, one sound
//! socket. It knows just enough SIP to call, acknowledge and hang up, so that it
//! costs a fraction of what it measures. A lost datagram is sent again once a
//! second; a call that is not over in time has failed.

use std::collections::{BTreeMap, VecDeque};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long a call may take beyond its talk before it has failed.
const PATIENCE: Duration = Duration::from_secs(8);
const AGAIN: Duration = Duration::from_secs(1);
/// How often the sound socket is emptied and a watcher looks.
const LOOK: Duration = Duration::from_millis(100);

/// What to put on the server.
#[derive(Clone, Copy)]
pub struct Load {
    /// New calls a second.
    pub rate: u32,
    /// For how long.
    pub lasts: Duration,
    /// How long each call talks.
    pub talk: Duration,
}

/// What came of it.
#[derive(Default)]
pub struct Outcome {
    /// Calls begun.
    pub made: u32,
    /// Calls that did not run to their end as they should.
    pub failed: u32,
    /// From INVITE to 200, of every call that was answered.
    delays: Vec<Duration>,
}

impl Outcome {
    /// A percentile of the time from INVITE to 200.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.delays.clone();
        sorted.sort_unstable();
        sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(Duration::MAX)
    }
}

/// The callers.
pub struct Generator {
    socket: UdpSocket,
    sound: UdpSocket,
    local: SocketAddr,
    server: SocketAddr,
    number: String,
    next: u64,
    calls: BTreeMap<u64, Call>,
    hang_ups: VecDeque<(Instant, u64)>,
}

struct Call {
    began: Instant,
    last: Vec<u8>,
    sent: Instant,
    until: Instant,
    /// Our side of the dialog: the server's To header, once it answered.
    to: Option<String>,
}

impl Generator {
    /// Callers of `number` at the server.
    pub fn new(server: SocketAddr, number: &str) -> Generator {
        let open = || {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
            socket.set_nonblocking(true).expect("an option");
            let reference = socket2::SockRef::from(&socket);
            reference.set_recv_buffer_size(8 << 20).expect("an option");
            socket
        };
        let (socket, sound) = (open(), open());
        let local = socket.local_addr().expect("an address");
        let number = number.to_owned();
        let (calls, hang_ups) = Default::default();
        Generator { socket, sound, local, server, number, next: 0, calls, hang_ups }
    }

    /// Puts a load on the server and waits until the last call is over.
    pub fn run(&mut self, load: Load) -> Outcome {
        self.run_watched(load, || {})
    }

    /// The same; `watch` is called ten times a second.
    pub fn run_watched(&mut self, load: Load, mut watch: impl FnMut()) -> Outcome {
        let mut outcome = Outcome::default();
        let began = Instant::now();
        let mut looked = began;
        let all = (f64::from(load.rate) * load.lasts.as_secs_f64()) as u32;
        while outcome.made < all || !self.calls.is_empty() {
            let now = Instant::now();
            let due = (f64::from(load.rate) * (now - began).as_secs_f64()) as u32 + 1;
            while outcome.made < due.min(all) {
                self.call(now, load.talk);
                outcome.made += 1;
            }
            let heard = self.hear(load.talk, &mut outcome);
            self.hang_up_due(now);
            if now - looked >= LOOK {
                looked = now;
                self.listen();
                self.repeat_or_give_up(now, &mut outcome);
                watch();
            }
            if !heard {
                std::thread::sleep(Duration::from_micros(200));
            }
        }
        outcome
    }

    fn call(&mut self, now: Instant, talk: Duration) {
        self.next += 1;
        let (id, sound) = (self.next, self.sound.local_addr().expect("an address").port());
        let description = format!(
            "v=0\r\no=- {id} 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {sound} RTP/AVP 0 101\r\n\
             a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
        );
        let rest =
            format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{description}", description.len());
        let invite = self.request("INVITE", (id, 1), "", &rest);
        self.send(&invite);
        let until = now + talk + PATIENCE;
        self.calls.insert(id, Call { began: now, last: invite, sent: now, until, to: None });
    }

    fn request(&self, method: &str, (id, sequence): (u64, u32), tag: &str, rest: &str) -> Vec<u8> {
        let Generator { local, server, number, .. } = self;
        format!(
            "{method} sip:{number}@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{id}.{method}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:1380000{:04}@{local}>;tag=g{id}\r\nTo: <sip:{number}@{server}>{tag}\r\n\
             Call-ID: bench-{id}\r\nCSeq: {sequence} {method}\r\nContact: <sip:bench@{local}>\r\n{rest}",
            id % 10_000
        )
        .into_bytes()
    }

    fn send(&self, bytes: &[u8]) {
        // A full buffer loses it like a network would; it is sent again.
        let _ = self.socket.send_to(bytes, self.server);
    }

    fn hear(&mut self, talk: Duration, outcome: &mut Outcome) -> bool {
        let mut buffer = [0; 4_096];
        let mut heard = false;
        while let Ok(length) = self.socket.recv(&mut buffer) {
            heard = true;
            let Ok(text) = std::str::from_utf8(&buffer[..length]) else { continue };
            let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
            let Some(id) = header("Call-ID: bench-").and_then(|id| id.trim().parse().ok()) else { continue };
            let status: u16 = text.get(8..11).and_then(|code| code.parse().ok()).unwrap_or(0);
            let of_bye = header("CSeq: ").is_some_and(|cseq| cseq.ends_with("BYE"));
            let tag = header("To: ").and_then(|to| to.split_once(";tag=")).map(|(_, tag)| format!(";tag={tag}"));
            match (text.starts_with("SIP/2.0"), status, of_bye) {
                (true, 100..=199, _) => self.settle(id),
                (true, 200, false) => {
                    self.answered(id, (tag.unwrap_or_default(), talk), outcome);
                    self.speak(id, header("m=audio ").and_then(|media| media.split(' ').next()?.parse().ok()));
                }
                (true, 200, true) => drop(self.calls.remove(&id)),
                // Refused, or the server hung up by itself: not what was asked for.
                _ => outcome.failed += u32::from(self.calls.remove(&id).is_some()),
            }
        }
        heard
    }

    /// The INVITE arrived: the server repeats its answer by itself from here on.
    fn settle(&mut self, id: u64) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.last.clear();
        }
    }

    fn answered(&mut self, id: u64, (tag, talk): (String, Duration), outcome: &mut Outcome) {
        let ack = self.request("ACK", (id, 1), &tag, "Content-Length: 0\r\n\r\n");
        self.send(&ack);
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.to.is_none() {
            let now = Instant::now();
            outcome.delays.push(now - call.began);
            call.to = Some(tag);
            call.last.clear();
            self.hang_ups.push_back((now + talk, id));
        }
    }

    fn hang_up_due(&mut self, now: Instant) {
        while let Some((due, id)) = self.hang_ups.front().copied()
            && due <= now
        {
            self.hang_ups.pop_front();
            let Some(tag) = self.calls.get(&id).and_then(|call| call.to.clone()) else { continue };
            let bye = self.request("BYE", (id, 2), &tag, "Content-Length: 0\r\n\r\n");
            self.send(&bye);
            if let Some(call) = self.calls.get_mut(&id) {
                (call.last, call.sent) = (bye, now);
            }
        }
    }

    /// Says a tenth of a second, so that the server has all that a call with sound needs.
    fn speak(&self, id: u64, port: Option<u16>) {
        let Some(port) = port else { return };
        for sequence in 0..5u16 {
            let mut packet = [0xff; 172];
            packet[..2].copy_from_slice(&[0x80, 0]);
            packet[2..4].copy_from_slice(&sequence.to_be_bytes());
            packet[4..8].copy_from_slice(&(u32::from(sequence) * 160).to_be_bytes());
            packet[8..12].copy_from_slice(&(id as u32).to_be_bytes());
            // As in `send`.
            let _ = self.sound.send_to(&packet, (self.server.ip(), port));
        }
    }

    /// Takes what the calls hear out of the way.
    fn listen(&self) {
        let mut buffer = [0; 2_048];
        while self.sound.recv(&mut buffer).is_ok() {}
    }

    fn repeat_or_give_up(&mut self, now: Instant, outcome: &mut Outcome) {
        let socket = &self.socket;
        let before = self.calls.len();
        self.calls.retain(|_, call| {
            if !call.last.is_empty() && now - call.sent >= AGAIN {
                call.sent = now;
                // As in `send`.
                let _ = socket.send_to(&call.last, self.server);
            }
            now < call.until
        });
        outcome.failed += (before - self.calls.len()) as u32;
    }
}
