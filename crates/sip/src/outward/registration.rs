//! Registers us at carriers (RFC 3261 §10.2): keeps the binding fresh, moves to the next
//! address when one fails, and waits longer and longer when all do (RFC 5626 §4.5). Where
//! *phones* are is the business of [`crate::registrar`].

use super::Thread;
use crate::api::{Event, Flow, Registration, TrunkKey, TrunkState};
use crate::deadlines::Wake;
use crate::dialog::{Turn, contact_of};
use crate::limits::{
    GRANTED_SECONDS, LEAVING_REGISTRATIONS, LONGEST_BACK_OFF, REGISTRATIONS, SHORTEST_BACK_OFF, TRUNK_FLOWS,
};
use crate::message::{Address, Message, Method, Name, Uri, lex};
use crate::prover::{Advice, Prover};
use crate::transaction::store::{ClientKey, Owner, Request};
use crate::wire;
use std::collections::BTreeMap;
use std::time::Duration;

/// One binding of ours. Not the trunk's key: an old binding may be on its way out while the
/// new one of the same trunk is on its way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RegistrationId(u64);

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Registrations {
    bindings: BTreeMap<RegistrationId, Binding>,
    next: u64,
}

#[derive(Debug)]
struct Binding {
    id: RegistrationId,
    wish: Registration,
    thread: Thread,
    prover: Prover,
    stage: Stage,
    /// The request under way.
    open: Option<ClientKey>,
    /// Which of the flows is used.
    at: usize,
    /// The connection that the registrar answered by.
    seen: Option<Flow>,
    /// Seconds asked for: the wish, or more if the registrar wants more.
    seconds: u32,
    /// Flows that failed since the last success, and rounds over all of them.
    failed: usize,
    rounds: u32,
    told: TrunkState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not registered; a request is under way or a pause runs.
    Out,
    /// Registered.
    In,
    /// Being removed: one request, whatever comes of it.
    Leaving,
}

impl Registrations {
    /// Replaces the set: new ones register, missing ones un-register, others go on; a new list
    /// of flows alone moves a binding only if the flow that it uses is not in it.
    pub(crate) fn set(&mut self, wishes: Vec<Registration>, turn: &mut Turn<'_>) {
        let mut wishes: BTreeMap<TrunkKey, Registration> =
            wishes.into_iter().take(REGISTRATIONS).map(|wish| (wish.trunk, wish)).collect();
        let present = self.bindings.values().filter(|binding| binding.stage != Stage::Leaving);
        let present: Vec<(RegistrationId, TrunkKey)> =
            present.map(|binding| (binding.id, binding.wish.trunk)).collect();
        for (id, trunk) in present {
            let Some(binding) = self.bindings.get_mut(&id) else { continue };
            let same = wishes.get(&trunk).is_some_and(|wish| binding.wish.is_same_account(wish));
            match wishes.remove(&trunk) {
                Some(wish) if same => binding.take_flows(wish.flows, turn),
                Some(wish) => {
                    self.leave(id, turn);
                    self.start(wish, turn);
                }
                None => {
                    binding.tell(TrunkState::Unknown, turn);
                    self.leave(id, turn);
                }
            }
        }
        for wish in wishes.into_values() {
            self.start(wish, turn);
        }
    }

    fn start(&mut self, wish: Registration, turn: &mut Turn<'_>) {
        self.next += 1;
        let id = RegistrationId(self.next);
        let mut binding = Binding {
            id,
            thread: Thread::new(turn.wire),
            prover: Prover::new((wish.user.clone(), wish.password.clone())),
            stage: Stage::Out,
            open: None,
            at: 0,
            seen: None,
            seconds: wish.seconds.clamp(*GRANTED_SECONDS.start(), *GRANTED_SECONDS.end()),
            failed: 0,
            rounds: 0,
            told: TrunkState::Unknown,
            wish,
        };
        binding.wish.flows.truncate(TRUNK_FLOWS);
        if !binding.wish.can_be_written() {
            // Nothing is sent that breaks the grammar.
            return binding.tell(TrunkState::Refused { status: 484 }, turn);
        }
        binding.tell(TrunkState::Registering, turn);
        binding.ask(turn);
        self.bindings.insert(id, binding);
    }

    fn leave(&mut self, id: RegistrationId, turn: &mut Turn<'_>) {
        let leaving = self.bindings.values().filter(|binding| binding.stage == Stage::Leaving).count();
        let Some(binding) = self.bindings.get_mut(&id) else { return };
        turn.wire.deadlines.clear(Wake::Registration(id));
        if let Some(open) = binding.open.take() {
            turn.wire.drop_client(open);
        }
        if binding.stage == Stage::Out || leaving >= LEAVING_REGISTRATIONS {
            self.bindings.remove(&id);
            return;
        }
        binding.stage = Stage::Leaving;
        binding.ask(turn);
    }

