//! The loop: one queue of what is going to happen, one clock, one node. Nothing
//! here decides anything about calls; it carries messages between the node and
//! the fake people and things, and lets the referees see everything.

mod called_side;
mod node_side;
mod outside;
mod town_side;

use crate::callee::{Callee, Deed};
use crate::caller::{Called, Caller};
use crate::carrier::Carrier;
use crate::desk::{Act, Agent};
use crate::engine::Engine;
use crate::luck::Luck;
use crate::referee::Referee;
use crate::scenario::{Scenario, Trace};
use crate::town;
use centre::centre::PageChange;
use centre::desk::{Desk, DeskCommand};
use centre::journal::EndStatus;
use centre::node::Node;
use centre::settings::Settings;
use media::{LegId, PlaybackId};
use outside::Door;
use sip::Flow;
use std::collections::BTreeMap;
use std::time::Duration;

/// What came of one world.
#[derive(Debug, Clone)]
pub struct Report {
    /// The seed it was made from.
    pub seed: u64,
    /// Callers who called.
    pub callers: usize,
    /// Of them, those who called a number that nobody has.
    pub wrong_numbers: usize,
    /// Calls that were recorded.
    pub calls: usize,
    /// Calls that an agent answered.
    pub served: usize,
    /// How calls ended.
    pub statuses: BTreeMap<EndStatus, usize>,
    /// What records name as the cause of an end.
    pub causes: BTreeMap<String, usize>,
    /// How often the node died.
    pub crashes: u64,
    /// Repairs by the reconciler.
    pub repairs: u64,
    /// What the referees saw. Empty is good.
    pub faults: Vec<String>,
    /// What happened, line by line, if it was asked for.
    pub trace: Vec<String>,
}

/// Lives one world from its first call to the silence after its last.
pub fn run(seed: u64, scenario: &Scenario) -> Report {
    let mut world = World::new(seed, scenario.clone());
    world.begin();
    world.live();
    world.close();
    let (served, calls) = world.referee.served();
    Report {
        seed,
        callers: world.callers.len(),
        wrong_numbers: world.callers.iter().filter(|caller| caller.called == Called::Wrong).count(),
        calls,
        served,
        statuses: world.referee.statuses(),
        causes: world.referee.causes(),
        crashes: world.crashes,
        repairs: world.repairs,
        faults: world.referee.faults,
        trace: world.trace,
    }
}

/// Something that is going to happen. What belongs to one life of the node
/// says which, so that it dies with it.
#[derive(Debug)]
enum Happening {
    ToNode { flow: Flow, bytes: Vec<u8> },
    ToCarrier { carrier: u8, bytes: Vec<u8> },
    Calls(usize),
    Presses(usize, char),
    Holds(usize),
    HangsUp(usize, Patience),
    Called(usize, Deed),
    NextCaller,
    Told { life: u64, event: media::Event },
    PlaybackDue { life: u64, leg: LegId, playback: PlaybackId },
    OpensPage(usize),
    ToPage { life: u64, agent: usize, page: u64, desk: Box<Desk> },
    FromPage { agent: usize, page: u64, command: DeskCommand },
    PageConnected { agent: usize, page: u64 },
    PageLost { agent: usize, page: u64 },
    Acts { agent: usize, mood: Mood, act: Act },
    SettingsChange,
    BossEndsCall,
    StrangerLeaves,
    ApplicationGoes,
    ApplicationComes,
    NodeDrains,
    NodeStops { life: u64 },
    NodeDies,
    NodeStarts,
}

/// Which patience ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    Waiting,
    Talking,
    /// The line has been dead for a while.
    Silence,
}

/// Whether an act still makes sense if the agent sees something else by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Only(u64),
    Any,
}

struct World {
    scenario: Scenario,
    luck: Luck,
    now: Duration,
    queue: BTreeMap<(Duration, u64), Happening>,
    happened: u64,
    /// `None` while it is down.
    node: Option<Node>,
    door: Door,
    /// When it died last, as its last beat tells.
    died_ms: Option<i64>,
    /// When the node was born, and its how-manieth life it is.
    born: Duration,
    life: u64,
    carriers: Vec<Carrier>,
    engine: Engine,
    /// Events of the engine keep their order.
    engine_clock: Duration,
    agents: Vec<Agent>,
    callers: Vec<Caller>,
    callees: Vec<Callee>,
    referee: Referee,
    settings: Settings,
    tickets: u64,
    crashes: u64,
    repairs: u64,
    closing: bool,
    trace: Vec<String>,
}

