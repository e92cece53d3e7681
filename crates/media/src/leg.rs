//! One leg: the path its packets take, what it says and what it hears. Plain
//! and browser legs differ in their path only.

use crate::browser::{Browser, Connection};
use crate::codec::{Decoder, Encoder};
use crate::latch::Latch;
use crate::level::{Meters, Speech};
use crate::limits::MAX_TAPS;
use crate::mos::{self, Line};
use crate::packet::PacketBuf;
use crate::playback::Playback;
use crate::playout::Playout;
use crate::recording::Channel;
use crate::reporting::{FarEnd, Reporting};
use crate::rtp::{self, Header};
use crate::srtp::Guard;
use crate::stream::{Number, Numbering, Reception};
use crate::telephone_event::{Receiver, Sender};
use crate::tones::ToneDetector;
use crate::{Codec, ConferenceId, LegFigures, LegId, Output, PlainParams, RecordingId, Socket};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A leg.
pub struct Leg {
    /// Its id.
    pub id: LegId,
    /// The path of its packets.
    pub path: Path,
    /// What comes from it.
    pub says: Says,
    /// What goes to it.
    pub hears: Hears,
    /// Whom it is bridged to.
    pub peer: Option<LegId>,
    /// The conference that it is in.
    pub conference: Option<ConferenceId>,
    /// Its meters, while somebody watches them.
    pub meters: Option<Box<Meters>>,
    /// What had been counted when it was measured last.
    pub counted_before: Counts,
    /// What had been counted when its figures were told last.
    pub counted_lately: Counts,
    /// When its figures are due.
    pub figures_due: Duration,
}

/// Packets of a leg.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    received: u64,
    sent: u64,
    lost: u64,
    refused: u64,
    remote_lost: u32,
}

/// How packets get there and back.
pub enum Path {
    /// RTP as it is, on a port of its own.
    Plain(Box<Plain>),
    /// WebRTC on the shared port.
    Browser(Box<Browser>),
}

/// A plain path.
pub struct Plain {
    /// Whose packets are believed.
    pub latch: Latch,
    /// How it speaks.
    pub params: PlainParams,
    /// What protects its packets, if that was agreed.
    pub guard: Option<Box<Guard>>,
    /// Its reports.
    pub reporting: Reporting,
}

/// A datagram on a plain leg's socket.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Who sent it.
    pub from: SocketAddr,
    /// Its bytes.
    pub packet: &'a [u8],
    /// When it came.
    pub now: Duration,
}

/// What a payload type means on a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Sound.
    Voice(Codec),
    /// Pressed keys, in this clock.
    Digits(u32),
    /// Nothing that was agreed, or comfort noise.
    Other,
}

/// What comes from a leg.
#[derive(Default)]
pub struct Says {
    /// Counts its packets.
    pub reception: Reception,
    /// Hears its keys.
    pub digits: Receiver,
    /// How loud it speaks.
    pub speech: Speech,
    /// Hears keys in its sound, if that was asked for.
    pub tones: Option<Box<ToneDetector>>,
    /// Makes its sound linear.
    pub decoder: Decoder,
    /// Source and sequence of the newest packet that was decoded; older ones of
    /// the same source would spoil the decoder.
    pub decoded: Option<(u32, u64)>,
    /// Its sound on its way into a mix, while it is in one.
    pub playout: Option<Box<Playout>>,
    /// Whether nothing that it says is passed on.
    pub muted: bool,
    /// Recordings that hear it.
    pub taps: Taps,
    /// When it was last heard, or opened.
    pub heard_at: Duration,
    /// Whether its first sound was told.
    pub first_told: bool,
    /// How often its present silence was told.
    pub silence_told: u32,
    /// Whether the owner was told of a silence and not of its end.
    pub unheard: bool,
    /// When it was last told to be dead, if it is.
    pub dead_told: Option<Duration>,
    /// Packets that were not the peer's.
    pub refused: u64,
}

/// The recordings that hear a leg: few, and read for every packet.
pub type Taps = [Option<(RecordingId, Channel)>; MAX_TAPS];

/// What goes to a leg.
pub struct Hears {
    /// Numbers its packets.
    pub numbering: Numbering,
    /// Encodes for it.
    pub encoder: Encoder,
    /// What it is played.
    pub playback: Option<Playback>,
    /// Keys to press at its end.
    pub digits: Sender,
    /// Whether its peer is muted, so that it gets frames of silence.
    pub silence: bool,
    /// Sound of the peer that does not fill a frame yet.
    pub joiner: Joiner,
}

