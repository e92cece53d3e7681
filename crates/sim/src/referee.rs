//! The referees: what must be true of every journal line, every record and
//! every agent, and of each call when the carrier's view is laid beside ours.

use crate::callee::Callee;
use crate::caller::{Called, Caller, Over};
use crate::town::NUMBER;
use centre::catalogue;
use centre::journal::{CallDirection, CallEvent, EndStatus, HungUpSide, JournalEntry, LeftQueue};
use centre::record::Record;
use centre::talk::Side;
use centre::{CallId, OfferId, StaffId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Wall time of the world's beginning.
pub(crate) const WALL_MS: i64 = 1_700_000_000_000;
/// How late one side may learn of the other's hang-up: the last resend of a BYE or a 2xx.
const SLOW_NEWS: Duration = Duration::from_secs(33);

/// What was seen of all calls.
#[derive(Debug, Default)]
pub(crate) struct Referee {
    journals: BTreeMap<CallId, Vec<JournalEntry>>,
    records: BTreeMap<CallId, Record>,
    /// Which call an agent rings or talks in.
    busy: BTreeMap<StaffId, CallId>,
    offers: BTreeMap<OfferId, (StaffId, CallId)>,
    /// Calls that an agent answered.
    answered: BTreeSet<CallId>,
    /// Tickets of commands that are not answered yet.
    tickets: BTreeMap<u64, StaffId>,
    /// Tickets of calls to be ended → whether there is such a call.
    bosses: BTreeMap<u64, bool>,
    /// Calls that a supervisor ended.
    ended_by_boss: BTreeSet<CallId>,
    /// Calls in progress when the node died → when it died.
    orphans: BTreeMap<CallId, i64>,
    pub(crate) faults: Vec<String>,
}

impl Referee {
    pub(crate) fn asked(&mut self, ticket: u64, who: StaffId) {
        self.tickets.insert(ticket, who);
    }

    /// A supervisor ends a call.
    pub(crate) fn boss_asked(&mut self, ticket: u64, call: CallId) {
        let known = self.journals.get(&call).is_some_and(|entries| !has_ended(entries));
        self.tickets.insert(ticket, StaffId(0));
        self.bosses.insert(ticket, known);
        if known {
            self.ended_by_boss.insert(call);
        }
    }

    /// Calls in progress, and calls that are over.
    pub(crate) fn calls(&self) -> (Vec<CallId>, Vec<CallId>) {
        let (over, live): (Vec<_>, Vec<_>) = self.journals.iter().partition(|(_, entries)| has_ended(entries));
        (live.into_iter().map(|(call, _)| *call).collect(), over.into_iter().map(|(call, _)| *call).collect())
    }

    pub(crate) fn answered(&mut self, ticket: u64, done: bool) {
        if self.bosses.remove(&ticket).is_some_and(|known| known != done) {
            self.faults.push(format!("a call was to be ended, ticket {ticket}, and the answer was {done}"));
        }
        if self.tickets.remove(&ticket).is_none() {
            self.faults.push(format!("ticket {ticket} was answered without a question or twice"));
        }
    }

    /// The node died: what it owed is void.
    pub(crate) fn node_died(&mut self, died_ms: i64) {
        self.tickets.clear();
        self.bosses.clear();
        self.orphans.extend(self.calls().0.into_iter().map(|call| (call, died_ms)));
    }

    /// Journals without an end, as a store would find them.
    pub(crate) fn unfinished(&self) -> Vec<Vec<JournalEntry>> {
        self.journals.values().filter(|entries| !has_ended(entries)).cloned().collect()
    }

    pub(crate) fn journal(&mut self, entry: JournalEntry) {
        let entries = self.journals.entry(entry.call).or_default();
        let call = entry.call;
        if entry.sequence as usize != entries.len() {
            self.faults.push(format!("journal of {call} jumps to {}", entry.sequence));
        }
        if entries.last().is_some_and(|last| last.at_ms > entry.at_ms) {
            self.faults.push(format!("journal of {call} goes back in time"));
        }
        let late = matches!(entry.event, CallEvent::Remarked { .. } | CallEvent::Measured { .. });
        if has_ended(entries) && !late {
            self.faults.push(format!("journal of {call} goes on after its end: {:?}", entry.event));
        }
        self.agent_of(&entry);
        self.journals.entry(call).or_default().push(entry);
    }

    /// No agent in two calls, no call at two desks.
    fn agent_of(&mut self, entry: &JournalEntry) {
        let call = entry.call;
        match &entry.event {
            CallEvent::Offered { offer, agent, .. } => {
                if let Some(other) = self.busy.insert(*agent, call) {
                    self.faults.push(format!("agent {agent} was offered {call} while busy with {other}"));
                }
                if self.answered.contains(&call) || self.offers.values().any(|(_, rings)| *rings == call) {
                    self.faults.push(format!("call {call} was offered to {agent} and belonged to somebody already"));
                }
                self.offers.insert(*offer, (*agent, call));
            }
            CallEvent::OfferEnded { offer, .. } => match self.offers.remove(offer).map(|(agent, _)| agent) {
                Some(agent) => drop(self.busy.remove(&agent)),
                None => self.faults.push(format!("an offer of {call} ended twice")),
            },
            CallEvent::Accepted { offer, agent } => {
                if !self.answered.insert(call) {
                    self.faults.push(format!("call {call} was answered twice"));
                }
                if self.offers.remove(offer) != Some((*agent, call)) || self.busy.get(agent) != Some(&call) {
                    self.faults.push(format!("agent {agent} accepted {call}, which did not ring there"));
                }
            }
            CallEvent::Ended { .. } => {
                self.busy.retain(|_, busy| *busy != call);
                if self.offers.values().any(|(_, rings)| *rings == call) {
                    self.faults.push(format!("call {call} ended while a desk rang for it"));
                }
            }
            CallEvent::Dialled { agent: Some(agent), .. } => {
                if let Some(other) = self.busy.insert(*agent, call) {
                    self.faults.push(format!("agent {agent} dialled {call} while busy with {other}"));
                }
            }
            CallEvent::Connected => {
                if !self.answered.insert(call) {
                    self.faults.push(format!("call {call} was answered twice"));
                }
            }
            CallEvent::Transferred { side: Side::Seat, agent, .. } => {
                // Whoever gave the call away writes it up, and may be offered another one.
                self.busy.retain(|_, busy| *busy != call);
                if let Some(other) = agent.and_then(|agent| self.busy.insert(agent, call)) {
                    self.faults.push(format!("{call} was transferred to an agent who was busy with {other}"));
                }
            }
            CallEvent::Arrived { .. }
            | CallEvent::TransferAsked { .. }
            | CallEvent::TransferFailed { .. }
            | CallEvent::Transferred { side: Side::Customer, .. }
            | CallEvent::Dialled { agent: None, .. }
            | CallEvent::Called { .. }
            | CallEvent::Redirected { .. }
            | CallEvent::Rang
            | CallEvent::Answered
            | CallEvent::FlowStarted { .. }
            | CallEvent::NodeEntered { .. }
            | CallEvent::KeyPressed { .. }
            | CallEvent::Queued { .. }
            | CallEvent::LeftQueue { .. }
            | CallEvent::RecordingStarted { .. }
            | CallEvent::RecordingStopped { .. }
            | CallEvent::NoSound { .. }
            | CallEvent::SoundAgain { .. }
            | CallEvent::Measured { .. }
            | CallEvent::Remarked { .. } => {}
        }
    }

    pub(crate) fn record(&mut self, record: Record) {
        let entries = self.journals.get(&record.call).map(Vec::as_slice).unwrap_or_default();
        if Record::from_journal(entries).as_ref() != Some(&record) {
            self.faults.push(format!("the record of {} is not what its journal tells", record.call));
        }
        if let Some(before) = self.records.insert(record.call, record.clone()) {
            let amended = Record { remark: record.remark.clone(), ..before.clone() };
            if amended != record || record.remark.is_none() {
                self.faults.push(format!("call {} has two records", record.call));
            }
        }
    }

    /// When all is quiet: every journal ended, every call recorded, nobody busy.
    pub(crate) fn close(&mut self) {
        for (call, entries) in &self.journals {
            let ends = entries.iter().filter(|entry| matches!(entry.event, CallEvent::Ended { .. })).count();
            if ends != 1 {
                self.faults.push(format!("call {call} ended {ends} times"));
            }
            match self.records.get(call) {
                Some(record) => {
                    let boss = record.cause.as_deref() == Some(catalogue::ENDED_FROM_OUTSIDE.id);
                    if boss && !self.ended_by_boss.contains(call) {
                        self.faults.push(format!("no supervisor ended {call}"));
                    }
                    let orphan =
                        self.orphans.get(call).map_or(Ok(()), |died_ms| ended_by_death(record, entries, *died_ms));
                    let faults =
                        [times(record), waits_add_up(record, entries), status_is_right(record, entries), orphan];
                    self.faults.extend(faults.into_iter().filter_map(|f| Some(format!("call {call}: {}", f.err()?))));
                }
                None => self.faults.push(format!("call {call} has no record")),
            }
        }
        if !self.busy.is_empty() || !self.offers.is_empty() {
            self.faults.push(format!("agents are busy with calls that are over: {:?}", self.busy));
        }
        if !self.tickets.is_empty() {
            self.faults.push(format!("commands were never answered: {:?}", self.tickets));
        }
    }

    /// Lays the carrier's view of one caller beside ours.
    pub(crate) fn compare(&mut self, caller: &Caller) {
        let records: Vec<&Record> =
            self.records.values().filter(|record| *record.caller.expose() == caller.number).collect();
        if let Err(fault) = compare(caller, &records) {
            self.faults.push(format!("{}: {fault}; saw {:?}; records {records:?}", caller.number, caller.seen));
        }
    }

    /// Lays the carrier's view of somebody who was called beside ours.
    pub(crate) fn compare_called(&mut self, callee: &Callee) {
        let same = |record: &&Record| record.direction == CallDirection::Outbound && record.callee == callee.number;
        let records: Vec<&Record> = self.records.values().filter(same).collect();
        if let Err(fault) = called_agrees(callee, &records) {
            self.faults.push(format!("called {}: {fault}; saw {callee:?}; records {records:?}", callee.number));
        }
    }

    /// How many calls were answered by an agent, and how many there were.
    pub(crate) fn served(&self) -> (usize, usize) {
        let served = self.records.values().filter(|record| record.accepted_ms.is_some()).count();
        (served, self.records.len())
    }

    /// What explained the ends of calls.
    pub(crate) fn causes(&self) -> BTreeMap<String, usize> {
        let mut causes = BTreeMap::new();
        for cause in self.records.values().filter_map(|record| record.cause.clone()) {
            *causes.entry(cause).or_default() += 1;
        }
        causes
    }

    /// How calls ended.
    pub(crate) fn statuses(&self) -> BTreeMap<EndStatus, usize> {
        let mut statuses = BTreeMap::new();
        for status in self.records.values().filter_map(|record| record.end_status) {
            *statuses.entry(status).or_default() += 1;
        }
        statuses
    }
}

fn has_ended(entries: &[JournalEntry]) -> bool {
    entries.iter().any(|entry| matches!(entry.event, CallEvent::Ended { .. }))
}

/// A record's times are in order.
fn times(record: &Record) -> Result<(), String> {
    let Record { answered_ms, queued_ms, ring_ms, accepted_ms, ended_ms, .. } = record;
    let (second, third, fourth) = match record.direction {
        CallDirection::Inbound => (*answered_ms, *queued_ms, *ring_ms),
        // It rings before it is answered.
        CallDirection::Outbound | CallDirection::Internal => (*ring_ms, *answered_ms, *queued_ms),
    };
    let moments = [Some(record.started_ms), second, third, fourth, *accepted_ms, *ended_ms];
    let known: Vec<i64> = moments.into_iter().flatten().collect();
    if record.ended_ms.is_none() || known.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err(format!("its times are not in order: {moments:?}"));
    }
    Ok(())
}

