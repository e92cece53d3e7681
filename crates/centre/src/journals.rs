//! The journals of the calls in progress. Appending gives the entry to write
//! down and folds it into the call's record and progress; nothing else in call
//! control remembers what happened to a call.

use crate::catalogue::{self, Code};
use crate::journal::{CallEvent, EndStatus, HungUpSide, JournalEntry};
use crate::limits::{JOURNAL_EVENTS, JOURNAL_RESERVE};
use crate::progress::Progress;
use crate::record::Record;
use crate::{CallId, SdkAppId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound;

/// The tail of one call's journal, with what its entries fold to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// The record so far.
    pub record: Record,
    /// Where the call stands.
    pub progress: Progress,
    next_sequence: u32,
    last_ms: i64,
}

impl Journal {
    /// Begins a journal. Gives the first entry, too.
    pub fn begin(app: SdkAppId, call: CallId, first: CallEvent, wall_ms: i64) -> Option<(Journal, JournalEntry)> {
        let entry = JournalEntry { app, call, sequence: 0, at_ms: wall_ms, event: first };
        Some((Journal::resume(std::slice::from_ref(&entry))?, entry))
    }

    /// The journal that these entries (in order, the first one first) leave off at.
    pub fn resume(entries: &[JournalEntry]) -> Option<Journal> {
        let record = Record::from_journal(entries)?;
        let last = entries.last()?;
        let mut progress = Progress::new(record.started_ms);
        for entry in entries {
            progress.apply(entry);
        }
        Some(Journal { record, progress, next_sequence: last.sequence.saturating_add(1), last_ms: last.at_ms })
    }

    /// Appends an event. Time never runs backwards within a journal, whatever the wall clock does.
    pub fn append(&mut self, event: CallEvent, wall_ms: i64) -> JournalEntry {
        self.last_ms = self.last_ms.max(wall_ms);
        let entry = JournalEntry {
            app: self.record.app,
            call: self.record.call,
            sequence: self.next_sequence,
            at_ms: self.last_ms,
            event,
        };
        self.next_sequence = self.next_sequence.saturating_add(1);
        self.record.apply(&entry);
        self.progress.apply(&entry);
        entry
    }

    /// Whether only the entries that end it still find room.
    pub fn is_full(&self) -> bool {
        self.next_sequence >= JOURNAL_EVENTS - JOURNAL_RESERVE
    }

    /// Ends the journal of a call whose node died at `wall_ms` (or at the last
    /// entry, if that is later): what was open is closed, and the call was ended
    /// by the system. Who had talked had a good call.
    pub fn end_after_restart(&mut self, wall_ms: i64) -> Vec<JournalEntry> {
        let mut entries = Vec::new();
        if self.progress.ended {
            return entries;
        }
        let status = self.progress.status_if_failed();
        if let Some(recording) = self.progress.recording {
            entries.push(self.append(CallEvent::RecordingStopped { recording }, wall_ms));
        }
        if let Some(offer) = self.progress.offer {
            let why = crate::journal::OfferEnd::Withdrawn;
            entries.push(self.append(CallEvent::OfferEnded { offer, why }, wall_ms));
        }
        let cause = Some(catalogue::NODE_RESTARTED.id.to_owned());
        entries.push(self.append(CallEvent::Ended { by: HungUpSide::System, status, cause }, wall_ms));
        entries
    }
}

/// How a call ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Who ended it.
    pub by: HungUpSide,
    /// Whether something failed; it decides the status.
    pub kind: EndKind,
    /// What explains it.
    pub cause: Option<Cause>,
}

/// What explains an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// One of ours.
    Code(&'static Code),
    /// What the carrier said, as `Q.850;16`.
    Carrier(String),
}

impl Cause {
    /// As the journal writes it.
    pub fn text(&self) -> String {
        match self {
            Cause::Code(code) => code.id.to_owned(),
            Cause::Carrier(said) => said.clone(),
        }
    }

    /// The catalogue's entry, if it is one of ours.
    pub fn code(&self) -> Option<&'static Code> {
        match self {
            Cause::Code(code) => Some(code),
            Cause::Carrier(_) => None,
        }
    }
}

/// Whether an end is an ordinary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndKind {
    /// Somebody hung up, or the flow came to its end.
    Ordinary,
    /// Something failed.
    Failure,
    /// Who was called could not be reached, in this way.
    Unreached(EndStatus),
}

impl Ending {
    /// Somebody hung up, or the flow came to its end.
    pub fn ordinary(by: HungUpSide) -> Ending {
        Ending { by, kind: EndKind::Ordinary, cause: None }
    }

    /// The platform ended it because something failed.
    pub fn failure(code: &'static Code) -> Ending {
        Ending { by: HungUpSide::System, kind: EndKind::Failure, cause: Some(Cause::Code(code)) }
    }

    /// The same with an explanation.
    pub fn because(self, cause: Option<Cause>) -> Ending {
        Ending { cause, ..self }
    }

    /// The end status that follows from where the call stands.
    pub fn status(&self, progress: &Progress) -> EndStatus {
        match self.kind {
            EndKind::Ordinary => progress.status_if_ended(self.by),
            EndKind::Failure => progress.status_if_failed(),
            EndKind::Unreached(status) => status,
        }
    }
}

/// The journals of all calls in progress, and of those being written up.
#[derive(Debug, Clone, Default)]
pub struct Journals {
    live: BTreeMap<CallId, Journal>,
    written_up: BTreeMap<CallId, Journal>,
}

impl Journals {
    /// Adds a call.
    pub fn insert(&mut self, journal: Journal) {
        self.live.insert(journal.record.call, journal);
    }

    /// A call in progress.
    pub fn get(&self, call: CallId) -> Option<&Journal> {
        self.live.get(&call)
    }

    /// A call in progress, to append to.
    pub fn get_mut(&mut self, call: CallId) -> Option<&mut Journal> {
        self.live.get_mut(&call)
    }

    /// A call that is over but written up by an agent.
    pub fn written_up_mut(&mut self, call: CallId) -> Option<&mut Journal> {
        self.written_up.get_mut(&call)
    }

    /// A call in progress or being written up.
    pub fn any(&self, call: CallId) -> Option<&Journal> {
        self.live.get(&call).or_else(|| self.written_up.get(&call))
    }

    /// Takes an ended call out.
    pub fn remove(&mut self, call: CallId) -> Option<Journal> {
        self.live.remove(&call)
    }

    /// Keeps an ended call for its agent's remark.
    pub fn keep_for_wrap_up(&mut self, journal: Journal) {
        self.written_up.insert(journal.record.call, journal);
    }

    /// Forgets a call that was written up.
    pub fn forget(&mut self, call: CallId) {
        self.written_up.remove(&call);
    }

    /// Calls in progress, by id.
    pub fn iter(&self) -> impl Iterator<Item = (CallId, &Journal)> {
        self.live.iter().map(|(call, journal)| (*call, journal))
    }

    /// Calls in progress behind one, by id; from the first one on without.
    pub fn after(&self, call: Option<CallId>) -> impl Iterator<Item = (CallId, &Journal)> {
        let from = call.map_or(Bound::Unbounded, Bound::Excluded);
        self.live.range((from, Bound::Unbounded)).map(|(call, journal)| (*call, journal))
    }

    /// How many calls are in progress.
    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// How many calls are being written up.
    pub fn being_written_up(&self) -> usize {
        self.written_up.len()
    }
}
