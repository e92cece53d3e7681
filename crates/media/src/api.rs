//! What a media engine is told, and what it tells: plain values. Call logic
//! needs this file only; it never sees a packet.

use core::fmt;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A leg as call logic numbers it. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LegId(pub u64);

/// One act of playing something to a leg. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlaybackId(pub u64);

/// One recording. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordingId(pub u128);

/// One conference. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConferenceId(pub u64);

/// A sound that was loaded with [`Command::LoadSound`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SoundId(pub u64);

/// A voice codec on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// G.711 µ-law, 8 kHz. Static payload type 0. (RFC 3551)
    Pcmu,
    /// G.711 A-law, 8 kHz. Static payload type 8. (RFC 3551)
    Pcma,
    /// G.722, 16 kHz, but with a clock of 8 kHz. Static payload type 9. (RFC 3551)
    G722,
    /// Opus, 48 kHz clock. (RFC 7587)
    Opus,
}

/// A suite that protects the packets of a plain leg. (RFC 4568, RFC 7714)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SrtpSuite {
    /// `AES_CM_128_HMAC_SHA1_80`.
    AesCm128Sha1Tag80,
    /// `AES_CM_128_HMAC_SHA1_32`: a short tag on sound, the long one on reports.
    AesCm128Sha1Tag32,
    /// `AEAD_AES_128_GCM`.
    AeadAes128Gcm,
}

/// A master key and its salt, as signalling carries them. It does not print.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SrtpKey([u8; 30]);

impl SrtpKey {
    /// 16 bytes of key and 14 of salt; GCM uses the first 12 of these.
    #[must_use]
    pub fn new(bytes: [u8; 30]) -> SrtpKey {
        SrtpKey(bytes)
    }

    pub(crate) fn split_counter(&self) -> ([u8; 16], [u8; 14]) {
        let mut salt = [0; 14];
        salt.copy_from_slice(&self.0[16..]);
        (self.key(), salt)
    }

    /// rfc7714:11 — the salt of 12 bytes is filled up with zeros behind.
    pub(crate) fn split_galois(&self) -> ([u8; 16], [u8; 14]) {
        let mut salt = [0; 14];
        salt[..12].copy_from_slice(&self.0[16..28]);
        (self.key(), salt)
    }

    fn key(&self) -> [u8; 16] {
        std::array::from_fn(|at| self.0[at])
    }
}

impl fmt::Debug for SrtpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SrtpKey(…)")
    }
}

/// What protects a plain leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Srtp {
    /// The suite that both agreed on.
    pub suite: SrtpSuite,
    /// The key of what we send.
    pub ours: SrtpKey,
    /// The key of what the peer sends.
    pub theirs: SrtpKey,
}

/// Where the reports (RTCP) of a plain leg travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reports {
    /// On the same port as the sound, as both agreed. (RFC 5761)
    Muxed,
    /// On ports of their own: ours is the leg's plus one, theirs is this one, or
    /// that of their sound plus one.
    Apart(Option<SocketAddr>),
}

/// How the packets of a plain leg travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transport {
    /// What protects them; `None`: nothing.
    pub srtp: Option<Srtp>,
    /// Where reports go.
    pub reports: Reports,
}

impl Default for Transport {
    /// As in the first RFCs: plain, with reports on the next port.
    fn default() -> Transport {
        Transport { srtp: None, reports: Reports::Apart(None) }
    }
}

/// How a plain RTP leg speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainParams {
    /// Where the peer said that it listens; `None` until it did. Sound is sent
    /// there until four packets in a row latch another source: at once behind a
    /// NAT, else only while this address has been silent for a second.
    pub remote: Option<SocketAddr>,
    /// How packets travel.
    pub transport: Transport,
    /// The codec both agreed on.
    pub codec: Codec,
    /// Its payload type, the same both ways.
    pub payload_type: u8,
    /// Payload type of telephone-event (RFC 4733), if agreed.
    pub telephone_event: Option<u8>,
    /// Whether we may send (false: the peer holds us).
    pub sending: bool,
}

