//! The whole of call control as one machine: a [`sip::Endpoint`] wired to the
//! centre. The server and the simulator run this very wiring.

mod carriers;
mod dial;
mod forks;
mod hold;
mod line;
mod phones;
mod ports;
mod standing;
mod sums;
mod transfer;
mod webrtc;
mod wiring;

pub use standing::{AddressStanding, RegistrationStanding, TrunkCondition, TrunkStanding};
pub use sums::{Histogram, JITTER_BOUNDS, KindSums, LOSS_BOUNDS, MOS_BOUNDS, SoundSums};
pub use wiring::{Node, NodeHoldings};

use crate::desk::{Desk, DeskCommand};
use crate::journal::JournalEntry;
use crate::record::Record;
use crate::settings::Settings;
use crate::{CallId, RecordingId, SdkAppId, SoundFileId, StaffId, TrunkId, catalogue::Code};
use std::net::IpAddr;

/// How a node is set up.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// 32 bytes of luck. The server takes them from the operating system, so
    /// that tags, nonces and ports cannot be guessed; the simulator from a seed.
    pub seed: [u8; 32],
    /// Address written into session descriptions for RTP.
    pub media_address: IpAddr,
    /// The same for peers that reach us by IPv6; `None` gives them the one above.
    pub media_address_v6: Option<IpAddr>,
    /// Digests that telephones and carriers are asked for.
    pub digest: sip::DigestOffer,
    /// First and last UDP port for plain RTP; even ports are used.
    pub rtp_ports: (u16, u16),
}

impl NodeConfig {
    /// Where a peer that speaks SIP from this address sends its sound: to an address of its own family.
    pub fn media_address_for(&self, peer: IpAddr) -> IpAddr {
        match (peer.to_canonical(), self.media_address_v6) {
            (IpAddr::V6(_), Some(address)) => address,
            (IpAddr::V6(_), None) | (IpAddr::V4(_), _) => self.media_address,
        }
    }
}

/// What can happen to a node.
#[derive(Debug)]
pub enum Input<'a> {
    /// Bytes arrived: one datagram, or one framed message of a stream.
    Received {
        /// By which flow.
        flow: sip::Flow,
        /// The message.
        bytes: &'a [u8],
    },
    /// A stream connection is gone.
    FlowClosed {
        /// Which.
        flow: sip::Flow,
    },
    /// The media engine tells something.
    Media(media::Event),
    /// An agent's page connected or was lost. A newer page replaces an older one.
    Page {
        /// The application.
        app: SdkAppId,
        /// The agent.
        agent: StaffId,
        /// Which connection of which page; rises.
        page: u64,
        /// Connected or lost.
        connected: bool,
    },
    /// An agent's page asks for something, or someone else (a supervisor, the
    /// cloud API) sets the agent's state: there is no second way. Answered
    /// with [`Output::DeskAnswer`].
    Desk {
        /// The application.
        app: SdkAppId,
        /// The agent.
        agent: StaffId,
        /// To match the answer.
        ticket: u64,
        /// What.
        command: DeskCommand,
    },
    /// An application's settings are new or changed; `None` when it is gone.
    Settings {
        /// The application.
        app: SdkAppId,
        /// All of them.
        settings: Option<Box<Settings>>,
    },
    /// Where a trunk's gateway is, best first: what the shell makes of the host, port and
    /// transport in [`crate::settings::Outward`], each address with a socket of ours that
    /// reaches it. Told after every change of settings and of the name service; without
    /// it no call goes out over the trunk.
    TrunkAddresses {
        /// The trunk.
        trunk: TrunkId,
        /// By which flows, in the order in which they are tried.
        flows: Vec<sip::Flow>,
    },
    /// Someone ends a call from outside. Answered with [`Output::DeskAnswer`].
    HangUpCall {
        /// The application.
        app: SdkAppId,
        /// The call.
        call: CallId,
        /// To match the answer.
        ticket: u64,
    },
    /// What a process that died left behind. The node ends its calls, once, and
    /// emits their records.
    Restore {
        /// Journals of the calls that were in progress, each in order.
        journals: Vec<Vec<JournalEntry>>,
        /// When that process was last known to be alive, in wall milliseconds:
        /// its calls ended then, not when the next one starts.
        died_ms: Option<i64>,
    },
    /// New calls are refused from now on (shutting down), those in progress go on.
    Drain,
    /// New calls are refused, and those in progress end now.
    Stop,
    /// Nothing but time has passed.
    Tick,
}