impl World {
    fn new(seed: u64, scenario: Scenario) -> World {
        let mut luck = Luck::new(seed);
        let carriers = (0..town::CARRIERS).map(|id| Carrier::new(id, luck.seed())).collect();
        let agents = (1..=scenario.agents).map(|id| Agent::new(id, scenario.calls_out)).collect();
        World {
            engine: Engine::new(scenario.people),
            settings: town::settings(scenario.agents),
            scenario,
            luck,
            now: Duration::ZERO,
            queue: BTreeMap::new(),
            happened: 0,
            node: None,
            door: Door::default(),
            died_ms: None,
            born: Duration::ZERO,
            life: 0,
            carriers,
            engine_clock: Duration::ZERO,
            agents,
            callers: Vec::new(),
            callees: Vec::new(),
            referee: Referee::default(),
            tickets: 0,
            crashes: 0,
            repairs: 0,
            closing: false,
            trace: Vec::new(),
        }
    }

    fn begin(&mut self) {
        self.node_starts();
        for agent in 0..self.agents.len() {
            let after = self.luck.millis(0, 5_000);
            self.after(after, Happening::OpensPage(agent));
        }
        for _ in 0..self.scenario.rush {
            let caller = self.new_caller();
            let after = Duration::from_secs(10) + self.luck.millis(0, 200);
            self.after(after, Happening::Calls(caller));
        }
        self.next_caller();
        self.often(self.scenario.crashes_an_hour, || Happening::NodeDies);
        self.often(self.scenario.changes_an_hour, || Happening::SettingsChange);
        self.often(self.scenario.hang_ups_an_hour, || Happening::BossEndsCall);
        self.often(self.scenario.stops_an_hour, || Happening::NodeDrains);
        self.often(self.scenario.closures_an_hour, || Happening::ApplicationGoes);
        self.often(self.scenario.strangers_an_hour, || Happening::StrangerLeaves);
    }

    /// Lets something happen at random moments, this often an hour.
    fn often(&mut self, an_hour: f64, happening: impl Fn() -> Happening) {
        if an_hour <= 0.0 {
            return;
        }
        let mut at = Duration::ZERO;
        loop {
            at += self.luck.exponential(Duration::from_secs_f64(3_600.0 / an_hour));
            if at >= self.scenario.lasts {
                return;
            }
            self.after(at, happening());
        }
    }

    /// Lives until nothing is left to happen but the node's own rounds.
    fn live(&mut self) {
        let night = self.scenario.lasts + Duration::from_secs(2 * 3_600);
        while self.now < night {
            let Some(at) = self.next_moment() else { return };
            self.now = at.max(self.now);
            if self.now >= self.scenario.lasts && self.all_gone_home() {
                return;
            }
            self.step();
        }
        self.fault("the world never came to rest".to_owned());
    }

    /// The day is over: pages close when no call is left; the world ends a minute later.
    fn all_gone_home(&mut self) -> bool {
        let calling = self.callers.iter().any(|caller| caller.seen.over.is_none());
        if calling || self.node.is_none() || !self.door.is_open() {
            return false;
        }
        if !self.closing {
            self.closing = true;
            for agent in 0..self.agents.len() {
                self.close_page(agent);
            }
            // Long enough for every grace period and every resend to run out.
            self.scenario.lasts = self.now + Duration::from_secs(120);
            return false;
        }
        true
    }

    fn next_moment(&self) -> Option<Duration> {
        let queued = self.queue.first_key_value().map(|((at, _), _)| *at);
        let node = self.node.as_ref().and_then(Node::poll_timeout).map(|(at, _)| self.born + at);
        let carriers = self.carriers.iter().filter_map(|carrier| carrier.endpoint.poll_timeout()).map(|(at, _)| at);
        queued.into_iter().chain(node).chain(carriers).min()
    }