/// What the owner wants.
#[derive(Debug, Clone)]
pub enum Command {
    /// Makes a sound known: 8 kHz mono linear samples, decoded once and shared.
    LoadSound {
        /// Its id.
        sound: SoundId,
        /// Samples at 8 kHz.
        samples: Arc<[i16]>,
    },
    /// Forgets a sound; legs that play it finish.
    UnloadSound {
        /// Its id.
        sound: SoundId,
    },
    /// Opens a plain RTP leg. The shell binds `port`, and the next one if its
    /// reports travel apart; the engine answers [`Event::LegOpened`] or [`Event::LegFailed`].
    OpenPlain {
        /// The leg.
        leg: LegId,
        /// Local UDP port.
        port: u16,
        /// How it speaks.
        params: PlainParams,
    },
    /// Changes a plain leg after a new offer and answer.
    UpdatePlain {
        /// The leg.
        leg: LegId,
        /// How it speaks from now on.
        params: PlainParams,
    },
    /// Opens a browser leg (ICE-lite, DTLS-SRTP) on the shared UDP port.
    OpenBrowser {
        /// The leg.
        leg: LegId,
        /// The browser's offer.
        offer: String,
    },
    /// Opens a browser leg by an offer of ours, which [`Event::LegOpened`] brings. For a leg that
    /// is open: offers again what stands, told as [`Event::Negotiated`].
    OfferBrowser {
        /// The leg.
        leg: LegId,
    },
    /// Answers a later offer of a browser: hold, or a network that changed. Told as
    /// [`Event::Negotiated`].
    AnswerBrowser {
        /// The leg.
        leg: LegId,
        /// The browser's offer.
        offer: String,
    },
    /// Takes a browser's answer to our offer. Told as [`Event::Negotiated`].
    AcceptBrowser {
        /// The leg.
        leg: LegId,
        /// The browser's answer.
        answer: String,
    },
    /// Ends a leg, its playback and its part in a bridge or recording.
    Close {
        /// The leg.
        leg: LegId,
    },
    /// Plays sounds to a leg, one after another. Replaces what it plays now.
    Play {
        /// The leg that hears it.
        leg: LegId,
        /// This act of playing.
        playback: PlaybackId,
        /// What, in order.
        sounds: Vec<SoundId>,
        /// How often; 0 means until it is stopped.
        times: u32,
        /// Whether a digit ends it.
        interruptible: bool,
    },
    /// Ends what a leg plays; answered with [`Event::PlaybackEnded`].
    StopPlay {
        /// The leg.
        leg: LegId,
    },
    /// Joins two legs: each hears the other, whoever was muted before. What they played ends.
    Bridge {
        /// One.
        left: LegId,
        /// The other.
        right: LegId,
    },
    /// Takes a leg out of its bridge; both sides hear silence.
    Unbridge {
        /// Either leg.
        leg: LegId,
    },
    /// Makes a conference without parties. Two parties that hear each other are
    /// a bridge; whatever else the parties are, is mixed.
    OpenConference {
        /// Its id.
        conference: ConferenceId,
    },
    /// Brings a leg into a conference, out of its bridge or another conference;
    /// what it played ends. For one that is in it already: from now on it is
    /// heard by its new role.
    JoinConference {
        /// The conference.
        conference: ConferenceId,
        /// The leg.
        leg: LegId,
        /// Who hears it. It hears everybody who is to be heard by it.
        role: ConferenceRole,
    },
    /// Changes one cell of the matrix: whether a listener hears a speaker.
    SetHearing {
        /// The conference.
        conference: ConferenceId,
        /// Who speaks.
        speaker: LegId,
        /// Who listens.
        listener: LegId,
        /// Whether it is heard.
        hears: bool,
    },
    /// Takes a leg out of its conference; the others stay.
    LeaveConference {
        /// The leg.
        leg: LegId,
    },
    /// Ends a conference; its legs stay open and hear nothing.
    CloseConference {
        /// The conference.
        conference: ConferenceId,
    },
    /// While muted, nothing that the leg says reaches its bridge, conference or
    /// recording.
    Mute {
        /// The leg.
        leg: LegId,
        /// On or off.
        muted: bool,
    },
    /// Sends digits to the peer of a leg (RFC 4733), 100 ms each.
    SendDigits {
        /// The leg.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`; at most 64.
        digits: String,
    },
    /// Passes on keys of a leg that came by its signalling (SIP INFO): to whomever it is bridged
    /// with, as [`Command::SendDigits`] would. In no bridge nobody hears them.
    PassOnDigits {
        /// The leg whose keys they are.
        leg: LegId,
        /// As above.
        digits: String,
    },
    /// Tells how loud a leg is, five times a second, as [`Event::Levels`].
    WatchLevels {
        /// The leg.
        leg: LegId,
        /// On or off.
        on: bool,
    },
    /// Listens for keys that come as tones in the sound of a leg; told as
    /// [`Event::Digit`]. It rests while the leg has telephone-events, which are
    /// surer and say each key a second time.
    DetectTones {
        /// The leg.
        leg: LegId,
        /// On or off.
        on: bool,
    },
    /// Ends what was counted of a leg and begins anew, as when a call begins or
    /// ends on a leg that outlives it; answered with [`Event::Measured`].
    Measure {
        /// The leg.
        leg: LegId,
    },
    /// Starts a two-channel recording of what each of two legs says. For one
    /// that runs already: from now on it listens to these legs.
    Record {
        /// The recording.
        recording: RecordingId,
        /// Left channel: the customer.
        left: LegId,
        /// Right channel: the agent.
        right: LegId,
    },
    /// Ends a recording; its last samples come first.
    StopRecord {
        /// The recording.
        recording: RecordingId,
    },
}

