//! A browser: a full WebRTC client (ICE, DTLS, SRTP) on virtual time.

use super::{SHARED, tone};
use media::telephone_event::{Sender, Step};
use media::{Codec, LegId, g711};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::{Codec as RtcCodec, FormatParams};
use str0m::media::{Direction, Frequency, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc};

pub struct Client {
    pub leg: LegId,
    pub address: SocketAddr,
    pub rtc: Rtc,
    pub mid: Option<Mid>,
    pending: Option<SdpPendingOffer>,
    pub connected: bool,
    pub lost: bool,
    /// When it wants to be ticked: its library's wish or its next frame.
    pub next: Option<Duration>,
    library: Duration,
    frame: Duration,
    pub codec: Codec,
    pub tone: Vec<i16>,
    pub keys: Sender,
    key_timestamp: u32,
    said: usize,
    sequence: u64,
    timestamp: u32,
    encoder: opus::Encoder,
    decoder: opus::Decoder,
    /// Payload type, timestamp, payload.
    pub packets: Vec<(u8, u32, Vec<u8>)>,
}

impl Client {
    /// A browser that offers these codecs and speaks the first of the answer.
    pub fn new(leg: u64, codecs: &[Codec], hertz: f64, origin: Instant) -> Client {
        let mut config = Rtc::builder().set_rtp_mode(true).clear_codecs();
        for codec in codecs {
            config = match codec {
                Codec::Pcmu => config.enable_pcmu(true, false),
                Codec::Pcma => config.enable_pcma(true, false),
                Codec::G722 => unreachable!("these browsers do without G.722"),
                Codec::Opus => config.enable_opus(true, false),
            };
        }
        for (payload_type, clock) in [(125, Frequency::EIGHT_KHZ), (124, Frequency::FORTY_EIGHT_KHZ)] {
            let format = FormatParams::parse_line("0-15");
            let codecs = config.codec_config();
            codecs.add_config(payload_type.into(), None, RtcCodec::Tele, clock, None, format);
        }
        let mut rtc = config.build(origin);
        let address = SocketAddr::from(([10, 0, 2, leg as u8], 50_000));
        rtc.add_local_candidate(Candidate::host(address, "udp").expect("a candidate"));
        Client {
            leg: LegId(leg),
            address,
            rtc,
            mid: None,
            pending: None,
            connected: false,
            lost: false,
            next: Some(Duration::ZERO),
            library: Duration::ZERO,
            frame: Duration::from_millis(3),
            codec: Codec::Pcmu,
            tone: tone::sine(hertz, 1_000),
            keys: Sender::default(),
            key_timestamp: 0,
            said: 0,
            sequence: 100,
            timestamp: 7_000,
            encoder: opus::Encoder::new(8_000, opus::Channels::Mono, opus::Application::Voip).expect("an encoder"),
            decoder: opus::Decoder::new(8_000, opus::Channels::Mono).expect("a decoder"),
            packets: Vec::new(),
        }
    }