    fn step(&mut self) {
        let now = self.now;
        if let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= now) {
            let happening = entry.remove();
            return self.happen(happening);
        }
        if let Some((at, _)) = self.node.as_ref().and_then(Node::poll_timeout)
            && self.born + at <= now
        {
            self.tell_node(centre::node::Input::Tick);
        }
        for carrier in 0..self.carriers.len() {
            if self.carriers[carrier].endpoint.poll_timeout().is_some_and(|(at, _)| at <= now) {
                self.carriers[carrier].endpoint.handle_timeout(now);
                self.drain_carrier(carrier);
            }
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::ToNode { flow, bytes } => self.tell_node(centre::node::Input::Received { flow, bytes: &bytes }),
            Happening::ToCarrier { carrier, bytes } => self.reaches_carrier(carrier, &bytes),
            Happening::Calls(caller) => self.calls(caller),
            Happening::Presses(caller, key) => self.presses(caller, key),
            Happening::Holds(caller) => self.holds(caller),
            Happening::HangsUp(caller, patience) => self.hangs_up(caller, patience),
            Happening::Called(callee, deed) => self.callee_does(callee, deed),
            Happening::NextCaller => {
                let caller = self.new_caller();
                self.calls(caller);
                self.next_caller();
            }
            Happening::Told { life, event } => {
                if life == self.life {
                    self.tell_node(centre::node::Input::Media(event));
                }
            }
            Happening::PlaybackDue { life, leg, playback } => {
                if life == self.life
                    && let Some(event) = self.engine.playback_due(leg, playback)
                {
                    self.told(Duration::from_millis(1), event);
                }
            }
            Happening::OpensPage(agent) => self.opens_page(agent),
            Happening::PageConnected { agent, page } => self.page_changes((agent, page), PageChange::Connected),
            Happening::PageLost { agent, page } => self.page_changes((agent, page), PageChange::Lost),
            Happening::ToPage { life, agent, page, desk } => {
                if life == self.life {
                    self.page_shows((agent, page), *desk);
                }
            }
            Happening::FromPage { agent, page, command } => self.page_asks((agent, page), command),
            Happening::Acts { agent, mood, act } => self.acts(agent, mood, act),
            Happening::SettingsChange => {
                let what = town::change(&mut self.settings, &mut self.luck, self.scenario.agents);
                self.note(|| format!("settings: {what}"));
                self.publish_settings();
            }
            Happening::BossEndsCall => self.boss_ends_a_call(),
            Happening::StrangerLeaves => self.stranger_leaves(),
            Happening::ApplicationGoes => self.application_goes(),
            Happening::ApplicationComes => self.application_comes(),
            Happening::NodeDrains => self.node_drains(),
            Happening::NodeStops { life } => self.node_stops(life),
            Happening::NodeDies => self.node_dies(),
            Happening::NodeStarts => self.node_starts(),
        }
    }

    fn after(&mut self, delay: Duration, happening: Happening) {
        self.happened += 1;
        self.queue.insert((self.now + delay, self.happened), happening);
    }

    fn new_caller(&mut self) -> usize {
        let index = self.callers.len();
        let caller = Caller::new(index, &mut self.luck, self.scenario.people);
        self.callers.push(caller);
        index
    }

    fn next_caller(&mut self) {
        if self.scenario.callers_an_hour <= 0.0 {
            return;
        }
        let gap = self.luck.exponential(Duration::from_secs_f64(3_600.0 / self.scenario.callers_an_hour));
        if self.now + gap < self.scenario.lasts {
            self.after(gap, Happening::NextCaller);
        }
    }

    /// All is quiet: what is left must be nothing.
    fn close(&mut self) {
        self.referee.close();
        for caller in &self.callers {
            self.referee.compare(caller);
        }
        for callee in &self.callees {
            self.referee.compare_called(callee);
        }
        let (legs, recordings) = self.engine.open();
        if (legs, recordings) != (0, 0) {
            self.fault(format!("{legs} legs and {recordings} recordings were left open"));
        }
        if self.engine.sounds() != self.settings.sounds.len() {
            self.fault("sounds were kept that nobody can play".to_owned());
        }
        self.referee.faults.append(&mut self.engine.faults);
        let Some(node) = &self.node else { return self.fault("the node is down at the end".to_owned()) };
        let (held, figures) = (node.holdings(), node.figures());
        let nothing = centre::centre::Holdings {
            calls: 0,
            legs: 0,
            cursors: 0,
            waiting: 0,
            offers: 0,
            dials: 0,
            talks: 0,
            transfers: 0,
            recordings: 0,
            kept: 0,
            soundings: 0,
            sound_tickets: 0,
            // The reconciler's round.
            timers: 1,
        };
        if held.centre != nothing || (held.lines, held.outgoing, held.ports) != (0, 0, 0) {
            self.fault(format!("the node still holds {held:?}"));
        }
        if held.dialogs != 0 {
            self.fault(format!("the node still holds {} SIP dialogs", held.dialogs));
        }
        self.repairs += figures.repairs;
        if self.repairs != 0 {
            let repairs = self.repairs;
            self.fault(format!("{repairs} repairs"));
        }
        let begun = figures.calls_arrived + figures.calls_made;
        if self.life == 1 && begun != figures.calls_ended {
            self.fault(format!("{begun} calls began, {} ended", figures.calls_ended));
        }
    }

    fn fault(&mut self, what: String) {
        self.note(|| format!("FAULT: {what}"));
        self.referee.faults.push(what);
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        match self.scenario.trace {
            Trace::Off => {}
            Trace::On => {
                let line = format!("{:>12.3} {}", self.now.as_secs_f64(), line());
                self.trace.push(line);
            }
        }
    }
}
