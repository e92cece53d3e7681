//! The telephone's inside: one task that owns a SIP endpoint, its socket and a
//! media thread, and does what the lines order.

use super::{Dial, Ear, LINES, LISTENS, LineEvent, RINGS};
use crate::clock::Clock;
use crate::luck;
use crate::media_thread::{self, MediaSender, MediaThread, MediaThreadConfig};
use media::{Codec, LegId, PlainParams, PlaybackId, RecordingBlock, RecordingId, SoundId};
use sip::sdp::{self, Agreed, Direction, LocalMedia, VoiceCodec};
use sip::{
    Command, DialogId, Directory, Endpoint, EndpointConfig, Event, Flow, IncomingCall, Invite, Output, Transport,
    TrunkEntry, TrunkKey,
};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};

/// The payload type that we ask for digits with.
const DIGITS: u8 = 101;
/// How long BYEs may be answered when the telephone stops.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What a line or its owner orders.
pub(super) enum Order {
    Load { sound: SoundId, samples: Arc<[i16]> },
    Dial { dial: Dial, events: mpsc::Sender<LineEvent>, placed: oneshot::Sender<u64> },
    Press { line: u64, digits: String },
    Say { line: u64, sound: SoundId },
    Listen { line: u64, ear: Ear },
    HangUp { line: u64 },
    Stop,
}

/// Ears by recording; the media thread calls them.
type Ears = Arc<Mutex<BTreeMap<u128, Ear>>>;

pub(super) struct Exchange {
    endpoint: Endpoint,
    socket: UdpSocket,
    local: SocketAddr,
    server: SocketAddr,
    clock: Clock,
    orders: mpsc::Receiver<Order>,
    media: MediaThread,
    to_media: MediaSender,
    media_events: mpsc::Receiver<media::Event>,
    ears: Ears,
    lines: BTreeMap<u64, Call>,
    last_number: u64,
    /// What is said to whoever calls; without it nobody can.
    greeting: Option<SoundId>,
}

struct Call {
    dialog: DialogId,
    media: LocalMedia,
    side: Side,
}

/// Who called.
enum Side {
    /// We did, and somebody watches.
    Ours { dial: Dial, events: mpsc::Sender<LineEvent> },
    /// The server did. It rings until then.
    Ringing { answer: Vec<u8>, until: Duration },
    /// The server did, and hears the greeting until then.
    Greeted { until: Duration },
    /// The server did, and we have hung up.
    Leaving,
}

impl Exchange {
    pub(super) async fn open(
        (own, server): (IpAddr, SocketAddr),
        greeting: Option<SoundId>,
        orders: mpsc::Receiver<Order>,
    ) -> io::Result<Exchange> {
        let clock = Clock::start();
        let socket = UdpSocket::bind(SocketAddr::new(own, 0)).await?;
        let local = socket.local_addr()?;
        let (events, media_events) = mpsc::channel(1_024);
        let ears = Ears::default();
        let heard = ears.clone();
        let config = MediaThreadConfig {
            engine_seed: luck::seed(),
            origin: clock.origin(),
            bind: own,
            browser_listen: SocketAddr::new(own, 0),
            browser_addresses: vec![own],
        };
        // A telephone that is behind by a thousand events is of no use to anybody.
        let tell = move |event| drop(events.try_send(event));
        let media = media_thread::start(config, tell, move |block| hear(&heard, &block))?;
        let to_media = media.sender();
        let config = EndpointConfig {
            seed: luck::seed(),
            product: "Callyard virtual phone".into(),
            realm: own.to_string(),
            digest: sip::DigestOffer::default(),
        };
        let mut endpoint = Endpoint::new(config, clock.mono());
        if greeting.is_some() {
            let known =
                TrunkEntry { trunk: TrunkKey(1), sources: vec![server.ip().into()], port: None, credentials: None };
            let directory = Directory { trunks: vec![known], ..Directory::default() };
            endpoint.command(Command::SetDirectory(directory), clock.mono());
        }
        let lines = BTreeMap::new();
        Ok(Exchange {
            endpoint,
            socket,
            local,
            server,
            clock,
            orders,
            media,
            to_media,
            media_events,
            ears,
            lines,
            last_number: 0,
            greeting,
        })
    }

    /// Where its socket is.
    pub(super) fn address(&self) -> SocketAddr {
        self.local
    }

