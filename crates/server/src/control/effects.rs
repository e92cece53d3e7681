//! What a batch of inputs left behind: entries that must be durable, and
//! effects that the world sees. Here effects are let out, each by its door.

use super::handle::{DeskMessage, ToMedia};
use super::input::CommandAnswer;
use super::pages::Pages;
use crate::metrics::MetricsHandle;
use crate::recording_writer::{RecordingNote, RecordingNotes, StartedRecording};
use crate::sip_sockets::SipSender;
use centre::catalogue::Code;
use centre::desk::Desk;
use centre::journal::{CallEvent, JournalEntry};
use centre::node::{LogLevel, LogLine, Output};
use centre::{SdkAppId, StaffId};
use std::collections::BTreeMap;
use store::spool::SpoolItem;
use tokio::sync::oneshot;

/// Outputs of one batch, sorted into durable and visible, each in order.
#[derive(Default)]
pub struct Batch {
    /// Goes to disk first.
    pub durable: Vec<SpoolItem>,
    /// Goes out then.
    pub effects: Vec<Effect>,
}

/// Something that the world sees.
pub enum Effect {
    /// SIP bytes.
    Transmit {
        /// By which flow.
        flow: sip::Flow,
        /// One message.
        bytes: Vec<u8>,
    },
    /// A command for the media engine.
    Media(media::Command),
    /// The recording writer learns whose recording comes, or that one is over.
    Recording(RecordingNote),
    /// An agent's page gets a snapshot.
    Desk {
        /// The application.
        app: SdkAppId,
        /// The snapshot.
        desk: Box<Desk>,
    },
    /// An agent's page gets the answer to its SDP offer.
    SoundAnswer {
        /// The application.
        app: SdkAppId,
        /// The agent.
        agent: StaffId,
        /// SDP.
        sdp: String,
    },
    /// A command is answered.
    Answer {
        /// Which.
        ticket: u64,
        /// How.
        result: Result<(), &'static Code>,
    },
    /// A question of the shell is answered.
    Reply(Box<dyn FnOnce() + Send>),
    /// A log line.
    Log(LogLine),
}

impl Batch {
    /// Answers a question of the shell once the batch is durable.
    pub fn reply<T: Send + 'static>(&mut self, asker: oneshot::Sender<T>, answer: T) {
        self.effects.push(Effect::Reply(Box::new(move || {
            // The asker may have gone away meanwhile.
            let _ = asker.send(answer);
        })));
    }

    /// Sorts one output in.
    pub fn push(&mut self, output: Output) {
        match output {
            Output::Transmit { flow, bytes } => self.effects.push(Effect::Transmit { flow, bytes }),
            Output::Media(command) => self.effects.push(Effect::Media(command)),
            Output::Journal(entry) => {
                if let Some(note) = recording_note(&entry) {
                    self.effects.push(Effect::Recording(note));
                }
                self.durable.push(SpoolItem::Journal(entry));
            }
            Output::Record(record) => self.durable.push(SpoolItem::Record(*record)),
            Output::Desk { app, desk } => self.effects.push(Effect::Desk { app, desk }),
            Output::SoundAnswer { app, agent, sdp } => self.effects.push(Effect::SoundAnswer { app, agent, sdp }),
            Output::DeskAnswer { ticket, result } => self.effects.push(Effect::Answer { ticket, result }),
            Output::Log(line) => self.effects.push(Effect::Log(line)),
        }
    }
}

/// What the recording writer must know before the first block comes, and after the last.
fn recording_note(entry: &JournalEntry) -> Option<RecordingNote> {
    match &entry.event {
        CallEvent::RecordingStarted { recording, .. } => {
            let JournalEntry { app, call, at_ms, .. } = *entry;
            let started = StartedRecording { app, call, recording: *recording, started_ms: at_ms };
            Some(RecordingNote::Started(started))
        }
        CallEvent::RecordingStopped { recording } => Some(RecordingNote::Stopped(*recording)),
        _ => None,
    }
}

/// The doors.
pub struct Effects {
    /// To the SIP sockets.
    pub sip: SipSender,
    /// To the media thread.
    pub to_media: ToMedia,
    /// To the recording writer.
    pub recordings: RecordingNotes,
    /// To the agents' pages.
    pub pages: Pages,
    /// Ways back of commands under way.
    pub answers: BTreeMap<u64, CommandAnswer>,
    /// Counters.
    pub metrics: MetricsHandle,
}

impl Effects {
    /// Lets one effect out.
    pub fn release(&mut self, effect: Effect) {
        match effect {
            Effect::Transmit { flow, bytes } => self.sip.send(flow, bytes),
            Effect::Media(command) => (self.to_media)(command),
            Effect::Recording(note) => self.recordings.tell(note),
            Effect::Desk { app, desk } => {
                let page = (app, desk.agent);
                self.pages.send(page, DeskMessage::Desk(desk));
            }
            Effect::SoundAnswer { app, agent, sdp } => self.pages.send((app, agent), DeskMessage::SoundAnswer(sdp)),
            Effect::Answer { ticket, result } => {
                if let Some(answer) = self.answers.remove(&ticket) {
                    // The asker may have gone away meanwhile; the deed is done all the same.
                    let _ = answer.send(result);
                }
            }
            Effect::Reply(reply) => reply(),
            Effect::Log(line) => log(&line),
        }
        self.metrics.pages_open.set(self.pages.count() as u64);
    }
}

/// Fields that most lines have stand on their own in the log; the rest is one text.
fn log(line: &LogLine) {
    const NAMED: [&str; 6] = ["app", "call", "agent", "trunk", "status", "cause"];
    let [app, call, agent, trunk, status, cause] =
        NAMED.map(|name| line.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str()));
    let others = line.fields.iter().filter(|(field, _)| !NAMED.contains(field));
    let rest = others.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
    let more = (!rest.is_empty()).then_some(rest.as_str());
    macro_rules! write {
        ($level:ident) => {
            tracing::$level!(target: "callyard::centre", app, call, agent, trunk, status, cause, more, "{}", line.message)
        };
    }
    match line.level {
        LogLevel::Info => write!(info),
        LogLevel::Warn => write!(warn),
        LogLevel::Error => write!(error),
    }
}