/// Samples of a peer on their way into frames of another codec.
pub struct Joiner {
    /// Whether the peer's sound takes this way at all.
    pub used: bool,
    /// Who speaks.
    pub ssrc: u32,
    /// Timestamp of the first sample, in the speaker's clock.
    pub timestamp: u32,
    /// How many samples wait.
    pub filled: usize,
    /// They.
    pub samples: [i16; crate::limits::FRAME_SAMPLES],
}

impl Hears {
    /// A leg that has heard nothing.
    #[must_use]
    pub fn new(numbering: Numbering) -> Hears {
        Hears {
            numbering,
            encoder: Encoder::default(),
            playback: None,
            digits: Sender::default(),
            silence: false,
            joiner: Joiner {
                used: false,
                ssrc: 0,
                timestamp: 0,
                filled: 0,
                samples: [0; crate::limits::FRAME_SAMPLES],
            },
        }
    }

    /// Whether the peer is heard now: prompts and keys of ours go first.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.playback.is_none() && self.digits.is_idle()
    }
}

/// A packet that is ready but for its header.
#[derive(Debug, Clone, Copy)]
pub struct Ready<'a> {
    /// Its number.
    pub number: Number,
    /// Its payload type.
    pub payload_type: u8,
    /// Its payload.
    pub payload: &'a [u8],
}

impl Leg {
    /// What a payload type means here.
    #[must_use]
    pub fn format(&self, payload_type: u8) -> Format {
        match &self.path {
            Path::Plain(plain) => plain.format(payload_type),
            Path::Browser(browser) => {
                let voice = browser.voices.iter().find(|v| v.payload_type == payload_type);
                let digits = browser.digits.iter().find(|d| d.payload_type == payload_type);
                match (voice, digits) {
                    (Some(voice), _) => Format::Voice(voice.what),
                    (None, Some(digits)) => Format::Digits(digits.what),
                    (None, None) => Format::Other,
                }
            }
        }
    }

    /// The codec and payload type to send in; the wanted one if it was agreed.
    #[must_use]
    pub fn voice(&self, wanted: Option<Codec>) -> Option<(Codec, u8)> {
        match &self.path {
            Path::Plain(plain) => Some((plain.params.codec, plain.params.payload_type)),
            Path::Browser(browser) => browser
                .voices
                .iter()
                .find(|voice| Some(voice.what) == wanted)
                .or(browser.voices.first())
                .map(|voice| (voice.what, voice.payload_type)),
        }
    }

    /// The clock and payload type of keys, beside sound in this clock.
    #[must_use]
    pub fn digits(&self, clock: u32) -> Option<(u32, u8)> {
        match &self.path {
            Path::Plain(plain) => plain.params.telephone_event.map(|pt| (8_000, pt)),
            Path::Browser(browser) => browser
                .digits
                .iter()
                .find(|digits| digits.what == clock)
                .or(browser.digits.first())
                .map(|digits| (digits.what, digits.payload_type)),
        }
    }

    /// Whether a packet to it would leave.
    #[must_use]
    pub fn can_send(&self) -> bool {
        match &self.path {
            Path::Plain(plain) => plain.params.sending && plain.latch.target().is_some(),
            Path::Browser(browser) => browser.sending && browser.connection == Connection::Up,
        }
    }

    /// Puts a packet on its way. A browser's leaves when its leg is driven.
    pub fn send(&mut self, ready: &Ready<'_>, instant: Instant, outbox: &mut VecDeque<Output>) {
        self.hears.numbering.octets += ready.payload.len() as u64;
        match &mut self.path {
            Path::Plain(plain) => {
                let Some(to) = plain.latch.target() else {
                    return;
                };
                let head = rtp::write(&Header {
                    marker: ready.number.marker,
                    payload_type: ready.payload_type,
                    sequence: ready.number.sequence as u16,
                    timestamp: ready.number.timestamp,
                    ssrc: self.hears.numbering.ssrc,
                });
                let packet = match &mut plain.guard {
                    None => PacketBuf::joined(&head, ready.payload),
                    Some(guard) => match guard.sealer.seal(&head, ready.payload, ready.number.sequence) {
                        Some(packet) => packet,
                        None => return, // A repeated packet of the other leg: its number is spent.
                    },
                };
                outbox.push_back(Output::Transmit { socket: Socket::Plain(self.id), to, packet });
            }
            Path::Browser(browser) => {
                browser.write(ready.number, ready.payload_type, ready.payload, instant);
            }
        }
    }

