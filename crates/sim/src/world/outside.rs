//! What comes from outside of calls: a supervisor who ends one, an
//! administrator who removes the whole application, an operator who stops the
//! node in good order.

use super::{Happening, World};
use crate::town::{APP, SOUNDS_MS, node_address};
use centre::SoundFileId;
use centre::node::Input;
use sip::{Flow, Transport};
use std::time::Duration;

/// How long the last BYEs of an orderly stop have.
const LAST_WORDS: Duration = Duration::from_millis(800);

/// How welcome new calls are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Door {
    /// The node takes no new calls.
    pub(super) draining: bool,
    /// There is no application.
    pub(super) gone: bool,
}

impl Door {
    pub(super) fn is_open(self) -> bool {
        !self.draining && !self.gone
    }
}

impl World {
    /// A supervisor ends a call, now and then one that is over already.
    pub(super) fn boss_ends_a_call(&mut self) {
        if self.node.is_none() {
            return;
        }
        let (live, over) = self.referee.calls();
        let from = if live.is_empty() || self.luck.chance(0.2) { over } else { live };
        if from.is_empty() {
            return;
        }
        let call = *self.luck.pick(&from);
        self.tickets += 1;
        self.note(|| format!("a supervisor ends {call}"));
        self.referee.boss_asked(self.tickets, call);
        self.tell_node(Input::HangUpCall { app: APP, call, ticket: self.tickets });
    }

    /// A connection that no call uses is gone.
    pub(super) fn stranger_leaves(&mut self) {
        let remote = ([203, 0, 113, 5], 5060).into();
        let connection = 1 + self.luck.below(1_000);
        let flow = Flow { transport: Transport::Tcp, local: node_address(), remote, connection };
        self.tell_node(Input::FlowClosed { flow });
    }

    pub(super) fn node_drains(&mut self) {
        if self.node.is_none() || self.door.draining {
            return;
        }
        self.note(|| "the node drains".to_owned());
        self.door.draining = true;
        self.may_be_refused();
        self.tell_node(Input::Drain);
        let after = self.luck.millis(1_000, 60_000);
        self.after(after, Happening::NodeStops { life: self.life });
    }

    pub(super) fn node_stops(&mut self, life: u64) {
        if self.life != life || self.node.is_none() {
            return;
        }
        self.note(|| "the node stops".to_owned());
        self.tell_node(Input::Stop);
        if !self.referee.calls().0.is_empty() {
            self.fault("calls were left after an orderly stop".to_owned());
        }
        self.after(LAST_WORDS, Happening::NodeDies);
    }

    pub(super) fn application_goes(&mut self) {
        if self.door.gone {
            return;
        }
        self.note(|| "the application is removed".to_owned());
        self.door.gone = true;
        self.may_be_refused();
        for agent in 0..self.agents.len() {
            if self.agents[agent].page.is_some() {
                self.close_page(agent);
                self.after(Duration::from_secs(2), Happening::OpensPage(agent));
            }
        }
        self.publish_settings();
        if self.node.is_some() && !self.referee.calls().0.is_empty() {
            self.fault("calls were left of an application that is gone".to_owned());
        }
        let after = self.luck.millis(1_000, 60_000);
        self.after(after, Happening::ApplicationComes);
    }

    pub(super) fn application_comes(&mut self) {
        self.note(|| "the application is back".to_owned());
        self.door.gone = false;
        self.publish_settings();
    }

    /// Calls that are not answered yet may meet a closed door.
    fn may_be_refused(&mut self) {
        for caller in &mut self.callers {
            if caller.dialog.is_some() && caller.seen.answered_at.is_none() && caller.seen.over.is_none() {
                caller.seen.door_was_shut = true;
            }
        }
    }

    /// What the shell does before new settings: the media engine holds all their sounds.
    pub(super) fn load_sounds(&mut self) {
        let ids = (1..=SOUNDS_MS.len() as u64).map(SoundFileId);
        let held = ids.filter(|id| self.settings.sounds.contains_key(id)).map(centre::node::media_sound);
        self.engine.load(held);
    }
}
