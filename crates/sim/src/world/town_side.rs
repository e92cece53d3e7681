//! What callers, carriers and agents do, and what they see.

use super::{Happening, Mood, Patience, World};
use crate::caller::{Called, Over};
use crate::carrier::{audio_port, writing};
use crate::desk::Act;
use crate::network;
use crate::town::APP;
use centre::centre::PageChange;
use centre::desk::{Desk, DeskCommand};
use centre::node::Input;
use sip::EndCause;
use std::time::Duration;

/// How long a word of a page takes to the node, and back: a stream keeps its order.
const PAGE_DELAY: Duration = Duration::from_millis(25);

/// How long a change of the sound may take: as long as an answer is repeated.
const SETTLED: Duration = Duration::from_secs(33);

impl World {
    pub(super) fn calls(&mut self, caller: usize) {
        let Some(who) = self.callers.get_mut(caller) else { return };
        let to = match who.called {
            Called::Right(which) => writing(which),
            Called::Wrong => "0086075500000000",
        };
        who.seen.called_at = self.now;
        who.seen.door_was_shut = !self.door.is_open();
        let carrier = usize::from(who.carrier);
        let (number, patience) = (who.number.clone(), who.plan.patience);
        let dialog = self.carriers[carrier].call(caller, (&number, to), self.now);
        self.callers[caller].dialog = Some(dialog);
        self.note(|| format!("caller {caller} calls {to}"));
        self.after(patience, Happening::HangsUp(caller, Patience::Waiting));
        self.drain_carrier(carrier);
    }

    pub(super) fn presses(&mut self, caller: usize, key: char) {
        let who = &self.callers[caller];
        let (Some(leg), None, None) = (who.leg, who.seen.over, who.seen.hung_up_at) else { return };
        if who.seen.node_died {
            return;
        }
        self.note(|| format!("caller {caller} presses {key}"));
        for event in self.engine.digit(leg, key, &mut self.luck) {
            self.told(Duration::from_millis(2), event);
        }
    }

    pub(super) fn holds(&mut self, caller: usize) {
        let who = &self.callers[caller];
        let (Some(dialog), None, None) = (who.dialog, who.seen.over, who.seen.hung_up_at) else { return };
        let carrier = usize::from(who.carrier);
        self.carriers[carrier].offer_again((dialog, caller), self.now);
        self.drain_carrier(carrier);
    }

    pub(super) fn hangs_up(&mut self, caller: usize, patience: Patience) {
        let who = &mut self.callers[caller];
        let talks = who.seen.bridged_at.is_some();
        let right_time = match patience {
            Patience::Waiting => !talks,
            Patience::Talking => talks,
            Patience::Silence => who.seen.node_died,
        };
        let (Some(dialog), None, None, true) = (who.dialog, who.seen.over, who.seen.hung_up_at, right_time) else {
            return;
        };
        who.seen.hung_up_at = Some(self.now);
        // An ACK that was lost comes again with the next copy of its answer.
        let settled = who.seen.held_at.is_some_and(|at| at + SETTLED < self.now) && !who.seen.node_died;
        if settled && who.leg.is_some_and(|leg| self.engine.ignores_hold(leg)) {
            self.fault(format!("caller {caller} is held and is sent sound all the same"));
        }
        let who = &self.callers[caller];
        let carrier = usize::from(who.carrier);
        self.note(|| format!("caller {caller} hangs up ({patience:?})"));
        self.carriers[carrier].hang_up(dialog, self.now);
        self.drain_carrier(carrier);
    }

    /// The caller hears an agent for the first time.
    pub(super) fn hears_agent(&mut self, caller: usize) {
        let who = &mut self.callers[caller];
        if who.seen.bridged_at.is_some() {
            return;
        }
        who.seen.bridged_at = Some(self.now);
        let talk = who.plan.talk;
        self.after(talk, Happening::HangsUp(caller, Patience::Talking));
    }

    pub(super) fn reaches_carrier(&mut self, carrier: u8, bytes: &[u8]) {
        let index = usize::from(carrier);
        let flow = self.carriers[index].flow();
        self.carriers[index].endpoint.receive(flow, bytes, self.now);
        self.drain_carrier(index);
    }

    pub(super) fn drain_carrier(&mut self, carrier: usize) {
        while let Some(output) = self.carriers[carrier].endpoint.poll_output() {
            match output {
                sip::Output::Transmit { flow: _, bytes } => {
                    let flow = self.carriers[carrier].node_flow();
                    let bytes = self.carriers[carrier].border(bytes);
                    self.note(|| format!("sip: {}", first_line(&bytes)));
                    for delay in network::arrivals(&mut self.luck, &self.scenario) {
                        self.after(delay, Happening::ToNode { flow, bytes: bytes.clone() });
                    }
                }
                sip::Output::Event(event) => self.carrier_sees(carrier, event),
            }
        }
    }