/// How long a call was where, told by its journal alone.
#[derive(Debug, Default)]
struct Waits {
    flow: i64,
    queue: i64,
    ring: i64,
    talk: i64,
    /// How often it entered a queue.
    queues: usize,
}

/// One of the places where a call can be.
type Place = fn(&mut Waits) -> &mut i64;

fn waits(entries: &[JournalEntry]) -> Waits {
    let mut waits = Waits::default();
    let mut before: Option<(i64, Place)> = None;
    for entry in entries {
        if let Some((since_ms, place)) = before {
            *place(&mut waits) += entry.at_ms - since_ms;
        }
        let place: Place = match &entry.event {
            CallEvent::Arrived { .. } | CallEvent::Answered | CallEvent::LeftQueue { .. } => |waits| &mut waits.flow,
            CallEvent::Queued { .. } => {
                waits.queues += 1;
                |waits| &mut waits.queue
            }
            CallEvent::OfferEnded { .. } => |waits| &mut waits.queue,
            CallEvent::Offered { .. } | CallEvent::Dialled { .. } => |waits| &mut waits.ring,
            CallEvent::Accepted { .. } | CallEvent::Connected => |waits| &mut waits.talk,
            CallEvent::Ended { .. } => break,
            CallEvent::FlowStarted { .. }
            | CallEvent::NodeEntered { .. }
            | CallEvent::KeyPressed { .. }
            | CallEvent::Called { .. }
            | CallEvent::Redirected { .. }
            | CallEvent::Rang
            | CallEvent::TransferAsked { .. }
            | CallEvent::TransferFailed { .. }
            | CallEvent::Transferred { .. }
            | CallEvent::RecordingStarted { .. }
            | CallEvent::RecordingStopped { .. }
            | CallEvent::NoSound { .. }
            | CallEvent::SoundAgain { .. }
            | CallEvent::Measured { .. }
            | CallEvent::Remarked { .. } => match before {
                Some((_, place)) => place,
                None => |waits| &mut waits.flow,
            },
        };
        before = Some((entry.at_ms, place));
    }
    waits
}

