//! Session descriptions for one voice stream: offer, answer, and what both sides
//! agreed on (RFC 8866, RFC 3264), plain or with SRTP keys (RFC 4568). Video, fax and
//! DTLS lines are refused in place (whoever brings ICE too is recognised, and answered
//! elsewhere); nothing here knows of RTP packets.

mod crypto;
mod lines;
mod negotiate;
mod webrtc;

use std::net::SocketAddr;

pub use crypto::{LocalKeys, MasterKey, Security, Srtp, Suite};
pub use negotiate::{accept, answer, offer};
pub use webrtc::{is_webrtc, page_direction, takes_events};

/// A voice codec that a plain leg may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VoiceCodec {
    /// G.711 µ-law, payload type 0.
    Pcmu,
    /// G.711 A-law, payload type 8.
    Pcma,
    /// G.722 at 64 kbit/s, payload type 9. Its clock is written as 8000. (RFC 3551 §4.5.2)
    G722,
}

impl VoiceCodec {
    /// Its static payload type. (RFC 3551 §6)
    pub fn payload_type(self) -> u8 {
        match self {
            VoiceCodec::Pcmu => 0,
            VoiceCodec::Pcma => 8,
            VoiceCodec::G722 => 9,
        }
    }

    /// Its name in `a=rtpmap`.
    pub fn name(self) -> &'static str {
        match self {
            VoiceCodec::Pcmu => "PCMU",
            VoiceCodec::Pcma => "PCMA",
            VoiceCodec::G722 => "G722",
        }
    }
}

/// Who may speak, seen from the side that says it. (RFC 3264 §5.1)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// `a=sendrecv`, and the default.
    SendReceive,
    /// `a=sendonly`: "you are on hold".
    SendOnly,
    /// `a=recvonly`.
    ReceiveOnly,
    /// `a=inactive`.
    Inactive,
}

impl Direction {
    /// Whether that side sends.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::SendOnly)
    }

    /// Whether that side wants to receive.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::ReceiveOnly)
    }

    /// Its attribute name.
    pub fn name(self) -> &'static str {
        match self {
            Direction::SendReceive => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::ReceiveOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }
}

/// Our side of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalMedia {
    /// Where we receive RTP.
    pub address: SocketAddr,
    /// Whether we speak SRTP.
    pub security: Security,
    /// What we speak, best first.
    pub codecs: Vec<VoiceCodec>,
    /// Whether we take digits as RFC 4733 events.
    pub telephone_event: bool,
    /// Session id of `o=`: the same for the life of the dialog.
    pub session: u64,
    /// Version of `o=`: one more with every changed description.
    pub version: u64,
    /// Who may speak, seen from us.
    pub direction: Direction,
}

/// Where RTCP goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reports {
    /// To the port of RTP, both ways. (RFC 5761)
    Muxed,
    /// To this address (RFC 3605), or the one after that of RTP.
    Apart(Option<SocketAddr>),
}

/// What an offer and its answer come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// Where the peer receives RTP.
    pub remote: SocketAddr,
    /// What protects the stream, if anything does.
    pub srtp: Option<Srtp>,
    /// Where the peer receives RTCP.
    pub reports: Reports,
    /// The codec that both use.
    pub codec: VoiceCodec,
    /// The payload type to send it with.
    pub payload_type: u8,
    /// The payload type to send digits with; `None`: the peer takes none.
    pub telephone_event: Option<u8>,
    /// Who may speak, seen from the peer. `SendOnly` or `Inactive`: we are on hold.
    pub peer_direction: Direction,
    /// Milliseconds of sound in a packet that the peer wishes for.
    pub ptime_ms: u32,
}

/// Why no stream came of a session description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// It cannot be read.
    #[error("the session description is malformed: {0}")]
    Malformed(&'static str),
    /// More lines than anybody needs.
    #[error("the session description is too long")]
    TooLong,
    /// No audio line, or only refused ones.
    #[error("there is no audio stream")]
    NoAudio,
    /// No codec that both sides speak.
    #[error("there is no codec that both sides speak")]
    NoCodec,
    /// Audio only by a transport, suite or key that we do not take.
    #[error("the audio stream asks for a transport or keys that are not spoken here")]
    Encrypted,
    /// SRTP is demanded, and the peer has no keys.
    #[error("the audio stream is not protected, and it must be")]
    Unprotected,
    /// No usable connection address: a host name, multicast, a foreign family.
    #[error("the connection address cannot be used")]
    Address,
}