    /// Its figures since it was opened or measured last.
    #[must_use]
    pub fn figures(&self) -> LegFigures {
        let (far_end, remote) = self.far_end();
        let FarEnd { round_trip_us, lost: _, jitter_us: remote_jitter_us } = far_end;
        let (all, before) = (self.counts(), self.counted_before);
        let jitter_us = self.says.reception.jitter_us();
        let codec = self.voice(None).map(|(codec, _)| codec);
        let line = |since: &Counts| {
            // Late packets make up for losses that were counted before.
            let (received, lost) = (all.received - since.received, all.lost.saturating_sub(since.lost));
            Line { codec: codec.unwrap_or(Codec::Pcma), received, lost, jitter_us, round_trip_us }
        };
        let (whole, recent) = (line(&before), line(&self.counted_lately));
        LegFigures {
            received: whole.received,
            sent: all.sent - before.sent,
            lost: whole.lost,
            refused: all.refused - before.refused,
            jitter_us,
            round_trip_us,
            remote_lost: all.remote_lost.saturating_sub(before.remote_lost),
            remote_jitter_us,
            codec,
            mos: mos::hundredths(&whole),
            recent_mos: mos::hundredths(&recent),
            recent_loss_permille: mos::loss_permille(&recent),
            remote,
            speech_dbm0: self.says.speech.level(),
        }
    }

    /// Its next figures count from here.
    pub fn count_anew(&mut self) {
        self.counted_before = self.counts();
        self.counted_lately = self.counted_before;
    }

    /// What is recent in its next figures counts from here.
    pub fn count_recent(&mut self) {
        self.counted_lately = self.counts();
    }

    fn counts(&self) -> Counts {
        Counts {
            received: self.says.reception.received,
            sent: self.hears.numbering.sent,
            lost: self.says.reception.lost(),
            refused: self.says.refused,
            remote_lost: self.far_end().0.lost,
        }
    }

    /// How the far end hears us, and where it is.
    fn far_end(&self) -> (FarEnd, Option<SocketAddr>) {
        match &self.path {
            Path::Plain(plain) => (plain.reporting.far_end, plain.latch.target()),
            Path::Browser(browser) => (browser.far_end, browser.addresses.last().copied()),
        }
    }
}

impl Plain {
    /// A path that has carried nothing yet.
    #[must_use]
    pub fn new(params: PlainParams, reporting: Reporting, now: Duration) -> Plain {
        let guard = params.transport.srtp.as_ref().map(|srtp| Box::new(Guard::new(srtp)));
        Plain { latch: Latch::new(params.remote, now), params, guard, reporting }
    }

    /// Goes on as a new offer and answer say; gives whether they say anything new.
    pub fn renew(&mut self, params: PlainParams, now: Duration) -> bool {
        self.latch.signal(params.remote, now);
        match (&mut self.guard, &params.transport.srtp) {
            (Some(guard), Some(srtp)) => guard.renew(srtp),
            (guard, srtp) => *guard = srtp.as_ref().map(|srtp| Box::new(Guard::new(srtp))),
        }
        std::mem::replace(&mut self.params, params) != params
    }

    /// Reads a packet that may be the peer's sound: opened into `room` if it is
    /// protected, and from where it may come. What a stranger sends costs no
    /// cipher, and moves neither the latch nor the count of numbers.
    pub fn read<'a>(&mut self, arrival: &Arrival<'a>, room: &'a mut [u8]) -> Option<(Header, &'a [u8])> {
        let Arrival { from, packet, now } = *arrival;
        if !self.latch.considers(from, now) {
            return None;
        }
        let packet = match &mut self.guard {
            None => packet,
            Some(guard) => guard.opener.open(packet, room)?,
        };
        rtp::parse(packet).filter(|(header, _)| self.latch.admit(from, header, now))
    }

    fn format(&self, payload_type: u8) -> Format {
        if payload_type == self.params.payload_type {
            return Format::Voice(self.params.codec);
        }
        if Some(payload_type) == self.params.telephone_event {
            return Format::Digits(8_000);
        }
        // rfc3551:6 — static types need no agreement to be understood; some
        // carriers change the law in mid-call without a new offer.
        match payload_type {
            0 => Format::Voice(Codec::Pcmu),
            8 => Format::Voice(Codec::Pcma),
            9 => Format::Voice(Codec::G722),
            _ => Format::Other,
        }
    }
}
