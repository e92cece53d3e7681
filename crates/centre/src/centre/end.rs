//! The end of a call, from whatever stage: every machine gives up its part,
//! the journal gets its last entry, and the record goes out. Once.

use super::{Admission, Centre, GroupKey, Left, Output};
use crate::catalogue::{self, Code};
use crate::dial;
use crate::journal::{CallEvent, EndStatus, HungUpSide, OfferEnd};
use crate::journals::{Cause, Ending, KeptFor};
use crate::leg::Owner;
use crate::node::LogLevel;
use crate::presence::{Change, Presence};
use crate::timers::Timer;
use crate::transfer::Part;
use crate::{AgentKey, CallId, Now, SdkAppId};
use media::LegId;

impl Centre {
    /// The far end of a leg went away. A leg that we released already is not known any more.
    pub(super) fn left(&mut self, leg: LegId, how: Left, now: Now) {
        match self.part_in_transfer(leg) {
            Some((call, Part::Giver)) => return self.giver_left(call, leg, now),
            Some((call, Part::Newcomer)) => return self.newcomer_left(call, &how, now),
            None => {}
        }
        let call = match self.legs.get(leg).map(|leg| leg.owner) {
            Some(Owner::Call(call)) => call,
            Some(Owner::Seat(call)) => return self.seat_left(call, how, now),
            Some(Owner::Newcomer(_) | Owner::Agent(_)) | None => return,
        };
        let dialled = self.dials.get(call).is_some();
        let ending = match how {
            Left::Redirected { users } => return self.redirected(call, users, now),
            Left::Refused { .. } if dialled && self.goes_on(call, now) => return,
            Left::Refused { status, cause } => return self.far_refused(call, (status, cause.as_deref()), now),
            Left::HungUp { cause } if dialled => return self.far_refused(call, (480, cause.as_deref()), now),
            Left::Vanished if dialled => {
                return self.dial_failed(call, (EndStatus::OperatorError, catalogue::TRUNK_UNREACHABLE), now);
            }
            Left::HungUp { cause } => Ending::ordinary(HungUpSide::User).because(cause.map(Cause::Carrier)),
            Left::Vanished => Ending::failure(catalogue::CALLER_VANISHED),
        };
        self.end_call(call, ending, now);
    }

    /// A telephone on our side of a call is gone.
    fn seat_left(&mut self, call: CallId, how: Left, now: Now) {
        if self.offers.of_call(call).is_some() {
            return self.seat_refused(call, &how, now);
        }
        let ending = match how {
            Left::HungUp { cause } => Ending::ordinary(HungUpSide::Seat).because(cause.map(Cause::Carrier)),
            Left::Refused { .. } | Left::Redirected { .. } | Left::Vanished => {
                Ending::ordinary(HungUpSide::Seat).because(Some(Cause::Code(catalogue::CALLER_VANISHED)))
            }
        };
        self.end_call(call, ending, now);
    }

    pub(super) fn hang_up_call(&mut self, (app, call): (SdkAppId, CallId), ticket: u64, now: Now) {
        let known = self.app_of(call) == Some(app);
        if known {
            let cause = Some(Cause::Code(catalogue::ENDED_FROM_OUTSIDE));
            self.end_call(call, Ending::ordinary(HungUpSide::System).because(cause), now);
        }
        let result = if known { Ok(()) } else { Err(catalogue::CALL_UNKNOWN) };
        self.outputs.push_back(Output::DeskAnswer { ticket, result });
    }

    /// The node is stopped: nobody new, and every call that is left ends.
    pub(super) fn stop(&mut self, now: Now) {
        self.admission = Admission::Draining;
        let calls: Vec<CallId> = self.journals.iter().map(|(call, _)| call).collect();
        for call in calls {
            self.end_call(call, Ending::failure(catalogue::NODE_STOPPED), now);
        }
    }