/// What the owner is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The leg can send and receive.
    LegOpened {
        /// The leg.
        leg: LegId,
        /// For a browser leg, the answer to its offer, or the offer that we make.
        answer: Option<String>,
    },
    /// The leg could not be opened. It does not exist.
    LegFailed {
        /// The leg.
        leg: LegId,
        /// Why.
        cause: LegFailure,
    },
    /// What became of a later offer or answer of a browser leg.
    Negotiated {
        /// The leg.
        leg: LegId,
        /// What.
        outcome: Negotiation,
    },
    /// A browser leg has its ICE pair and DTLS keys: sound can flow.
    BrowserConnected {
        /// The leg.
        leg: LegId,
    },
    /// A browser leg has lost its path (ICE silence, DTLS close).
    BrowserLost {
        /// The leg.
        leg: LegId,
    },
    /// A digit was pressed; told once, at its start. (RFC 4733, or as a tone)
    Digit {
        /// The leg.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// A playback is over.
    PlaybackEnded {
        /// The leg.
        leg: LegId,
        /// Which.
        playback: PlaybackId,
        /// How.
        how: PlaybackEnd,
    },
    /// The first sound of a leg arrived since it was opened.
    FirstSound {
        /// The leg.
        leg: LegId,
    },
    /// No sound arrived from a leg for this long; told after the time in
    /// [`Patience`](crate::Patience) and again every thirty seconds while it lasts.
    NoSound {
        /// The leg.
        leg: LegId,
        /// How long.
        lasted: Duration,
        /// Whether the peer holds us, so that nothing else was to be expected.
        held: bool,
    },
    /// Sound arrives again from a leg that was told to be silent.
    SoundAgain {
        /// The leg.
        leg: LegId,
        /// How long it was silent.
        lasted: Duration,
    },
    /// Neither sound nor a report arrived from a plain leg for this long, and
    /// its peer does not hold us; told after the time in
    /// [`Patience`](crate::Patience) and again every thirty seconds.
    Dead {
        /// The leg.
        leg: LegId,
        /// How long.
        lasted: Duration,
    },
    /// How loud a watched leg was in the last fifth of a second, in dBm0: 3 is as
    /// loud as can be, -99 is silence.
    Levels {
        /// The leg.
        leg: LegId,
        /// What it said.
        said_dbm0: i8,
        /// What it was sent.
        heard_dbm0: i8,
    },
    /// A leg could not join a conference; it is where it was.
    JoinRefused {
        /// The conference.
        conference: ConferenceId,
        /// The leg.
        leg: LegId,
        /// Why.
        cause: JoinFailure,
    },
    /// A recording has emitted its last block.
    RecordingStopped {
        /// Which.
        recording: RecordingId,
        /// Samples in each channel (8 kHz).
        samples: u64,
    },
    /// The figures of a leg so far, every five seconds.
    Figures {
        /// The leg.
        leg: LegId,
        /// The figures.
        figures: LegFigures,
    },
    /// The last figures of a leg: told once when it closes, and for each
    /// [`Command::Measure`].
    Measured {
        /// The leg.
        leg: LegId,
        /// The figures.
        figures: LegFigures,
    },
}

