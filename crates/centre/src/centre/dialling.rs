//! Calls that agents make: from the wish on the desk until somebody answers or
//! nobody does. Once answered, a call out is a talk like any other.

use super::{Admission, Centre, Output};
use crate::agent::Sound;
use crate::catalogue::{self, Code};
use crate::dial::{self, Dial, Hears, Tone};
use crate::journal::{CallDirection, CallEvent, EndStatus, HungUpSide};
use crate::journals::{Cause, EndKind, Ending, Journal};
use crate::leg::{Direction, Kind, Leg, LegState, Owner};
use crate::limits::{CALLS, DIAL, TALK};
use crate::node::LogLevel;
use crate::outward::{self, Way};
use crate::presence::Change;
use crate::recording::Ears;
use crate::settings::CallerId;
use crate::talk::Talk;
use crate::timers::Timer;
use crate::{AgentKey, CallId, Now, Pii, TrunkId};
use media::{LegId, PlaybackId};

/// A call that is to be made: what the SIP side needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its leg, to be opened first.
    pub leg: LegId,
    /// Over which trunk.
    pub trunk: TrunkId,
    /// The called number as the carrier wants it.
    pub to: Pii<String>,
    /// The number to show.
    pub from: Pii<String>,
    /// Where the carrier wants to read it.
    pub caller_id: CallerId,
}

/// What an agent wishes to call.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) ticket: u64,
    pub(super) to: String,
    pub(super) from: Option<String>,
}

