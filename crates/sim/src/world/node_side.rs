//! What goes into the node and comes out of it, and how it dies.

use super::{Happening, Patience, World};
use crate::engine::{Engine, Follows};
use crate::network;
use crate::referee::WALL_MS;
use crate::town::{APP, carrier_address, node_address};
use centre::node::{Input, Node, NodeConfig, Output};
use centre::{Now, TrunkId};
use std::time::Duration;

impl World {
    pub(super) fn node_starts(&mut self) {
        self.life += 1;
        self.door.draining = false;
        self.born = self.now;
        self.engine = Engine::new(self.scenario.people);
        self.engine_clock = self.now;
        let config = NodeConfig {
            seed: self.luck.seed(),
            media_address: node_address().ip(),
            digest: sip::DigestOffer::default(),
            media_address_v6: None,
            rtp_ports: (20_000, 20_999),
        };
        self.note(|| "the node starts".to_owned());
        self.node = Some(Node::new(config, self.clock()));
        self.publish_settings();
        let journals = self.referee.unfinished();
        self.tell_node(Input::Restore { journals, died_ms: self.died_ms });
    }

    pub(super) fn node_dies(&mut self) {
        let Some(node) = self.node.take() else { return };
        self.note(|| "the node dies".to_owned());
        self.crashes += 1;
        self.repairs += node.figures().repairs;
        let died_ms = WALL_MS + self.now.as_millis() as i64;
        self.referee.node_died(died_ms);
        // It says that it is alive once a second.
        self.died_ms = Some(died_ms - died_ms % 1_000);
        self.referee.faults.append(&mut self.engine.faults);
        self.life += 1;
        for caller in 0..self.callers.len() {
            if self.callers[caller].dialog.is_some() && self.callers[caller].seen.over.is_none() {
                self.callers[caller].seen.node_died = true;
                let after = self.luck.millis(3_000, 20_000);
                self.after(after, Happening::HangsUp(caller, Patience::Silence));
            }
        }
        self.callees_hear_silence();
        for agent in 0..self.agents.len() {
            if self.agents[agent].page.take().is_some() {
                let after = self.luck.millis(3_500, 9_000);
                self.after(after, Happening::OpensPage(agent));
            }
        }
        let down = self.luck.millis(200, 3_000);
        self.after(down, Happening::NodeStarts);
    }

    pub(super) fn publish_settings(&mut self) {
        if self.node.is_none() {
            return;
        }
        let settings = if self.door.gone {
            None
        } else {
            self.load_sounds();
            Some(Box::new(self.settings.clone()))
        };
        let known = settings.is_some();
        self.tell_node(Input::Settings { app: APP, settings });
        for carrier in (0..self.carriers.len()).filter(|_| known) {
            let flows = vec![self.carriers[carrier].node_flow()];
            self.tell_node(Input::TrunkAddresses { trunk: TrunkId(1 + carrier as u64), flows });
        }
    }

    pub(super) fn clock(&self) -> Now {
        Now { mono: self.now - self.born, wall_ms: WALL_MS + self.now.as_millis() as i64 }
    }

    /// One input for the node, and everything that comes of it.
    pub(super) fn tell_node(&mut self, input: Input<'_>) {
        let now = self.clock();
        let Some(node) = &mut self.node else { return };
        node.handle(input, now);
        let mut outputs = Vec::new();
        while let Some(output) = node.poll_output() {
            outputs.push(output);
        }
        let mut visible = false;
        for output in outputs {
            let durable = matches!(output, Output::Journal(_) | Output::Record(_));
            if durable && visible {
                self.fault("an effect was visible before its journal entry".to_owned());
            }
            visible |= !durable && !matches!(output, Output::Log(_));
            self.wanted(output);
        }
    }

    fn wanted(&mut self, output: Output) {
        match output {
            Output::Transmit { flow, bytes } => {
                let carriers = 0..crate::town::CARRIERS;
                let Some(carrier) = carriers.into_iter().find(|id| carrier_address(*id) == flow.remote) else {
                    return self.fault(format!("the node sent to {}", flow.remote));
                };
                for delay in network::arrivals(&mut self.luck, &self.scenario) {
                    self.after(delay, Happening::ToCarrier { carrier, bytes: bytes.clone() });
                }
            }
            Output::Media(command) => {
                self.note(|| format!("media: {command:?}"));
                for follows in self.engine.command(command, &mut self.luck) {
                    self.follows(follows);
                }
            }
            Output::Journal(entry) => {
                self.note(|| format!("journal: {} {:?}", entry.call, entry.event));
                self.referee.journal(entry);
            }
            Output::Record(record) => self.referee.record(*record),
            Output::Desk { app: _, desk } => self.show_page(desk),
            Output::SoundAnswer { .. } => {}
            Output::DeskAnswer { ticket, result } => {
                self.note(|| format!("answer {ticket}: {:?}", result.map_err(|code| code.id)));
                self.referee.answered(ticket, result.is_ok());
            }
            Output::Log(line) => self.note(|| format!("log: {} {:?}", line.message, line.fields)),
        }
    }

    fn follows(&mut self, follows: Follows) {
        match follows {
            Follows::Told(delay, event) => self.told(delay, event),
            Follows::Ends(delay, leg, playback) => {
                self.after(delay, Happening::PlaybackDue { life: self.life, leg, playback });
            }
            Follows::Hears(leg) => {
                let heard =
                    self.callers.iter().position(|caller| caller.leg == Some(leg) && caller.seen.over.is_none());
                if let Some(caller) = heard {
                    self.hears_agent(caller);
                }
            }
        }
    }

    /// The engine tells the node something; what is about one leg keeps its order.
    pub(super) fn told(&mut self, delay: Duration, event: media::Event) {
        let life = self.life;
        let at = if delay < Duration::from_millis(10) {
            self.engine_clock = self.engine_clock.max(self.now + delay);
            self.engine_clock
        } else {
            self.now + delay
        };
        self.after(at - self.now, Happening::Told { life, event });
    }
}