    fn carrier_sees(&mut self, carrier: usize, event: sip::Event) {
        match event {
            sip::Event::Answered { dialog, answer } => {
                let Some(caller) = self.carriers[carrier].caller(dialog) else { return };
                self.is_answered(caller, &answer);
            }
            sip::Event::Incoming(call) => self.is_called(carrier, &call),
            sip::Event::Confirmed { dialog, answer: _ } => {
                let now = self.now;
                if let Some(callee) = self.callee(carrier, dialog) {
                    callee.confirmed_at = Some(now);
                }
            }
            sip::Event::Ended { dialog, cause } => {
                let now = self.now;
                if let Some(callee) = self.callee(carrier, dialog) {
                    let twice = callee.over.replace(now).is_some();
                    if twice {
                        self.fault("the dialog of somebody who was called ended twice".to_owned());
                    }
                    return;
                }
                let Some(caller) = self.carriers[carrier].caller(dialog) else { return };
                self.note(|| format!("caller {caller}'s dialog is over: {cause:?}"));
                let over = match cause {
                    EndCause::Bye { .. } => Over::NodeHungUp,
                    EndCause::Refused { status, .. } => Over::Refused(status),
                    EndCause::Cancelled { .. }
                    | EndCause::Redirected { .. }
                    | EndCause::SessionExpired
                    | EndCause::NoAck
                    | EndCause::Timeout
                    | EndCause::Unreachable
                    | EndCause::Local => Over::Otherwise,
                };
                if self.callers[caller].seen.over.replace((self.now, over)).is_some() {
                    self.fault(format!("the dialog of caller {caller} ended twice"));
                }
            }
            sip::Event::OfferAnswered { dialog, answer: Some(_) } => {
                if let Some(caller) = self.carriers[carrier].caller(dialog) {
                    self.callers[caller].seen.held_at = Some(self.now);
                }
            }
            sip::Event::Rejected { .. }
            | sip::Event::Progress { .. }
            | sip::Event::Offered { .. }
            | sip::Event::OfferAnswered { dialog: _, answer: None }
            | sip::Event::Digit { .. }
            | sip::Event::Registered { .. }
            | sip::Event::TransferAsked { .. }
            | sip::Event::TrunkState { .. }
            | sip::Event::AddressState { .. } => {}
        }
    }

    fn is_answered(&mut self, caller: usize, answer: &[u8]) {
        let port = audio_port(answer);
        let leg = port.and_then(|port| self.engine.on_port(port));
        let who = &mut self.callers[caller];
        who.seen.answered_at = Some(self.now);
        who.leg = leg;
        let plan = who.plan.clone();
        self.note(|| format!("caller {caller} is answered on port {port:?}"));
        for (after, key) in plan.keys {
            self.after(after, Happening::Presses(caller, key));
        }
        if let Some(after) = plan.holds_after {
            self.after(after, Happening::Holds(caller));
        }
    }

    pub(super) fn opens_page(&mut self, agent: usize) {
        if self.closing || self.agents[agent].page.is_some() {
            return;
        }
        if self.door.gone {
            // Nobody can sign in; the browser tries again.
            return self.after(Duration::from_secs(2), Happening::OpensPage(agent));
        }
        let page = self.agents[agent].open_page();
        self.after(PAGE_DELAY, Happening::PageConnected { agent, page });
    }

    pub(super) fn close_page(&mut self, agent: usize) {
        if let Some(page) = self.agents[agent].page.take() {
            self.agents[agent].mood += 1;
            self.after(PAGE_DELAY, Happening::PageLost { agent, page });
        }
    }

    pub(super) fn page_changes(&mut self, (agent, page): (usize, u64), change: PageChange) {
        let connected = change == PageChange::Connected;
        let id = self.agents[agent].id;
        self.note(|| format!("agent {id}: page {page} connected: {connected}"));
        if self.node.is_none() || (connected && self.door.gone) {
            // The browser tries again.
            if connected && self.agents[agent].page == Some(page) {
                self.agents[agent].page = None;
                self.after(Duration::from_secs(2), Happening::OpensPage(agent));
            }
            return;
        }
        self.tell_node(Input::Page { app: APP, agent: id, page, connected });
    }

    /// The node tells a page what it is to show.
    pub(super) fn show_page(&mut self, desk: Box<Desk>) {
        let Some(agent) = self.agents.iter().position(|agent| agent.id == desk.agent) else { return };
        if let Some(page) = self.agents[agent].page {
            self.after(PAGE_DELAY, Happening::ToPage { life: self.life, agent, page, desk });
        }
    }

    pub(super) fn page_shows(&mut self, (agent, page): (usize, u64), desk: Desk) {
        if self.agents[agent].page != Some(page) {
            return;
        }
        let id = self.agents[agent].id;
        self.note(|| format!("agent {id} sees {:?} sound {:?}", desk.presence, desk.sound));
        match self.agents[agent].see(desk, &mut self.luck, self.scenario.people) {
            Ok(plan) => {
                for (after, act) in plan {
                    let any = matches!(act, Act::Command(DeskCommand::OfferSound { .. })) || self.luck.chance(0.1);
                    let mood = if any { Mood::Any } else { Mood::Only(self.agents[agent].mood) };
                    self.after(after, Happening::Acts { agent, mood, act });
                }
            }
            Err(fault) => self.fault(fault),
        }
    }

    pub(super) fn acts(&mut self, agent: usize, mood: Mood, act: Act) {
        let Some(page) = self.agents[agent].page else { return };
        if mood != Mood::Any && mood != Mood::Only(self.agents[agent].mood) {
            return;
        }
        let id = self.agents[agent].id;
        self.note(|| format!("agent {id} does {act:?}"));
        match act {
            Act::Command(command) => self.after(PAGE_DELAY, Happening::FromPage { agent, page, command }),
            Act::Reload => {
                self.close_page(agent);
                let after = self.luck.millis(100, 4_000);
                self.after(after, Happening::OpensPage(agent));
            }
            Act::Vanish(away) => {
                self.close_page(agent);
                self.after(away, Happening::OpensPage(agent));
            }
        }
    }

    pub(super) fn page_asks(&mut self, (agent, page): (usize, u64), command: DeskCommand) {
        // What a closed page still had in its hands is lost with it, sometimes.
        if self.node.is_none() || (self.agents[agent].page != Some(page) && self.luck.chance(0.5)) {
            return;
        }
        let id = self.agents[agent].id;
        self.tickets += 1;
        let ticket = self.tickets;
        self.referee.asked(ticket, id);
        self.tell_node(Input::Desk { app: APP, agent: id, ticket, command });
    }
}

fn first_line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned()
}