    pub(super) async fn run(mut self) {
        let mut buffer = vec![0u8; 65_535];
        while let Going::On = self.step(&mut buffer).await {}
        for line in self.lines.keys().copied().collect::<Vec<_>>() {
            self.hang_up(line);
        }
        let until = tokio::time::Instant::now() + LAST_WORDS;
        while !self.lines.is_empty() {
            if tokio::time::timeout_at(until, self.step(&mut buffer)).await.is_err() {
                break;
            }
        }
        let media = self.media;
        // It joins a thread. Nobody waits for how that ends.
        let _ = tokio::task::spawn_blocking(move || media.stop()).await;
    }

    async fn step(&mut self, buffer: &mut [u8]) -> Going {
        self.drain();
        let due = self.lines.values().filter_map(|call| call.side.due()).min();
        let timer = self.endpoint.poll_timeout().map(|(at, _)| at).into_iter().chain(due).min();
        let timer = timer.map(|at| at.saturating_sub(self.clock.mono()));
        tokio::select! {
            order = self.orders.recv() => return match order {
                Some(Order::Stop) | None => Going::Down,
                Some(order) => { self.obey(order); Going::On }
            },
            Some(event) = self.media_events.recv() => self.take_media(event),
            received = self.socket.recv_from(buffer) => {
                // Errors are ICMP answers to what we sent; the dialog's timers see to that.
                if let Ok((length, remote)) = received {
                    let flow = Flow { transport: Transport::Udp, local: self.local, remote, connection: 0 };
                    self.endpoint.receive(flow, buffer.get(..length).unwrap_or_default(), self.clock.mono());
                }
            }
            () = tokio::time::sleep(timer.unwrap_or(Duration::from_secs(3_600))) => {
                self.endpoint.handle_timeout(self.clock.mono());
                self.keep_time();
            }
        }
        Going::On
    }

