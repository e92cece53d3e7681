//! Attended transfers: a telephone that has two calls joins the two others. One call goes
//! on, the older one where both can; the other ends, and its far leg moves over.

use super::transfer::Giving;
use super::{Centre, Output};
use crate::catalogue::{self, Code};
use crate::journal::{HungUpSide, TransferKind};
use crate::journals::{Cause, Ending};
use crate::leg::Kind;
use crate::node::LogLevel;
use crate::presence::Change;
use crate::talk::Side;
use crate::transfer::News;
use crate::{AgentKey, Now};
use media::LegId;

/// Who moves from the call that ends to the one that goes on.
struct Mover {
    leg: LegId,
    agent: Option<AgentKey>,
    number: String,
}

impl Centre {
    /// Joins the far sides of two calls of one telephone. The one that asked is told.
    pub(super) fn join_calls(&mut self, (asked, other): (Giving, LegId), now: Now) -> Result<(), &'static Code> {
        let other = self.giving(other)?;
        if (asked.app, asked.phone) != (other.app, other.phone) || asked.call == other.call {
            return Err(catalogue::TRANSFER_NOT_PERMITTED);
        }
        let (stays, ends, mover) = self.who_moves(asked, other).ok_or(catalogue::TRANSFER_NOT_PERMITTED)?;
        self.outputs.push_back(Output::Transfer { leg: asked.leg, news: News::Tried });
        let line = self.asked(stays, TransferKind::Attended, mover.number.clone());
        self.append(stays.call, line, now);
        // It leaves its own call before that ends.
        self.talks.leave(ends.call, ends.side.other());
        self.legs.take_back(mover.leg);
        let before = self.hand_over((stays.call, stays.side), (mover.leg, mover.agent), now);
        self.outputs.push_back(Output::Transfer { leg: asked.leg, news: News::Status(200) });
        self.measure_last(stays.leg);
        self.legs.remove(stays.leg);
        self.outputs.push_back(Output::LetGo { leg: stays.leg, status: 480 });
        let cause = Some(Cause::Code(catalogue::CALLS_JOINED));
        self.end_call(ends.call, Ending::ordinary(HungUpSide::Seat).because(cause), now);
        self.log(LogLevel::Info, "calls joined", &[("call", &stays.call), ("other", &ends.call)]);
        if let Some(key) = before {
            self.free_agent(key, now);
        }
        if let Some(key) = mover.agent {
            let kind = self.legs.get(mover.leg).map(|leg| leg.kind);
            if let (Some(agent), Some(Kind::Phone(_))) = (self.agent_mut(key), kind) {
                agent.reach.phone_call = Some(stays.call);
            }
            // Whoever moves talked: the reconciler watches that it is so.
            let _late = self.change(key, Change::Moved { call: stays.call }, now);
        }
        Ok(())
    }

    fn who_moves(&self, asked: Giving, other: Giving) -> Option<(Giving, Giving, Mover)> {
        let began = |giving: &Giving| self.journals.get(giving.call).map(|journal| journal.record.started_ms);
        let (older, younger) = if began(&other) < began(&asked) { (other, asked) } else { (asked, other) };
        [(older, younger), (younger, older)]
            .into_iter()
            .find_map(|(stays, ends)| Some((stays, ends, self.mover(ends, stays.side)?)))
    }

    /// Who can take this side of another call. A page's sound belongs to its agent, and a
    /// call needs a leg of its own on the customer's side.
    fn mover(&self, ends: Giving, to: Side) -> Option<Mover> {
        let talk = self.talks.get(ends.call)?;
        let leg = talk.leg(ends.side.other());
        let own = match self.legs.get(leg)?.kind {
            Kind::Browser => false,
            Kind::Trunk(_) | Kind::Phone(_) | Kind::Virtual => true,
        };
        let fits = own || to == Side::Seat;
        let mover = Mover { leg, agent: talk.people.at(ends.side.other()), number: self.stays(ends) };
        fits.then_some(mover)
    }
}