/// What a record says of the waits is what they were.
fn waits_add_up(record: &Record, entries: &[JournalEntry]) -> Result<(), String> {
    let waits = waits(entries);
    let ended_ms = record.ended_ms.ok_or("it is not ended")?;
    let talked = record.accepted_ms.map_or(0, |accepted_ms| ended_ms - accepted_ms);
    let rang: i64 =
        record.participants.iter().filter_map(|part| Some(part.accepted_ms.or(part.ended_ms)? - part.ring_ms)).sum();
    let whole = waits.flow + waits.queue + waits.ring + waits.talk;
    let waited = record.queued_ms.map_or(0, |queued_ms| record.accepted_ms.unwrap_or(ended_ms) - queued_ms);
    // After an overflow the flow goes on in between; after the last queue, too.
    let left = entries.iter().any(|entry| matches!(entry.event, CallEvent::LeftQueue { .. }));
    let waited_right = left || waits.queues != 1 || waited == waits.queue + waits.ring;
    if ended_ms - record.started_ms != whole || talked != waits.talk || rang != waits.ring || !waited_right {
        return Err(format!("talked {talked}, rang {rang}, waited {waited}; its journal tells {waits:?}"));
    }
    Ok(())
}

/// A call that was in progress when the node died ended then, and for that reason.
fn ended_by_death(record: &Record, entries: &[JournalEntry], died_ms: i64) -> Result<(), String> {
    let by_us = record.hung_up_by == Some(HungUpSide::System);
    if !by_us || record.cause.as_deref() != Some(catalogue::NODE_RESTARTED.id) {
        return Err(format!("the node died, but {:?} ended it, {:?}", record.hung_up_by, record.cause));
    }
    let last_ms = entries.iter().map(|entry| entry.at_ms).filter(|at_ms| *at_ms <= died_ms).max().unwrap_or(died_ms);
    match record.ended_ms {
        Some(ended_ms) if ended_ms >= last_ms && ended_ms > died_ms - 1_000 && ended_ms <= died_ms => Ok(()),
        ended_ms => Err(format!("the node died at {died_ms}, the record ends at {ended_ms:?}")),
    }
}