    fn drain(&mut self) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                // A datagram that the kernel does not take now is repeated by SIP.
                Output::Transmit { flow, bytes } => drop(self.socket.try_send_to(&bytes, flow.remote)),
                Output::Event(event) => self.take_sip(event),
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Load { sound, samples } => self.media(media::Command::LoadSound { sound, samples }),
            Order::Dial { dial, events, placed } => self.open_line(dial, events, placed),
            Order::Press { line, digits } => self.media(media::Command::SendDigits { leg: LegId(line), digits }),
            Order::Say { line, sound } => self.media(media::Command::Play {
                leg: LegId(line),
                playback: PlaybackId(line),
                sounds: vec![sound],
                times: 0,
                interruptible: false,
            }),
            Order::Listen { line, ear } => {
                let recording = RecordingId(line.into());
                lock(&self.ears).insert(recording.0, ear);
                self.media(media::Command::Record { recording, left: LegId(line), right: LegId(line) });
            }
            Order::HangUp { line } => self.hang_up(line),
            Order::Stop => {}
        }
    }

    /// The sound's socket first; the call goes out when it stands.
    fn open_line(&mut self, dial: Dial, events: mpsc::Sender<LineEvent>, placed: oneshot::Sender<u64>) {
        self.last_number += 1;
        let number = self.last_number;
        let _ = placed.send(number);
        let Some(media) = self.free_line(number) else {
            let _ = events.try_send(LineEvent::Ended("no line is free".into()));
            return;
        };
        let port = media.address.port();
        let dialog = self.endpoint.reserve_dialog();
        self.lines.insert(number, Call { dialog, media, side: Side::Ours { dial, events } });
        let params = PlainParams {
            remote: None,
            transport: media::Transport::default(),
            codec: Codec::Pcma,
            payload_type: 8,
            telephone_event: Some(DIGITS),
            sending: true,
        };
        self.media(media::Command::OpenPlain { leg: LegId(number), port, params });
    }

    /// Our side of a new line's sound, at a port of its own.
    fn free_line(&self, number: u64) -> Option<LocalMedia> {
        let port = (self.lines.len() < LINES).then(|| free_port(self.local.ip())).flatten()?;
        Some(LocalMedia {
            address: SocketAddr::new(self.local.ip(), port),
            security: sdp::Security::Plain,
            codecs: vec![VoiceCodec::Pcma, VoiceCodec::Pcmu],
            telephone_event: true,
            session: number,
            version: 1,
            direction: Direction::SendReceive,
        })
    }

    /// The server calls.
    fn arrived(&mut self, call: IncomingCall) {
        self.last_number += 1;
        let number = self.last_number;
        let taken = self.greeting.and_then(|_| self.free_line(number)).and_then(|media| {
            let (agreed, answer) = sdp::answer(call.offer.as_deref()?, &media).ok()?;
            Some((media, agreed, answer))
        });
        let now = self.clock.mono();
        let Some((media, agreed, answer)) = taken else {
            let refuse = Command::Refuse { dialog: call.dialog, status: 480, retry_after: None, reason: None };
            self.endpoint.command(refuse, now);
            return;
        };
        let port = media.address.port();
        let side = Side::Ringing { answer, until: now + RINGS };
        self.lines.insert(number, Call { dialog: call.dialog, media, side });
        self.media(media::Command::OpenPlain { leg: LegId(number), port, params: params(&agreed) });
        self.endpoint.command(Command::Ring { dialog: call.dialog, status: 180, sdp: None }, now);
    }

    /// Answers calls that rang long enough, and ends those that heard enough.
    fn keep_time(&mut self) {
        let now = self.clock.mono();
        let due = |call: &Call| call.side.due().is_some_and(|at| at <= now);
        let lines: Vec<u64> = self.lines.iter().filter(|(_, call)| due(call)).map(|(line, _)| *line).collect();
        for line in lines {
            let Some(call) = self.lines.get_mut(&line) else { continue };
            let dialog = call.dialog;
            match std::mem::replace(&mut call.side, Side::Leaving) {
                Side::Ringing { answer, .. } => {
                    call.side = Side::Greeted { until: now + LISTENS };
                    self.endpoint.command(Command::Answer { dialog, sdp: answer }, now);
                    if let Some(sound) = self.greeting {
                        self.obey(Order::Say { line, sound });
                    }
                }
                Side::Greeted { .. } => self.hang_up(line),
                ours @ (Side::Ours { .. } | Side::Leaving) => call.side = ours,
            }
        }
    }

    fn take_media(&mut self, event: media::Event) {
        match event {
            media::Event::LegOpened { leg, .. } => self.invite(leg.0),
            media::Event::LegFailed { leg, cause } => self.over(leg.0, format!("no socket for sound: {cause:?}")),
            media::Event::FirstSound { leg } => self.tell(leg.0, LineEvent::FirstSound),
            media::Event::BrowserConnected { .. }
            | media::Event::BrowserLost { .. }
            | media::Event::Negotiated { .. }
            | media::Event::Digit { .. }
            | media::Event::PlaybackEnded { .. }
            | media::Event::NoSound { .. }
            | media::Event::RecordingStopped { .. }
            | media::Event::Levels { .. }
            | media::Event::JoinRefused { .. }
            | media::Event::Figures { .. } => {}
        }
    }

    fn invite(&mut self, line: u64) {
        let Some(Call { dialog, media, side: Side::Ours { dial, .. } }) = self.lines.get(&line) else { return };
        let invite = Invite {
            dialog: *dialog,
            flow: Flow { transport: Transport::Udp, local: self.local, remote: self.server, connection: 0 },
            to: format!("sip:{}@{}", dial.called, self.server),
            from: format!("sip:{}@{}", dial.caller, host(self.local.ip())),
            from_name: None,
            identity: sip::CallerIdentity::default(),
            route: Vec::new(),
            max_forwards: sip::MAX_FORWARDS,
            credentials: None,
            user_to_user: None,
            offer: sdp::offer(media),
        };
        self.endpoint.command(Command::Invite(invite), self.clock.mono());
    }

    fn take_sip(&mut self, event: Event) {
        match event {
            Event::Progress { dialog, .. } => self.tell(self.line_of(dialog), LineEvent::Ringing),
            Event::Answered { dialog, answer } => self.answered(dialog, &answer),
            Event::Offered { dialog, offer } => self.offered(dialog, offer),
            Event::Ended { dialog, cause } => self.over(self.line_of(dialog), format!("{cause:?}")),
            Event::Incoming(call) => self.arrived(*call),
            // It has no phones of its own.
            Event::Confirmed { .. }
            | Event::OfferAnswered { .. }
            | Event::Digit { .. }
            | Event::Registered { .. }
            | Event::TrunkState { .. }
            | Event::TransferAsked { .. }
            | Event::Rejected { .. } => {}
        }
    }

    fn answered(&mut self, dialog: DialogId, answer: &[u8]) {
        let line = self.line_of(dialog);
        let Some(call) = self.lines.get(&line) else { return };
        match sdp::accept(answer, &call.media) {
            Ok(agreed) => {
                self.media(media::Command::UpdatePlain { leg: LegId(line), params: params(&agreed) });
                self.tell(line, LineEvent::Answered);
            }
            Err(error) => {
                self.tell(line, LineEvent::Ended(format!("the answer is of no use: {error}")));
                self.hang_up(line);
            }
        }
    }

    fn offered(&mut self, dialog: DialogId, offer: Option<Vec<u8>>) {
        let line = self.line_of(dialog);
        let Some(call) = self.lines.get_mut(&line) else { return };
        call.media.version += 1;
        let mut agreed_params = None;
        let answer = match offer {
            Some(offer) => sdp::answer(&offer, &call.media).ok().map(|(agreed, answer)| {
                agreed_params = Some(params(&agreed));
                answer
            }),
            None => Some(sdp::offer(&call.media)),
        };
        if let Some(params) = agreed_params {
            self.media(media::Command::UpdatePlain { leg: LegId(line), params });
        }
        self.endpoint.command(Command::AnswerOffer { dialog, sdp: answer }, self.clock.mono());
    }

    fn media(&self, command: media::Command) {
        if let Err(error) = self.to_media.send(command) {
            tracing::error!(%error, "the virtual telephone has no sound");
        }
    }

    fn hang_up(&mut self, line: u64) {
        if let Some(call) = self.lines.get(&line) {
            self.endpoint.command(Command::HangUp { dialog: call.dialog, reason: None }, self.clock.mono());
        }
    }

    fn over(&mut self, line: u64, why: String) {
        self.tell(line, LineEvent::Ended(why));
        self.lines.remove(&line);
        lock(&self.ears).remove(&u128::from(line));
        self.media(media::Command::Close { leg: LegId(line) });
    }

    fn tell(&self, line: u64, event: LineEvent) {
        if let Some(Call { side: Side::Ours { events, .. }, .. }) = self.lines.get(&line) {
            // A line's owner that has gone away hangs up by that.
            let _ = events.try_send(event);
        }
    }

    /// The line of a dialog; 0 is none.
    fn line_of(&self, dialog: DialogId) -> u64 {
        self.lines.iter().find(|(_, call)| call.dialog == dialog).map_or(0, |(line, _)| *line)
    }
}

