//! From the first sign of a call to its way through the flow.

use super::inside::UNPUBLISHED;
use super::{Arrival, Centre, Left, Output};
use crate::catalogue::{self, Code};
use crate::ivr::{self, Cursor};
use crate::journal::{CallEvent, EndStatus, HungUpSide};
use crate::journals::{Cause, EndKind, Ending, Journal};
use crate::leg::{Direction, Kind, Leg, LegState, Owner};
use crate::limits::LEG_SETUP;
use crate::node::{LogLevel, media_sound};
use crate::route::{Called, Route, route};
use crate::settings::canonical_number;
use crate::timers::Timer;
use crate::{CallId, Now, Pii, SoundFileId};
use media::{LegId, PlaybackEnd, PlaybackId};
use std::collections::VecDeque;

impl Centre {
    pub(super) fn arrived(&mut self, arrival: Arrival, now: Now) {
        match self.admit(&arrival, now) {
            Ok(route) => self.begin(arrival, route, now),
            Err(why) => {
                self.log(LogLevel::Info, "call refused", &[("trunk", &arrival.trunk), ("cause", &why.id)]);
                self.outputs.push_back(Output::Release { leg: arrival.leg, why: Some(why) });
            }
        }
    }

    fn admit(&mut self, arrival: &Arrival, now: Now) -> Result<Route, &'static Code> {
        self.is_open()?;
        let called = Called { trunk: arrival.trunk, from: arrival.from, number: &arrival.called };
        let route = route(&self.directories, called)?;
        self.room_on(route.trunk, route.app, now)?;
        Ok(route)
    }

    fn begin(&mut self, arrival: Arrival, route: Route, now: Now) {
        let call = CallId(self.fresh_uuid());
        let arrived = CallEvent::Arrived {
            trunk: route.trunk,
            caller: Pii::new(canonical_number(arrival.caller.expose())),
            callee: route.number,
            sip_call_id: arrival.sip_call_id,
            user_to_user: arrival.user_to_user,
        };
        let (journal, entry) =
            Journal::begin(route.app, call, arrived, now.wall_ms).expect("the first entry is an Arrived");
        self.journals.insert(journal);
        self.outputs.push_back(Output::Journal(entry));
        self.legs.insert(Leg {
            id: arrival.leg,
            direction: Direction::In,
            kind: Kind::Trunk(route.trunk),
            owner: Owner::Call(call),
            state: LegState::Opening,
            playing: None,
        });
        self.cursors.insert(call, Cursor::new(route.flow, route.sounds));
        self.timers.set(Timer::Arriving(call), now.mono + LEG_SETUP);
        self.figures.calls_arrived += 1;
        self.log(LogLevel::Info, "call arrived", &[("call", &call), ("app", &route.app), ("trunk", &route.trunk)]);
        self.outputs.push_back(Output::Open { leg: arrival.leg });
    }

    /// The media engine opened the caller's leg: answer, and begin the flow.
    pub(super) fn call_leg_opened(&mut self, call: CallId, leg: LegId, now: Now) {
        match self.legs.get_mut(leg) {
            // Ours: the far end is called now, and has not answered yet.
            Some(leg) if leg.state == LegState::Opening && leg.direction == Direction::Out => {
                leg.state = LegState::Calling;
                return;
            }
            Some(leg) if leg.state == LegState::Opening => leg.state = LegState::Open,
            // Told twice: the flow runs already.
            Some(_) | None => return,
        }
        self.timers.stop(Timer::Arriving(call));
        self.append(call, CallEvent::Answered, now);
        self.outputs.push_back(Output::Answer { leg });
        if let Some(cursor) = self.cursors.get(&call) {
            let (flow, version) = (cursor.flow().id, cursor.flow().version);
            if version != UNPUBLISHED {
                self.append(call, CallEvent::FlowStarted { flow, version }, now);
            }
        }
        self.flow(call, ivr::Input::Start, now);
    }

    /// A call's leg cannot be opened: nothing can be played to the caller.
    pub(super) fn not_opened(&mut self, leg: LegId, why: &'static Code, now: Now) {
        let owner = self.legs.get(leg).map(|leg| leg.owner);
        if let Some(Owner::Newcomer(call)) = owner {
            return self.transfer_fails(call, why.sip.unwrap_or(480), now);
        }
        let Some(Owner::Call(call) | Owner::Seat(call)) = owner else { return };
        if owner == Some(Owner::Seat(call)) && self.offers.of_call(call).is_some() {
            return self.seat_refused(call, &Left::Vanished, now);
        }
        if self.dials.get(call).is_some() && [catalogue::TRUNK_UNREACHABLE, catalogue::PHONE_OFFLINE].contains(&why) {
            let offline = why == catalogue::PHONE_OFFLINE;
            let status = if offline { EndStatus::NotInService } else { EndStatus::OperatorError };
            return self.dial_failed(call, (status, why), now);
        }
        self.end_call(call, Ending::failure(why), now);
    }

    pub(super) fn arriving_too_long(&mut self, call: CallId, now: Now) {
        self.log(LogLevel::Warn, "the media engine did not open a leg in time", &[("call", &call)]);
        self.end_call(call, Ending::failure(catalogue::MEDIA_FAILED), now);
    }

    pub(super) fn digit(&mut self, leg: LegId, digit: char, now: Now) {
        let Some(Owner::Call(call)) = self.legs.get(leg).map(|leg| leg.owner) else { return };
        self.flow(call, ivr::Input::Digit(digit), now);
    }

    /// A playback ended. One that was replaced meanwhile is late and tells nothing.
    pub(super) fn playback_ended(&mut self, leg: LegId, (playback, how): (PlaybackId, PlaybackEnd), now: Now) {
        let leg_id = leg;
        let Some(leg) = self.legs.get_mut(leg) else { return };
        if leg.playing != Some(playback) {
            return;
        }
        leg.playing = None;
        match leg.owner {
            Owner::Call(call) => self.flow(call, ivr::Input::Played(how), now),
            Owner::Agent(_) => {
                let waits = self.legs.lent_to(leg_id);
                if let Some(call) = waits {
                    self.flow(call, ivr::Input::Played(how), now);
                }
            }
            Owner::Seat(_) | Owner::Newcomer(_) => {}
        }
    }

    /// Lets a call's cursor hear something, and what follows from it. A queue
    /// may give the caller back at once, so that one input can lead to more.
    pub(super) fn flow(&mut self, call: CallId, input: ivr::Input, now: Now) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let Some(cursor) = self.cursors.get_mut(&call) else { return };
            let outputs = cursor.handle(input, now.mono);
            self.timers.follow(Timer::Flow(call), cursor.deadline());
            for output in outputs {
                inputs.extend(self.flow_output(call, output, now));
            }
        }
    }

    /// Does what a cursor wants; gives what it must hear at once.
    fn flow_output(&mut self, call: CallId, output: ivr::Output, now: Now) -> Option<ivr::Input> {
        match output {
            ivr::Output::Entered { node, label } => self.append(call, CallEvent::NodeEntered { node, label }, now),
            ivr::Output::Key { key, label, node_label } => {
                self.append(call, CallEvent::KeyPressed { key, label, node_label }, now);
            }
            ivr::Output::Play { sounds, times, interruptible } => self.play(call, &sounds, (times, interruptible)),
            ivr::Output::Hush => self.hush(call),
            ivr::Output::Queue(wanted) => return self.enqueue(call, wanted, now),
            ivr::Output::End { failed } => {
                let ending = match failed {
                    Some(code) => {
                        self.log(LogLevel::Error, "a flow is faulty", &[("call", &call), ("cause", &code.id)]);
                        Ending::failure(code)
                    }
                    None => Ending::ordinary(HungUpSide::System),
                };
                self.end_call(call, ending, now);
            }
            ivr::Output::Overslept => {
                self.figures.repairs += 1;
                self.log(LogLevel::Warn, "the media engine never said that a prompt ended", &[("call", &call)]);
            }
        }
        None
    }

    pub(super) fn play(&mut self, call: CallId, sounds: &[SoundFileId], (times, interruptible): (u32, bool)) {
        let playback = PlaybackId(self.next_playback);
        self.next_playback += 1;
        let Some(leg) = self.legs.of_call(call).map(|leg| leg.id) else { return };
        if let Some(leg) = self.legs.get_mut(leg) {
            leg.playing = Some(playback);
        }
        let sounds = sounds.iter().copied().map(media_sound).collect();
        self.media_command(media::Command::Play { leg, playback, sounds, times, interruptible });
    }

    /// Stops what a caller hears, if anything.
    pub(super) fn hush(&mut self, call: CallId) {
        if let Some(leg) = self.legs.of_call(call).map(|leg| leg.id) {
            self.hush_leg(leg);
        }
    }

    /// Stops what a leg hears, if anything.
    pub(super) fn hush_leg(&mut self, id: LegId) {
        if let Some(leg) = self.legs.get_mut(id)
            && leg.playing.take().is_some()
        {
            self.media_command(media::Command::StopPlay { leg: id });
        }
    }

    /// The journal has room for its end only.
    pub(super) fn journal_full(&mut self, call: CallId, now: Now) {
        let ending = Ending {
            by: HungUpSide::System,
            kind: EndKind::Ordinary,
            cause: Some(Cause::Code(catalogue::JOURNAL_FULL)),
        };
        self.end_call(call, ending, now);
    }
}