    /// The registrar answered, by this flow.
    pub(crate) fn on_response(
        &mut self,
        id: RegistrationId,
        (status, flow): (u16, Flow),
        response: &Message<'_>,
        turn: &mut Turn<'_>,
    ) {
        let Some(binding) = self.bindings.get_mut(&id).filter(|_| status >= 200) else { return };
        binding.open = None;
        if matches!(status, 401 | 407) && binding.prover.learn(status, response) == Advice::Again {
            return binding.send(turn);
        }
        if binding.stage == Stage::Leaving {
            self.bindings.remove(&id);
            return;
        }
        match status {
            200..=299 => binding.on_accepted(response, flow, turn),
            423 if binding.takes_longer(response) => binding.send(turn),
            // The server, not the account, is the matter: another may do.
            408 | 430 | 500..=599 => binding.on_flow_failed(pause_asked_for(response), turn),
            _ => {
                binding.stage = Stage::Out;
                binding.tell(TrunkState::Refused { status }, turn);
                binding.pause(pause_asked_for(response), turn);
            }
        }
    }

    /// No answer will come.
    pub(crate) fn on_failed(&mut self, id: RegistrationId, turn: &mut Turn<'_>) {
        let Some(binding) = self.bindings.get_mut(&id) else { return };
        binding.open = None;
        match binding.stage {
            Stage::Leaving => {
                self.bindings.remove(&id);
            }
            Stage::In | Stage::Out => binding.on_flow_failed(None, turn),
        }
    }

    /// It is time to refresh, or to try again.
    pub(crate) fn on_timer(&mut self, id: RegistrationId, turn: &mut Turn<'_>) {
        let Some(binding) = self.bindings.get_mut(&id).filter(|binding| binding.open.is_none()) else { return };
        binding.ask(turn);
    }

    /// A connection is closed: the registrar cannot reach us by it any more. (RFC 5626 §4.5)
    pub(crate) fn flow_closed(&mut self, flow: Flow, turn: &mut Turn<'_>) {
        for binding in self.bindings.values_mut() {
            if binding.seen.take_if(|seen| *seen == flow && flow.transport.is_reliable()).is_some()
                && binding.stage == Stage::In
                && binding.open.is_none()
            {
                binding.ask(turn);
            }
        }
    }
}

impl Binding {
    /// A new question, with the challenges that we know.
    fn ask(&mut self, turn: &mut Turn<'_>) {
        self.prover.begin();
        self.send(turn);
    }

    fn send(&mut self, turn: &mut Turn<'_>) {
        let Some(flow) = self.wish.flows.get(self.at).copied() else {
            // Nobody has found an address for the registrar yet; a new list will.
            return self.tell(TrunkState::Unreachable, turn);
        };
        let flow = self.seen.filter(|seen| wire::same_way(*seen, flow)).unwrap_or(flow);
        let seconds = if self.stage == Stage::Leaving { 0 } else { self.seconds };
        let branch = turn.wire.new_branch();
        let address = self.wish.address.clone();
        let credentials = self.prover.headers(Method::Register, self.wish.registrar.as_bytes(), turn.wire);
        let start = (Method::Register, self.wish.registrar.as_str());
        let writer = self.thread.request(start, (&address, &address), (flow, &branch.1), turn.wire);
        let contact = format!("{};expires={seconds}", contact_of(&self.wish.contact, flow));
        let writer = writer.header("Contact", contact).header("Expires", seconds.to_string());
        let frame = credentials.write(writer).header("Supported", "path").finish(None);
        self.open = Some(branch.0);
        turn.wire.open_client(branch, Request { flow, owner: Owner::Registration(self.id), frame }, turn.now);
    }

    /// RFC 3261 §10.2.4: refreshed when 80 to 90 % of what was granted is over.
    fn on_accepted(&mut self, response: &Message<'_>, flow: Flow, turn: &mut Turn<'_>) {
        let granted = self.granted(response, flow).clamp(*GRANTED_SECONDS.start(), *GRANTED_SECONDS.end());
        let share = 800 + turn.wire.random() % 101;
        let refresh = Duration::from_millis(u64::from(granted) * share);
        (self.failed, self.rounds) = (0, 0);
        self.seen = Some(flow);
        self.stage = Stage::In;
        let until = turn.now + Duration::from_secs(u64::from(granted));
        self.tell(TrunkState::Registered { until }, turn);
        turn.wire.deadlines.set(Wake::Registration(self.id), turn.now + refresh);
    }