impl Side {
    /// When something is to be done about it.
    fn due(&self) -> Option<Duration> {
        match self {
            Side::Ringing { until, .. } | Side::Greeted { until } => Some(*until),
            Side::Ours { .. } | Side::Leaving => None,
        }
    }
}

enum Going {
    On,
    Down,
}

fn params(agreed: &Agreed) -> PlainParams {
    PlainParams {
        remote: Some(agreed.remote),
        transport: media::Transport { srtp: None, reports: reports(agreed.reports) },
        codec: match agreed.codec {
            VoiceCodec::Pcmu => Codec::Pcmu,
            VoiceCodec::Pcma => Codec::Pcma,
            VoiceCodec::G722 => Codec::G722,
        },
        payload_type: agreed.payload_type,
        telephone_event: agreed.telephone_event,
        sending: agreed.peer_direction.receives(),
    }
}

fn reports(agreed: sdp::Reports) -> media::Reports {
    match agreed {
        sdp::Reports::Muxed => media::Reports::Muxed,
        sdp::Reports::Apart(address) => media::Reports::Apart(address),
    }
}

/// A port that was free a moment ago; the media thread says so if it no longer is.
/// An address as a URI writes it.
fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

fn free_port(own: IpAddr) -> Option<u16> {
    let socket = std::net::UdpSocket::bind(SocketAddr::new(own, 0)).ok()?;
    socket.local_addr().ok().map(|address| address.port())
}

/// Both channels are what the line hears; the engine may fill only one of them.
fn hear(ears: &Ears, block: &RecordingBlock) {
    let ear = lock(ears).get(&block.recording.0).cloned();
    if let Some(ear) = ear {
        let louder = |pair: &[i16]| pair.iter().copied().max_by_key(|sample| sample.unsigned_abs());
        let samples: Vec<i16> = block.samples.chunks_exact(2).filter_map(louder).collect();
        ear(&samples);
    }
}

fn lock(ears: &Ears) -> std::sync::MutexGuard<'_, BTreeMap<u128, Ear>> {
    // Nothing that can panic runs under this lock.
    ears.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