/// What became of an offer or an answer of a browser leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Negotiation {
    /// Our answer to the browser's offer.
    Answered(String),
    /// Our offer.
    Offered(String),
    /// The browser's answer fits our offer.
    Accepted,
    /// It does not fit, for this reason; the leg is as it was.
    Refused(String),
}

/// Who hears a party of a conference. Every party hears those who are to be
/// heard by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConferenceRole {
    /// Heard by all: a caller, an agent, a supervisor who barges in.
    Speaker,
    /// Heard by none: a supervisor who listens.
    Listener,
    /// Heard by one only: a supervisor who whispers.
    Whisperer {
        /// Who hears it.
        to: LegId,
    },
}

/// Why a leg could not join a conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinFailure {
    /// There is no such conference (any more), or it was one too many.
    NoConference,
    /// It has as many parties as a conference may have.
    Full,
}

/// How a playback ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaybackEnd {
    /// It was played as often as asked.
    Finished,
    /// A digit ended it.
    Interrupted,
    /// It was stopped, replaced or bridged away.
    Stopped,
    /// One of its sounds is unknown; nothing more was played.
    SoundMissing,
}

/// Why a leg could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegFailure {
    /// The local port is taken.
    PortTaken,
    /// The browser's offer could not be read or has no codec that we speak.
    BadOffer(String),
    /// The engine's limit of legs is reached.
    TooManyLegs,
}

/// What happened on a leg since it was opened or measured last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LegFigures {
    /// RTP packets received and accepted.
    pub received: u64,
    /// RTP packets sent.
    pub sent: u64,
    /// Packets missing by sequence number.
    pub lost: u64,
    /// Packets from a source that is not the peer, or with a wrong key.
    pub refused: u64,
    /// Interarrival jitter in microseconds. (RFC 3550 §6.4.1)
    pub jitter_us: u32,
    /// There and back, in microseconds; 0 until a report has shown it.
    pub round_trip_us: u32,
    /// Packets of ours that the far end missed, by its reports.
    pub remote_lost: u32,
    /// The jitter that the far end sees, in microseconds, by its reports.
    pub remote_jitter_us: u32,
    /// The codec that we send to it.
    pub codec: Option<Codec>,
    /// How what it says sounds here: estimated mean opinion score in hundredths,
    /// 100 to 450; 0 when nothing was heard. (ITU-T G.107, simplified)
    pub mos: u16,
    /// The same since the figures before these: how it sounds now.
    pub recent_mos: u16,
    /// Thousandths of its packets that were lost since then.
    pub recent_loss_permille: u16,
    /// Where its sound goes to: the address that its peer has proven or said.
    pub remote: Option<SocketAddr>,
    /// Average level of what it said while it spoke, in dBm0; none before.
    pub speech_dbm0: Option<i8>,
}

/// A piece of a recording, usually a fifth of a second: two channels of 8 kHz
/// linear samples, interleaved left, right, left, right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingBlock {
    /// Which recording.
    pub recording: RecordingId,
    /// Index of its first sample (per channel) since the recording's start.
    pub first_sample: u64,
    /// Interleaved samples.
    pub samples: Vec<i16>,
    /// Whether this is the recording's last block.
    pub last: bool,
}