fn moment(ms: i64) -> Duration {
    Duration::from_millis((ms - WALL_MS).max(0) as u64)
}

fn compare(caller: &Caller, records: &[&Record]) -> Result<(), String> {
    let seen = &caller.seen;
    let Some((over_at, over)) = seen.over else { return Err("the carrier's dialog is not over".to_owned()) };
    if caller.called == Called::Wrong {
        let refused =
            matches!(over, Over::Refused(404)) || seen.hung_up_at.is_some() || seen.node_died || seen.door_was_shut;
        return if records.is_empty() && refused { Ok(()) } else { Err("a wrong number was let in".to_owned()) };
    }
    if seen.node_died {
        // The INVITE may have come again to the next node, as a new call.
        return if records.is_empty() && seen.answered_at.is_some() {
            Err("it has no record".to_owned())
        } else {
            Ok(())
        };
    }
    if seen.door_was_shut && records.is_empty() {
        return if seen.answered_at.is_none() { Ok(()) } else { Err("it was answered behind a shut door".to_owned()) };
    }
    let [record] = records else { return Err(format!("it has {} records", records.len())) };
    if record.callee != NUMBER {
        return Err("the called number differs".to_owned());
    }
    answers_agree(caller, record, over)?;
    ends_agree(caller, record, (over_at, over))?;
    talk_agrees(caller, record)
}