    pub fn offer(&mut self) -> String {
        let mut changes = self.rtc.sdp_api();
        let mid = changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let (offer, pending) = changes.apply().expect("an offer");
        self.mid = Some(mid);
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    /// Answers an offer, as a client that is called.
    pub fn answer(&mut self, offer: &str) -> String {
        let offer = SdpOffer::from_sdp_string(offer).expect("an offer");
        let answer = self.rtc.sdp_api().accept_offer(offer).expect("acceptable").to_sdp_string();
        let mid = answer.lines().find_map(|line| line.strip_prefix("a=mid:"));
        self.mid = mid.map(Mid::from);
        self.speak_as(&answer);
        answer
    }

    /// Offers again with another direction: hold and resume.
    pub fn turn(&mut self, direction: Direction) -> String {
        let mid = self.mid.expect("a line");
        let mut changes = self.rtc.sdp_api();
        changes.set_direction(mid, direction);
        let (offer, pending) = changes.apply().expect("an offer");
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    /// Offers again from another address, as after a change of network. Its library forgets
    /// its addresses when it has the answer: then it arrives.
    pub fn move_to(&mut self, address: SocketAddr) -> String {
        let mut changes = self.rtc.sdp_api();
        changes.ice_restart(false);
        let (offer, pending) = changes.apply().expect("an offer");
        self.pending = Some(pending);
        self.address = address;
        offer.to_sdp_string()
    }

    /// Is where it said that it would be.
    pub fn arrive(&mut self) {
        self.rtc.add_local_candidate(Candidate::host(self.address, "udp").expect("a candidate"));
    }

    pub fn accept(&mut self, answer: &str) {
        self.speak_as(answer);
        let answer = SdpAnswer::from_sdp_string(answer).expect("an answer");
        let pending = self.pending.take().expect("an offer was made");
        self.rtc.sdp_api().accept_answer(pending, answer).expect("acceptable");
    }

    /// As browsers do: speak the first codec of the answer.
    fn speak_as(&mut self, answer: &str) {
        let line = answer.lines().find(|line| line.starts_with("m=audio")).expect("a line");
        self.codec = match line.split_whitespace().nth(3) {
            Some("0") => Codec::Pcmu,
            Some("8") => Codec::Pcma,
            _ => Codec::Opus,
        };
    }

    pub fn tick(&mut self, now: Duration, origin: Instant) {
        if self.connected && self.frame <= now {
            self.frame = now + Duration::from_millis(20);
            self.speak(origin + now);
        }
        self.rtc.handle_input(Input::Timeout(origin + now)).expect("time passes");
    }

    fn speak(&mut self, now: Instant) {
        let clock = if self.codec == Codec::Opus { 48 } else { 8 };
        self.timestamp += 20 * clock;
        let frame: Vec<i16> = (0..160).map(|n| self.tone[(self.said + n) % self.tone.len()]).collect();
        let step = self.keys.tick(20 * clock as u16);
        let (wanted, timestamp, payload) = match step {
            Some(Step::Down(report)) => {
                self.key_timestamp = self.timestamp;
                (RtcCodec::Tele, self.timestamp, report.write().to_vec())
            }
            Some(Step::Goes(report)) => (RtcCodec::Tele, self.key_timestamp, report.write().to_vec()),
            Some(Step::Pause) => return,
            None => {
                self.said += 160;
                let ulaw = frame.iter().map(|s| g711::linear_to_ulaw(*s)).collect();
                let alaw = frame.iter().map(|s| g711::linear_to_alaw(*s)).collect();
                let (codec, payload) = match self.codec {
                    Codec::Pcmu => (RtcCodec::PCMU, ulaw),
                    Codec::Pcma => (RtcCodec::PCMA, alaw),
                    Codec::G722 => unreachable!("these browsers do without G.722"),
                    Codec::Opus => {
                        let packet = self.encoder.encode_vec(&frame, 400).expect("a frame");
                        (RtcCodec::Opus, packet)
                    }
                };
                (codec, self.timestamp, payload)
            }
        };
        let rate = clock * 1_000;
        let Some(payload_type) = self
            .rtc
            .codec_config()
            .find(|p| p.spec().codec == wanted && p.spec().clock_rate.get() == rate)
            .map(|p| p.pt())
        else {
            return;
        };
        self.sequence += 1;
        let sequence = self.sequence.into();
        let mid = self.mid.expect("an offer was made");
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).expect("a stream");
        stream.write_rtp(RtpWrite::new(payload_type, sequence, timestamp, now, payload));
    }

    pub fn receive(&mut self, packet: &[u8], now: Duration, origin: Instant) {
        let from = SHARED.parse().expect("an address");
        let Ok(receive) = Receive::new(Protocol::Udp, from, self.address, packet) else {
            return;
        };
        self.rtc.handle_input(Input::Receive(origin + now, receive)).expect("it is acceptable");
    }

    /// What it sends now.
    pub fn drain(&mut self, origin: Instant) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        loop {
            match self.rtc.poll_output().expect("the library goes on") {
                Output::Timeout(at) => {
                    self.library = at.saturating_duration_since(origin);
                    let frame = self.connected.then_some(self.frame);
                    self.next = Some(frame.map_or(self.library, |f| f.min(self.library)));
                    return packets;
                }
                Output::Transmit(transmit) => packets.push(transmit.contents.to_vec()),
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::RtpPacket(packet)) => {
                    let header = &packet.header;
                    let entry = (*header.payload_type, header.timestamp, packet.payload.to_vec());
                    self.packets.push(entry);
                }
                Output::Event(Event::Closed | Event::IceConnectionStateChange(IceConnectionState::Disconnected)) => {
                    self.lost = true
                }
                Output::Event(_) => {}
            }
        }
    }

    /// Everything it heard, in the order of arrival.
    pub fn heard(&mut self) -> Vec<i16> {
        let mut line = Vec::new();
        for (payload_type, _, payload) in &self.packets {
            match payload_type {
                0 => line.extend(payload.iter().map(|byte| g711::ulaw_to_linear(*byte))),
                8 => line.extend(payload.iter().map(|byte| g711::alaw_to_linear(*byte))),
                111 => {
                    let mut frame = [0; 960];
                    let count = self.decoder.decode(payload, &mut frame, false).expect("opus");
                    line.extend(&frame[..count]);
                }
                _ => {}
            }
        }
        line
    }
}
