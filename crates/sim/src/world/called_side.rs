//! What happens to the calls that agents make, on the carriers' side.

use super::{Happening, World};
use crate::callee::{self, Callee, Deed};
use crate::carrier::audio_port;
use sip::{DialogId, IncomingCall};

impl World {
    /// A call of the node reaches a carrier.
    pub(super) fn is_called(&mut self, carrier: usize, call: &IncomingCall) {
        let port = call.offer.as_deref().and_then(audio_port);
        let leg = port.and_then(|port| self.engine.on_port(port));
        if leg.is_none() && self.node.is_some() {
            self.fault(format!("{} was called before there was a place to hear it", call.called));
        }
        let index = self.callees.len();
        let (number, dialog) = (call.called.clone(), call.dialog);
        self.note(|| format!("callee {index} {number} is called"));
        let node_died = self.node.is_none();
        let (answered_at, confirmed_at, refused, over) = (None, None, None, None);
        let callee = Callee { number, carrier, dialog, answered_at, confirmed_at, refused, over, node_died };
        self.callees.push(callee);
        for (after, deed) in callee::plan(&mut self.luck) {
            self.after(after, Happening::Called(index, deed));
        }
    }

    pub(super) fn callee_does(&mut self, index: usize, deed: Deed) {
        let now = self.now;
        let who = &mut self.callees[index];
        if who.over.is_some() || who.refused.is_some() {
            return;
        }
        match deed {
            Deed::PicksUp => who.answered_at = Some(now),
            Deed::Refuses(status) => who.refused = Some(status),
            Deed::Rings | Deed::Sounds | Deed::HangsUp => {}
        }
        let (carrier, dialog) = (who.carrier, who.dialog);
        self.note(|| format!("callee {index}: {deed:?}"));
        self.carriers[carrier].answers((dialog, index), deed, now);
        self.drain_carrier(carrier);
    }

    /// Whose dialog it is, of those who were called.
    pub(super) fn callee(&mut self, carrier: usize, dialog: DialogId) -> Option<&mut Callee> {
        self.callees.iter_mut().find(|callee| callee.carrier == carrier && callee.dialog == dialog)
    }

    /// The node is gone: whoever was called hears nothing any more, and hangs up.
    pub(super) fn callees_hear_silence(&mut self) {
        for index in 0..self.callees.len() {
            if self.callees[index].over.is_none() {
                self.callees[index].node_died = true;
                let after = self.luck.millis(3_000, 20_000);
                self.after(after, Happening::Called(index, Deed::HangsUp));
            }
        }
    }
}