fn called_agrees(callee: &Callee, records: &[&Record]) -> Result<(), String> {
    if callee.over.is_none() {
        return Err("the carrier's dialog is not over".to_owned());
    }
    let [record] = records else { return Err(format!("it has {} records", records.len())) };
    if callee.node_died {
        return Ok(());
    }
    if callee.confirmed_at.is_some() != record.accepted_ms.is_some() {
        // A CANCEL and a 200 may cross: then the call is acknowledged and ended at once. And
        // an ACK may be lost for good.
        let crossed = callee.confirmed_at.is_some() && record.hung_up_by != Some(HungUpSide::User);
        let lost = callee.confirmed_at.is_none() && callee.answered_at.is_some();
        if !crossed && !lost {
            return Err("one side saw an answer, the other did not".to_owned());
        }
    }
    let refused = callee.refused.filter(|_| record.hung_up_by != Some(HungUpSide::Seat));
    let expected = refused.map(|status| centre::dial::refused(status, None));
    let by_us = record.cause.as_deref().is_some_and(|cause| !cause.starts_with("SIP;"));
    if expected.is_some_and(|expected| record.end_status != Some(expected)) && !by_us {
        return Err("it was refused otherwise".to_owned());
    }
    let ended_at = record.ended_ms.map(moment).ok_or("the record is not ended")?;
    match callee.over {
        Some(over_at) if over_at > ended_at + SLOW_NEWS => {
            Err("the carrier held the call long after its end".to_owned())
        }
        Some(_) | None => Ok(()),
    }
}