    /// What the registrar granted: beside our contact, else beside the only one, else for all.
    fn granted(&self, response: &Message<'_>, flow: Flow) -> u32 {
        let own = contact_of(&self.wish.contact, flow);
        let own = own.trim_matches(['<', '>']);
        let contacts: Vec<Address<'_>> =
            response.elements(Name::Contact).filter_map(|value| Address::parse(value).ok()).collect();
        let is_own = |it: &&Address<'_>| Uri::parse(own.as_bytes()).is_ok_and(|own| it.uri.same_place(&own));
        let found = match contacts.as_slice() {
            [only] => Some(only),
            several => several.iter().find(is_own),
        };
        let beside = found.and_then(|it| it.params.value("expires")).and_then(lex::number_saturating);
        let all = response.value(Name::Expires).and_then(lex::number_saturating);
        let seconds = beside.or(all).unwrap_or(u64::from(self.seconds));
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }

    /// 423: whether more can be asked for. (RFC 3261 §10.2.8)
    fn takes_longer(&mut self, response: &Message<'_>) -> bool {
        let least = response.value(Name::MinExpires).and_then(lex::number).and_then(|least| u32::try_from(least).ok());
        let Some(least) = least.filter(|least| *least > self.seconds && least <= GRANTED_SECONDS.end()) else {
            return false;
        };
        self.seconds = least;
        true
    }

    /// The next flow at once; after the last one a pause.
    fn on_flow_failed(&mut self, asked: Option<Duration>, turn: &mut Turn<'_>) {
        self.seen = None;
        self.prover.forget();
        self.failed += 1;
        let flows = self.wish.flows.len().max(1);
        self.at = (self.at + 1) % flows;
        if self.failed < flows {
            return self.ask(turn);
        }
        self.failed = 0;
        self.stage = Stage::Out;
        self.tell(TrunkState::Unreachable, turn);
        self.pause(asked, turn);
    }

    /// RFC 5626 §4.5: twice as long each time, up to a limit, and between half of it and all of
    /// it, so that many of us do not come back at once. Never shorter than what was asked for.
    fn pause(&mut self, asked: Option<Duration>, turn: &mut Turn<'_>) {
        let doubled = SHORTEST_BACK_OFF.saturating_mul(1_u32.checked_shl(self.rounds).unwrap_or(u32::MAX));
        let longest = doubled.min(LONGEST_BACK_OFF);
        self.rounds = self.rounds.saturating_add(1).min(16);
        let share = u32::try_from(500 + turn.wire.random() % 501).unwrap_or(1_000);
        let pause = (longest * share / 1_000).max(asked.unwrap_or_default().min(LONGEST_BACK_OFF));
        turn.wire.deadlines.set(Wake::Registration(self.id), turn.now + pause);
    }

    /// The registrar's addresses were found again.
    fn take_flows(&mut self, mut flows: Vec<Flow>, turn: &mut Turn<'_>) {
        flows.truncate(TRUNK_FLOWS);
        if flows == self.wish.flows {
            return;
        }
        let current = self.wish.flows.get(self.at).copied();
        let place = flows.iter().position(|flow| Some(*flow) == current);
        self.wish.flows = flows;
        self.failed = 0;
        self.at = place.unwrap_or(0);
        if place.is_none() {
            self.seen = None;
            self.prover.forget();
            turn.wire.deadlines.clear(Wake::Registration(self.id));
            if let Some(open) = self.open.take() {
                turn.wire.drop_client(open);
            }
            if self.stage == Stage::Out {
                self.tell(TrunkState::Registering, turn);
            }
            self.ask(turn);
        }
    }

    fn tell(&mut self, state: TrunkState, turn: &mut Turn<'_>) {
        if self.told != state {
            self.told = state;
            turn.wire.tell(Event::TrunkState { trunk: self.wish.trunk, state });
        }
    }
}

impl Registration {
    fn can_be_written(&self) -> bool {
        [&self.registrar, &self.address].into_iter().all(|uri| Uri::parse(uri.as_bytes()).is_ok())
    }
}

/// Retry-After: how long the peer wants to be left alone. (RFC 3261 §20.33)
fn pause_asked_for(response: &Message<'_>) -> Option<Duration> {
    let value = response.value(Name::RetryAfter)?;
    let (digits, _) = lex::take_while(value, |byte| byte.is_ascii_digit());
    lex::number_saturating(digits).map(Duration::from_secs)
}
