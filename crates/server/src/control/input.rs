//! What can be put into the control thread's channel: the world's messages for
//! the node, and the questions of pages and APIs with a way back for the answer.

use super::DeskMessage;
use crate::sip_sockets::SipPlace;
use centre::catalogue::Code;
use centre::desk::{Desk, DeskCommand};
use centre::floor::Floor;
use centre::journal::JournalEntry;
use centre::node::{NodeFigures, TrunkStanding};
use centre::settings::Settings;
use centre::{CallId, SdkAppId, StaffId, TrunkId};
use tokio::sync::{mpsc, oneshot};

/// The way back for a command: done, or why not.
pub type CommandAnswer = oneshot::Sender<Result<(), &'static Code>>;

/// One thing for the control thread to do.
pub enum ControlInput {
    /// A SIP datagram, or one framed message of a stream.
    Received {
        /// By which flow.
        flow: sip::Flow,
        /// The message.
        bytes: Vec<u8>,
        /// Its place among those that may wait.
        place: SipPlace,
    },
    /// A SIP stream is gone.
    FlowClosed {
        /// Which.
        flow: sip::Flow,
        /// As above.
        place: SipPlace,
    },
    /// The media engine tells something.
    Media(media::Event),
    /// An agent's page connected.
    PageOpened {
        /// The application.
        app: SdkAppId,
        /// The agent.
        agent: StaffId,
        /// Which page; rises.
        page: u64,
        /// Where its messages go.
        messages: mpsc::Sender<DeskMessage>,
    },
    /// An agent's page was lost.
    PageLost {
        /// The application.
        app: SdkAppId,
        /// The agent.
        agent: StaffId,
        /// Which page.
        page: u64,
    },
    /// A command of (or for) an agent's desk.
    Desk {
        /// The application.
        app: SdkAppId,
        /// The agent.
        agent: StaffId,
        /// What.
        command: DeskCommand,
        /// The way back.
        answer: CommandAnswer,
    },
    /// Someone ends a call from outside.
    HangUp {
        /// The application.
        app: SdkAppId,
        /// The call.
        call: CallId,
        /// The way back.
        answer: CommandAnswer,
    },
    /// The live floor is asked for.
    Floor {
        /// The application.
        app: SdkAppId,
        /// The way back.
        answer: oneshot::Sender<Option<Floor>>,
    },
    /// One agent's desk is asked for.
    DeskState {
        /// The application.
        app: SdkAppId,
        /// The agent.
        agent: StaffId,
        /// The way back.
        answer: oneshot::Sender<Option<Desk>>,
    },
    /// What is known of an application's carriers is asked for.
    TrunkStandings {
        /// The application.
        app: SdkAppId,
        /// The way back.
        answer: oneshot::Sender<Vec<(TrunkId, TrunkStanding)>>,
    },
    /// The figures are asked for; also the proof that the thread is alive.
    Figures {
        /// The way back.
        answer: oneshot::Sender<NodeFigures>,
    },
    /// An application's settings are new, changed, or (`None`) gone.
    Settings {
        /// The application.
        app: SdkAppId,
        /// All of them.
        settings: Option<Box<Settings>>,
        /// Told when they are in force.
        done: oneshot::Sender<()>,
    },
    /// Where a trunk's gateway is.
    TrunkAddresses {
        /// The trunk.
        trunk: TrunkId,
        /// By which flows, best first.
        flows: Vec<sip::Flow>,
    },
    /// What the last process left behind when it died.
    Restore {
        /// Journals of the calls that were in progress.
        journals: Vec<Vec<JournalEntry>>,
        /// When it was last alive, in wall milliseconds.
        died_ms: Option<i64>,
    },
    /// New calls are refused from now on.
    Drain,
    /// Ends every call that is left, makes the journal durable and stops the thread.
    Stop {
        /// Told when all is on disk.
        done: oneshot::Sender<()>,
    },
}