fn answers_agree(caller: &Caller, record: &Record, over: Over) -> Result<(), String> {
    let seen = &caller.seen;
    match (seen.answered_at, record.answered_ms) {
        (Some(_), None) => Err("the carrier saw an answer that we did not give".to_owned()),
        // A CANCEL and our 200 may cross.
        (None, Some(_)) if seen.hung_up_at.is_none() => Err("we answered, but the carrier never saw it".to_owned()),
        (None, None) if !matches!(over, Over::Refused(_)) && seen.hung_up_at.is_none() => {
            Err("neither answered nor refused".to_owned())
        }
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

fn ends_agree(caller: &Caller, record: &Record, (over_at, over): (Duration, Over)) -> Result<(), String> {
    let ended_at = record.ended_ms.map(moment).ok_or("the record is not ended")?;
    match (record.hung_up_by, caller.seen.hung_up_at) {
        (Some(HungUpSide::User), None) => return Err("we say that the caller hung up, who did not".to_owned()),
        (Some(HungUpSide::User), Some(at)) if ended_at + Duration::from_millis(1) < at || ended_at > at + SLOW_NEWS => {
            return Err("the caller hung up at another time".to_owned());
        }
        (Some(HungUpSide::Seat | HungUpSide::System), Some(at)) if ended_at > at + SLOW_NEWS => {
            return Err("the caller hung up long before we did".to_owned());
        }
        (Some(HungUpSide::Seat | HungUpSide::System), None) if over == Over::Otherwise => {
            return Err("we hung up, but the carrier saw no BYE and no refusal".to_owned());
        }
        (Some(_), Some(_) | None) => {}
        (None, _) => return Err("nobody hung up".to_owned()),
    }
    if over_at > ended_at + SLOW_NEWS {
        return Err("the carrier held the call long after its end".to_owned());
    }
    Ok(())
}

fn talk_agrees(caller: &Caller, record: &Record) -> Result<(), String> {
    match (caller.seen.bridged_at, record.accepted_ms.map(moment)) {
        (None, None) => Ok(()),
        (Some(heard), Some(accepted)) if heard.abs_diff(accepted) <= Duration::from_millis(10) => Ok(()),
        // The agent answered while the news of the caller's hang-up was on its way.
        (None, Some(accepted))
            if caller.seen.hung_up_at.is_some_and(|at| at <= accepted + Duration::from_millis(1)) =>
        {
            Ok(())
        }
        (heard, accepted) => Err(format!("the caller heard an agent at {heard:?}, the record says {accepted:?}")),
    }
}

fn status_is_right(record: &Record, entries: &[JournalEntry]) -> Result<(), String> {
    let status = record.end_status.ok_or("no end status")?;
    let user = record.hung_up_by == Some(HungUpSide::User);
    let by_seat = record.hung_up_by == Some(HungUpSide::Seat);
    let out = record.direction != CallDirection::Inbound;
    let served = record.accepted_ms.is_some();
    // What the last queue said, if it gave the caller back.
    let mut gave_back = None;
    for entry in entries {
        if let CallEvent::LeftQueue { why } = &entry.event {
            gave_back = Some(*why);
        } else if matches!(entry.event, CallEvent::Queued { .. }) {
            gave_back = None;
        }
    }
    let right = match status {
        EndStatus::Ok => served,
        EndStatus::Error => !user && !served && record.cause.is_some(),
        EndStatus::IvrGiveUp => user && !served,
        EndStatus::RingingGiveUp => user && !served && record.ring_ms.is_some(),
        EndStatus::WaitingGiveUp => match gave_back {
            Some(LeftQueue::WaitedTooLong | LeftQueue::Full) => !served,
            Some(LeftQueue::NobodySignedIn) => false,
            None => user && !served && record.queued_ms.is_some(),
        },
        EndStatus::NoSeatOnline => gave_back == Some(LeftQueue::NobodySignedIn) && !served,
        EndStatus::IvrEnd => !user && !served,
        EndStatus::SeatGiveUp => false,
        EndStatus::NotAnswer
        | EndStatus::PowerOff
        | EndStatus::NumberNotExist
        | EndStatus::OutOfCredit
        | EndStatus::OperatorError
        | EndStatus::NotInService
        | EndStatus::ClientError
        | EndStatus::CarrierBlocked
        | EndStatus::NumberInvalid
        | EndStatus::CallRestricted => out && !user && !served && record.cause.is_some(),
        EndStatus::UserReject | EndStatus::Busy => out && user && !served && record.cause.is_some(),
        EndStatus::CallerCancel => out && by_seat && !served && record.ring_ms.is_none(),
        EndStatus::CallerCancelWhileRing => out && by_seat && !served && record.ring_ms.is_some(),
    };
    if right { Ok(()) } else { Err(format!("{} does not fit", status.word())) }
}