/// What a node wants.
#[derive(Debug)]
pub enum Output {
    /// Send bytes.
    Transmit {
        /// By which flow.
        flow: sip::Flow,
        /// One whole message.
        bytes: Vec<u8>,
    },
    /// Tell the media engine.
    Media(media::Command),
    /// Append to a call's journal. Comes before any message that others could see the effect by.
    Journal(JournalEntry),
    /// The call is over; its final record. Once per call; a second time only
    /// with the remark that the agent wrote in wrap-up, which then replaces it.
    Record(Box<Record>),
    /// An agent's world has changed.
    Desk {
        /// The application.
        app: SdkAppId,
        /// Its new state.
        desk: Box<Desk>,
    },
    /// The answer to an agent's SDP offer.
    SoundAnswer {
        /// The application.
        app: SdkAppId,
        /// The agent.
        agent: StaffId,
        /// SDP.
        sdp: String,
    },
    /// What became of [`Input::Desk`] or [`Input::HangUpCall`].
    DeskAnswer {
        /// The ticket that came with it.
        ticket: u64,
        /// Done, or why not.
        result: Result<(), &'static Code>,
    },
    /// One line for the log: a change in the life of a call, agent or trunk.
    Log(LogLine),
}

/// A line for the log, without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How loud.
    pub level: LogLevel,
    /// What happened, a fixed sentence.
    pub message: &'static str,
    /// Values.
    pub fields: Vec<(&'static str, String)>,
}

/// How loud a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// One change in a life.
    Info,
    /// Someone may look tomorrow.
    Warn,
    /// Someone should look now.
    Error,
}

/// Counters for `/metrics`; they only rise, except the gauges that say so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NodeFigures {
    /// Calls in progress (gauge).
    pub calls: u64,
    /// Callers waiting (gauge).
    pub waiting: u64,
    /// Agents signed in (gauge).
    pub agents_signed_in: u64,
    /// Calls that arrived.
    pub calls_arrived: u64,
    /// Calls that people of the house made.
    pub calls_made: u64,
    /// Calls that ended.
    pub calls_ended: u64,
    /// Offers made.
    pub offers: u64,
    /// Repairs by the reconciler. The number to see is zero.
    pub repairs: u64,
    /// SIP messages turned away.
    pub sip_rejected: u64,
    /// Legs that the media engine holds for us (gauge).
    pub legs: u64,
    /// UDP ports in use or at rest (gauge).
    pub rtp_ports: u64,
    /// SIP dialogs (gauge).
    pub sip_dialogs: u64,
    /// SIP transactions (gauge).
    pub sip_transactions: u64,
    /// Trunks that carry calls out, by their state (gauges).
    pub trunks: TrunkCounts,
    /// How the legs of calls sounded.
    pub sound: SoundSums,
}

/// How many trunks are in each state, in the order of [`TrunkCondition::ALL`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TrunkCounts(pub [u64; TrunkCondition::ALL.len()]);

impl TrunkCounts {
    /// Each state with its count.
    pub fn each(self) -> impl Iterator<Item = (TrunkCondition, u64)> {
        TrunkCondition::ALL.into_iter().zip(self.0)
    }
}

/// How call control names a recording toward the media engine.
pub fn media_recording(id: RecordingId) -> media::RecordingId {
    media::RecordingId(id.0.as_u128())
}

/// How call control names an application's sound toward the media engine.
/// Sound file ids are unique on the whole node.
pub fn media_sound(id: SoundFileId) -> media::SoundId {
    media::SoundId(id.0)
}