impl Centre {
    /// An agent calls somebody.
    pub(super) fn call_out(&mut self, key: AgentKey, wish: Wish, now: Now) -> Result<(), &'static Code> {
        let agent = self.agent(key).ok_or(catalogue::STAFF_UNKNOWN)?;
        let repeated = agent.dialling().and_then(|call| self.dials.get(call));
        if repeated.is_some_and(|dial| dial.ticket == wish.ticket) {
            return Ok(());
        }
        let call = CallId(self.fresh_uuid());
        let agent = self.agent(key).ok_or(catalogue::STAFF_UNKNOWN)?;
        agent.presence().after(Change::Dial { call }, now.mono, now.mono).map_err(super::people::denied)?;
        let Sound::Connected { leg: seat } = agent.reach.sound else { return Err(catalogue::NO_SOUND_PATH) };
        let way = self.way_out(key, &wish)?;
        self.room_on(way.trunk, key.app, now)?;
        self.change(key, Change::Dial { call }, now).map_err(super::people::denied)?;
        let far = self.reserve_leg();
        let until = now.mono + DIAL;
        self.dials.begin(Dial { call, agent: key, ticket: wish.ticket, seat, far, hears: Hears::Nothing, until });
        self.timers.set(Timer::Dial(call), until);
        self.begin_out(key, (call, far), way, now);
        Ok(())
    }

    fn way_out(&self, key: AgentKey, wish: &Wish) -> Result<Way, &'static Code> {
        match self.admission {
            Admission::Open => {}
            Admission::Draining => return Err(catalogue::DRAINING),
        }
        let settings = &self.directories.get(&key.app).ok_or(catalogue::APPLICATION_GONE)?.settings;
        let staff = settings.staff.get(&key.agent).ok_or(catalogue::STAFF_UNKNOWN)?;
        outward::way(settings, (staff, wish.from.as_deref()), &wish.to)
    }

    /// Whether a trunk takes one more call, in or out.
    pub(super) fn room_on(&mut self, trunk: TrunkId, app: crate::SdkAppId, now: Now) -> Result<(), &'static Code> {
        let known = self.directories.get(&app).and_then(|directory| directory.settings.trunks.get(&trunk));
        let known = known.ok_or(catalogue::NO_WAY_OUT)?;
        let full = known.max_calls.is_some_and(|limit| self.legs.on_trunk(trunk) >= limit as usize);
        if full || self.journals.len() >= CALLS {
            return Err(catalogue::TOO_MANY_CALLS);
        }
        match known.rules.max_calls_per_second {
            Some(rate) if !self.rates.take(trunk, rate, now.mono) => Err(catalogue::CALLS_TOO_FAST),
            Some(_) | None => Ok(()),
        }
    }

    fn begin_out(&mut self, key: AgentKey, (call, far): (CallId, LegId), way: Way, now: Now) {
        let settings = self.directories.get(&key.app).map(|directory| &directory.settings);
        let staff = settings.and_then(|settings| settings.staff.get(&key.agent));
        let outward = settings.and_then(|settings| settings.trunks.get(&way.trunk)?.outward.as_ref());
        let caller_id = outward.map(|outward| outward.caller_id).unwrap_or_default();
        let dialled = CallEvent::Dialled {
            direction: CallDirection::Outbound,
            trunk: Some(way.trunk),
            agent: Some(key.agent),
            user_id: staff.map(|staff| staff.user_id.clone()).unwrap_or_default(),
            group: Some(way.group),
            caller: Pii::new(way.shown.clone()),
            callee: Pii::new(way.called),
        };
        let (journal, entry) =
            Journal::begin(key.app, call, dialled, now.wall_ms).expect("the first entry is a Dialled");
        self.journals.insert(journal);
        self.outputs.push_back(Output::Journal(entry));
        self.legs.insert(Leg {
            id: far,
            direction: Direction::Out,
            kind: Kind::Trunk(way.trunk),
            owner: Owner::Call(call),
            state: LegState::Opening,
            playing: None,
        });
        self.figures.calls_made += 1;
        self.log(LogLevel::Info, "call out", &[("call", &call), ("agent", &key.agent), ("trunk", &way.trunk)]);
        let (to, from) = (Pii::new(way.dialled), Pii::new(way.shown));
        self.outputs.push_back(Output::Dial(Invitation { leg: far, trunk: way.trunk, to, from, caller_id }));
    }

    /// The far end makes progress: it rings, or sounds before it answers (early media).
    pub(super) fn progress(&mut self, leg: LegId, signs: super::Signs, now: Now) {
        let Some(Owner::Call(call)) = self.legs.get(leg).map(|leg| leg.owner) else { return };
        let Some(dial) = self.dials.get(call).copied() else { return };
        let rang = self.journals.get(call).is_some_and(|journal| journal.progress.rang);
        if signs.rings && !rang {
            self.append(call, CallEvent::Rang, now);
        }
        match dial.hears {
            Hears::FarEnd => {}
            Hears::Nothing | Hears::Tone if signs.sounds => {
                self.hush_leg(dial.seat);
                self.media_command(media::Command::Bridge { left: dial.far, right: dial.seat });
                self.dials.turn(call, Hears::FarEnd);
            }
            Hears::Nothing if signs.rings => {
                self.play_tone(dial.seat, Tone::RingBack);
                self.dials.turn(call, Hears::Tone);
            }
            Hears::Nothing | Hears::Tone => {}
        }
    }

    /// The far end answered: from here on it is a talk.
    pub(super) fn picked_up(&mut self, leg: LegId, now: Now) {
        let Some(Owner::Call(call)) = self.legs.get(leg).map(|leg| leg.owner) else { return };
        let Some(dial) = self.dials.end(call) else { return };
        self.timers.stop(Timer::Dial(call));
        if let Some(leg) = self.legs.get_mut(leg) {
            leg.state = LegState::Open;
        }
        self.append(call, CallEvent::Connected, now);
        self.log(LogLevel::Info, "call out answered", &[("call", &call), ("agent", &dial.agent.agent)]);
        self.hush_leg(dial.seat);
        let until = now.mono + TALK;
        self.timers.set(Timer::Talk(call), until);
        let (customer, seat, agent) = (dial.far, dial.seat, dial.agent);
        let bridge = self.talks.begin(Talk { call, agent, customer, seat, muted: false, until });
        match dial.hears {
            Hears::FarEnd => {}
            Hears::Nothing | Hears::Tone => self.media_command(bridge),
        }
        self.record(call, Ears { customer, seat, agent: agent.agent }, now);
        // Whoever dials is in that state: the reconciler watches that it is so.
        let _late = self.change(agent, Change::Connected, now);
    }

    /// The carrier refused a call of ours, or says that it cannot be put through.
    pub(super) fn far_refused(&mut self, call: CallId, (status, cause): (u16, Option<&str>), now: Now) {
        let network = cause.and_then(|cause| cause.strip_prefix("Q.850;")).and_then(|cause| cause.parse().ok());
        let unreached = dial::refused(status, network);
        let people = matches!(unreached, EndStatus::UserReject | EndStatus::Busy);
        let by = if people { HungUpSide::User } else { HungUpSide::System };
        let said = cause.map_or_else(|| format!("SIP;{status}"), str::to_owned);
        let ending = Ending { by, kind: EndKind::Unreached(unreached), cause: Some(Cause::Carrier(said)) };
        self.end_call(call, ending, now);
    }

    /// A call of ours came to nothing for this reason.
    pub(super) fn dial_failed(&mut self, call: CallId, (status, why): (EndStatus, &'static Code), now: Now) {
        let ending = Ending { by: HungUpSide::System, kind: EndKind::Unreached(status), cause: Some(Cause::Code(why)) };
        self.end_call(call, ending, now);
    }

    pub(super) fn rang_too_long(&mut self, call: CallId, now: Now) {
        if self.dials.get(call).is_some_and(|dial| dial.until <= now.mono) {
            self.dial_failed(call, (EndStatus::NotAnswer, catalogue::NOT_ANSWERED), now);
        }
    }

    /// The agent's page or its sound is gone: nobody is left to talk to whoever answers.
    pub(super) fn give_up_dial(&mut self, key: AgentKey, now: Now) {
        if let Some(call) = self.agent(key).and_then(|agent| agent.dialling()) {
            self.dial_failed(call, (EndStatus::ClientError, catalogue::PAGE_LOST), now);
        }
    }

    /// A dial is over without an answer: what the agent hears, and who it was.
    pub(super) fn drop_dial(&mut self, call: CallId, status: EndStatus) -> Option<AgentKey> {
        let dial = self.dials.end(call)?;
        self.timers.stop(Timer::Dial(call));
        self.hush_leg(dial.seat);
        // Everything else is told on the desk.
        let by_tone = matches!(status, EndStatus::Busy | EndStatus::UserReject | EndStatus::NotAnswer);
        if by_tone && dial.hears != Hears::FarEnd {
            self.play_tone(dial.seat, Tone::Busy);
        }
        Some(dial.agent)
    }

    fn play_tone(&mut self, seat: LegId, tone: Tone) {
        let playback = PlaybackId(self.next_playback);
        self.next_playback += 1;
        let Some(leg) = self.legs.get_mut(seat) else { return };
        leg.playing = Some(playback);
        if !std::mem::replace(&mut self.tones_loaded, true) {
            for tone in Tone::ALL {
                self.media_command(media::Command::LoadSound { sound: tone.sound(), samples: tone.samples() });
            }
        }
        let (sounds, times) = (vec![tone.sound()], tone.times());
        self.media_command(media::Command::Play { leg: seat, playback, sounds, times, interruptible: false });
    }
}
