//! What an offer within a call means for the talk: whoever wants to hear nothing holds it.

use super::Output;
use super::wiring::Node;
use crate::Now;
use crate::centre;
use crate::leg::Hold;
use media::{LegId, PlainParams};
use sip::sdp::Direction;

impl Node {
    /// A leg speaks anew after an offer and its answer.
    pub(super) fn speaks_anew(&mut self, leg: LegId, params: PlainParams, now: Now) {
        let direction = self.lines.get_mut(leg).map_or(Direction::SendReceive, |line| line.far_direction);
        self.effects.push_back(Output::Media(media::Command::UpdatePlain { leg, params }));
        self.holds_by(leg, direction, now);
    }

    /// The far end of a leg offers to do this from now on.
    pub(super) fn holds_by(&mut self, leg: LegId, direction: Direction, now: Now) {
        // RFC 3264 §8.4; the address 0.0.0.0 was read as `sendonly`.
        let hold = match direction {
            Direction::SendReceive | Direction::ReceiveOnly => Hold::Ends,
            Direction::SendOnly => Hold::Sounds,
            Direction::Inactive => Hold::Begins,
        };
        self.centre.handle(centre::Input::Hold { leg, hold }, now);
    }
}