    pub(super) fn hang_up_by_agent(&mut self, key: AgentKey, call: CallId, now: Now) -> Result<(), &'static Code> {
        let current = self.agent(key).and_then(|agent| agent.talking().or(agent.dialling()));
        if current != Some(call) {
            return Err(catalogue::NOT_IN_CALL);
        }
        self.leave_call(key, call, now);
        Ok(())
    }

    /// An agent wants no part in a call: one who is only called for it does not end it.
    pub(super) fn leave_call(&mut self, key: AgentKey, call: CallId, now: Now) {
        if self.transfers.calls(call, key) {
            self.transfer_fails(call, dial::told(EndStatus::UserReject), now);
        } else {
            self.end_call(call, Ending::ordinary(self.side_of(key, call)), now);
        }
    }

    pub(super) fn talked_too_long(&mut self, call: CallId, now: Now) {
        if self.talks.get(call).is_some_and(|talk| talk.until <= now.mono) {
            let cause = Some(Cause::Code(catalogue::TALK_TOO_LONG));
            self.end_call(call, Ending::ordinary(HungUpSide::System).because(cause), now);
        }
    }

    /// Ends a call. One that is over already stays as it is.
    pub(super) fn end_call(&mut self, call: CallId, ending: Ending, now: Now) {
        let Some(journal) = self.journals.get(call) else { return };
        let app = journal.record.app;
        let status = ending.status(&journal.progress);
        let rang = self.give_up_offer(call, ending.by, now);
        self.give_up_queue(app, call, now);
        self.leave_flow(call);
        self.stop_recording(call, now);
        self.measure_call(call);
        let dialled = self.drop_dial(call, status);
        let waited = self.waiting_agents.remove(&call);
        self.drop_transfer(call, now);
        let talked = self.talks.end(call).map(|talk| talk.people);
        for timer in [Timer::Arriving(call), Timer::Flow(call), Timer::Wait(call), Timer::Talk(call)] {
            self.timers.stop(timer);
        }
        let cause = ending.cause.as_ref().map(Cause::text);
        self.append(call, CallEvent::Ended { by: ending.by, status, cause }, now);
        self.work.overfull.remove(&call);
        self.figures.calls_ended += 1;
        self.log(LogLevel::Info, "call ended", &[("call", &call), ("status", &status.word())]);
        let journal = self.journals.remove(call).expect("it was there when this function began");
        self.outputs.push_back(Output::Record(Box::new(journal.record.clone())));
        self.let_customer_go(call, ending.cause.as_ref().and_then(Cause::code));
        if let Some(key) = rang {
            let why = offer_end(ending.by);
            // The agent cannot have moved on: only the end of the offer leads out of it.
            let _late = self.change(key, Change::OfferOver(why), now);
        }
        // A telephone of ours that waited for an answer is told how it ended.
        self.let_seat_go(call, dial::told(status));
        for key in dialled.into_iter().flat_map(|people| people.iter()).chain(waited) {
            // Whoever dials is in that state: the reconciler watches that it is so.
            let _late = self.change(key, Change::DialOver, now);
        }
        let mut written_up = false;
        for key in talked.into_iter().flat_map(|people| people.iter()) {
            self.free_agent(key, now);
            written_up |= self.agent(key).is_some_and(|agent| matches!(agent.presence(), Presence::WrapUp { .. }));
        }
        let gave = journal.record.transfers.iter().filter_map(|transfer| transfer.agent);
        let mut gave = gave.filter_map(|agent| self.agent(AgentKey { app, agent }));
        written_up |= gave.any(|agent| super::people::written_up(agent.presence()) == Some(call));
        let reasons = [(KeptFor::WrapUp, written_up), (KeptFor::Figures, self.soundings.awaits(call))];
        self.journals.keep(journal, reasons.into_iter().filter(|(_, holds)| *holds).map(|(what, _)| what).collect());
    }

    /// The customer's leg ends with the call; an agent's own leg does not.
    fn let_customer_go(&mut self, call: CallId, why: Option<&'static Code>) {
        let Some(leg) = self.legs.of_call(call).copied() else { return };
        match leg.owner {
            Owner::Call(_) | Owner::Seat(_) | Owner::Newcomer(_) => {
                self.legs.remove(leg.id);
                self.outputs.push_back(Output::Release { leg: leg.id, why });
            }
            Owner::Agent(_) => {
                self.hush_leg(leg.id);
                self.legs.take_back(leg.id);
                self.media_command(media::Command::Unbridge { leg: leg.id });
            }
        }
    }

    /// Closes the offer that rings for a call; gives the agent whose desk rang.
    fn give_up_offer(&mut self, call: CallId, by: HungUpSide, now: Now) -> Option<AgentKey> {
        let id = self.offers.of_call(call)?.id;
        let offer = self.offers.close(id)?;
        self.timers.stop(Timer::Offer(id));
        self.append(call, CallEvent::OfferEnded { offer: id, why: offer_end(by) }, now);
        Some(offer.agent)
    }

    fn give_up_queue(&mut self, app: SdkAppId, call: CallId, now: Now) {
        let Some(yard) = self.yards.get_mut(&app) else { return };
        if let Some(waiting) = yard.queues.leave(call) {
            self.queue_changed(GroupKey { app, group: waiting.group }, now);
        }
    }

    /// The agent's call is over: write it up, or be ready; or go, if the account is gone.
    pub(super) fn free_agent(&mut self, key: AgentKey, now: Now) {
        let wrap_up = self.wrap_up(key.app);
        // Whoever was in a talk is in that state: the reconciler watches that it is so.
        let _late = self.change(key, Change::CallOver { wrap_up }, now);
        let employed = self.directories.get(&key.app).is_some_and(|d| d.settings.staff.contains_key(&key.agent));
        if !employed {
            self.dismiss(key, now);
        }
    }
}

fn offer_end(by: HungUpSide) -> OfferEnd {
    match by {
        HungUpSide::User => OfferEnd::CallerLeft,
        HungUpSide::System | HungUpSide::Seat => OfferEnd::Withdrawn,
    }
}
