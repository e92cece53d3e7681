//! Agents: their pages, what they ask for, and what follows when their state
//! or reach changes. Sound paths are in `sound`.

use super::dialling::Wish;
use super::{Centre, GroupKey, Output, PageChange};
use crate::agent::Sound;
use crate::catalogue::{self, Code};
use crate::decide::Standing;
use crate::desk::DeskCommand;
use crate::journal::{CallEvent, OfferEnd};
use crate::journals::{Cause, Ending, KeptFor};
use crate::limits::{DIGITS, TEXT_BYTES};
use crate::node::LogLevel;
use crate::presence::{AwayReason, Back, Change, Denied, Presence};
use crate::timers::Timer;
use crate::{AgentKey, CallId, Now, OfferId, Pii, SdkAppId};

impl Centre {
    pub(super) fn page(&mut self, key: AgentKey, (page, change): (u64, PageChange), now: Now) {
        let Some(agent) = self.agent_mut(key) else { return };
        match change {
            PageChange::Connected => {
                if !agent.reach.page_connected(page) {
                    // A newer page is here already.
                    return;
                }
            }
            PageChange::Lost => {
                if !agent.reach.page_lost(page) {
                    // It was replaced before it was lost.
                    return;
                }
                if let Some(offer) = self.offer_of(key) {
                    self.end_offer(offer, OfferEnd::Unreachable, now);
                }
                // Nobody waits for a page of somebody who has gone home.
                if self.agent(key).is_some_and(|agent| *agent.presence() == Presence::SignedOut) {
                    self.drop_sound(key);
                }
            }
        }
        self.refresh(key, now);
    }

    pub(super) fn desk_command(&mut self, key: AgentKey, ticket: u64, command: DeskCommand, now: Now) {
        let result = if self.agent(key).is_none() {
            Err(catalogue::STAFF_UNKNOWN)
        } else {
            match command {
                DeskCommand::OfferSound { sdp } => match self.offer_sound(key, (ticket, sdp), now) {
                    // Answered when the media engine has read the offer.
                    Ok(()) => return,
                    Err(code) => Err(code),
                },
                DeskCommand::BeReady => self.be(key, Change::BeReady, now),
                DeskCommand::BeAway { rest } => self.be_away(key, rest, now),
                DeskCommand::Accept { offer } => self.accept(key, offer, now),
                DeskCommand::Decline { offer } => self.decline(key, offer, now),
                DeskCommand::Call { to, from } => self.call_out(key, Wish { ticket, to, from }, now),
                DeskCommand::UsePhone { on } => self.use_phone(key, on, now),
                DeskCommand::HangUp { call } => self.hang_up_by_agent(key, call, now),
                DeskCommand::Mute { muted } => self.mute(key, muted, now),
                DeskCommand::SendDigits { digits } => self.send_digits(key, digits),
                DeskCommand::Remark { text } => self.remark(key, text, now),
                DeskCommand::SignOut => self.sign_out(key, now),
            }
        };
        self.outputs.push_back(Output::DeskAnswer { ticket, result });
    }

    /// Someone (the agent, a supervisor, the cloud API) sets the agent's state.
    fn be(&mut self, key: AgentKey, change: Change, now: Now) -> Result<(), &'static Code> {
        let agent = self.agent(key).ok_or(catalogue::STAFF_UNKNOWN)?;
        if *agent.presence() == Presence::SignedOut && !agent.reach.has_page() {
            return Err(catalogue::SIGNED_OUT);
        }
        self.change(key, change, now).map_err(denied)
    }

    fn be_away(&mut self, key: AgentKey, rest: Option<String>, now: Now) -> Result<(), &'static Code> {
        let reason = match rest {
            Some(text) if text.len() > TEXT_BYTES => return Err(catalogue::TEXT_TOO_LONG),
            Some(text) => AwayReason::Rest(text),
            None => AwayReason::NotReady,
        };
        self.be(key, Change::BeAway(reason), now)
    }

    fn mute(&mut self, key: AgentKey, muted: bool, now: Now) -> Result<(), &'static Code> {
        let call = self.agent(key).and_then(|agent| agent.talking()).ok_or(catalogue::NOT_IN_CALL)?;
        let command = self.talks.mute(call, (key, muted)).ok_or(catalogue::NOT_IN_CALL)?;
        // A lost sound path comes back as another leg, which is muted then.
        if self.talks.get(call).is_some_and(|talk| self.legs.get(talk.leg_of(key)).is_some()) {
            self.media_command(command);
        }
        self.refresh(key, now);
        Ok(())
    }

    fn send_digits(&mut self, key: AgentKey, digits: String) -> Result<(), &'static Code> {
        let call = self.agent(key).and_then(|agent| agent.talking()).ok_or(catalogue::NOT_IN_CALL)?;
        let talk = *self.talks.get(call).ok_or(catalogue::NOT_IN_CALL)?;
        let good = digits.chars().all(|digit| matches!(digit, '0'..='9' | '*' | '#'));
        if digits.is_empty() || digits.len() > DIGITS || !good {
            return Err(catalogue::BAD_DIGITS);
        }
        self.media_command(media::Command::SendDigits { leg: talk.leg_beyond(key), digits });
        Ok(())
    }

    /// A remark belongs to the call that is dialled, talked or written up. In wrap-up
    /// the record is out already: it goes out again, with the remark.
    fn remark(&mut self, key: AgentKey, text: String, now: Now) -> Result<(), &'static Code> {
        if text.len() > TEXT_BYTES {
            return Err(catalogue::TEXT_TOO_LONG);
        }
        let remarked = CallEvent::Remarked { text: Pii::new(text) };
        match self.agent(key).map(|agent| agent.presence().clone()) {
            Some(Presence::Dialling { call, .. } | Presence::Talking { call, .. }) => self.append(call, remarked, now),
            // Others go on with what this agent gave away.
            Some(Presence::WrapUp { call, .. }) if self.journals.get(call).is_some() => {
                self.append(call, remarked, now)
            }
            Some(Presence::WrapUp { call, .. }) => {
                let journal = self.journals.ended_mut(call, KeptFor::WrapUp).ok_or(catalogue::NOT_IN_CALL)?;
                if journal.is_full() {
                    return Err(catalogue::JOURNAL_FULL);
                }
                let entry = journal.append(remarked, now.wall_ms);
                let record = Box::new(journal.record.clone());
                self.outputs.push_back(Output::Journal(entry));
                self.outputs.push_back(Output::Record(record));
            }
            Some(
                Presence::SignedOut
                | Presence::Ready { .. }
                | Presence::Offered { .. }
                | Presence::Called { .. }
                | Presence::Away { .. },
            )
            | None => {
                return Err(catalogue::NOT_IN_CALL);
            }
        }
        Ok(())
    }

    fn sign_out(&mut self, key: AgentKey, now: Now) -> Result<(), &'static Code> {
        if let Some(offer) = self.offer_of(key) {
            self.end_offer(offer, OfferEnd::Withdrawn, now);
        }
        if let Some(call) = self.agent(key).and_then(|agent| agent.dialling()) {
            self.leave_call(key, call, now);
        }
        if let Some((call, _lease)) = self.agent(key).and_then(|agent| agent.called()) {
            self.decline_called(call, now);
        }
        self.change(key, Change::SignOut, now).map_err(denied)?;
        self.drop_sound(key);
        self.refresh(key, now);
        Ok(())
    }

    /// The account is gone from the settings: whoever talks may finish.
    pub(super) fn dismiss(&mut self, key: AgentKey, now: Now) {
        if self.sign_out(key, now).is_err() {
            return;
        }
        for timer in [Timer::WrapUp(key), Timer::Grace(key), Timer::Sound(key)] {
            self.timers.stop(timer);
        }
        self.work.ready.remove(&key);
        if let Some(yard) = self.yards.get_mut(&key.app) {
            yard.agents.remove(&key.agent);
            let lost = yard.board.remove(key.agent);
            self.work.groups.extend(lost.into_iter().map(|group| GroupKey { app: key.app, group }));
        }
    }

    pub(super) fn wrap_up_over(&mut self, key: AgentKey, now: Now) {
        let over = match self.agent(key).map(|agent| agent.presence()) {
            Some(Presence::WrapUp { until, .. }) => *until <= now.mono,
            Some(
                Presence::SignedOut
                | Presence::Ready { .. }
                | Presence::Offered { .. }
                | Presence::Dialling { .. }
                | Presence::Called { .. }
                | Presence::Talking { .. }
                | Presence::Away { .. },
            )
            | None => false,
        };
        if over {
            // It was in wrap-up a line above.
            let _late = self.change(key, Change::WrapUpOver, now);
        }
    }

    /// A lost page or sound path did not come back in time.
    pub(super) fn grace_over(&mut self, key: AgentKey, now: Now) {
        let Some(agent) = self.agent(key) else { return };
        if agent.reach.grace_until.is_none_or(|until| until > now.mono) {
            return;
        }
        self.give_up_dial(key, now);
        let talking = self.agent(key).and_then(|agent| agent.talking());
        if let Some(call) = talking.filter(|_| !self.is_on_phone(key)) {
            let cause = Some(Cause::Code(catalogue::PAGE_LOST));
            self.end_call(call, Ending::ordinary(self.side_of(key, call)).because(cause), now);
        }
        if self.agent(key).is_some_and(|agent| !agent.reach.has_page()) {
            self.log(LogLevel::Info, "agent signed out because the page was lost", &[("agent", &key.agent)]);
            // Not in a call any more, so nothing denies it.
            let _denied = self.sign_out(key, now);
        }
    }

    /// Changes an agent's presence, with all that hangs on it.
    pub(super) fn change(&mut self, key: AgentKey, change: Change, now: Now) -> Result<(), Denied> {
        let agent = self.agent_mut(key).ok_or(Denied::SignedOut)?;
        let before = written_up(agent.presence());
        agent.change(change, now.mono)?;
        let after = written_up(agent.presence());
        if let Some(call) = before
            && after != before
            && !self.is_written_up(key.app, call)
        {
            self.journals.forget(call, KeptFor::WrapUp);
        }
        self.refresh(key, now);
        Ok(())
    }

    /// Whether somebody still writes up a call: inside the house there may be two.
    fn is_written_up(&self, app: SdkAppId, call: CallId) -> bool {
        let parts = self.journals.any(call).into_iter().flat_map(|journal| &journal.record.participants);
        let mut agents = parts.filter_map(|part| self.agent(AgentKey { app, agent: part.agent }));
        agents.any(|agent| written_up(agent.presence()) == Some(call))
    }

    /// After anything that bears on an agent: timers, the board, the page.
    pub(super) fn refresh(&mut self, key: AgentKey, now: Now) {
        let Some(yard) = self.yards.get_mut(&key.app) else { return };
        let Some(agent) = yard.agents.get_mut(&key.agent) else { return };
        agent.update_grace(now.mono);
        let wrap_up = match agent.presence() {
            Presence::WrapUp { until, .. } => Some(*until),
            Presence::SignedOut
            | Presence::Ready { .. }
            | Presence::Offered { .. }
            | Presence::Dialling { .. }
            | Presence::Called { .. }
            | Presence::Talking { .. }
            | Presence::Away { .. } => None,
        };
        let sound = match agent.reach.sound {
            Sound::Connecting { until, .. } => Some(until),
            Sound::None | Sound::Connected { .. } => None,
        };
        self.timers.follow(Timer::WrapUp(key), wrap_up);
        self.timers.follow(Timer::Grace(key), agent.reach.grace_until);
        self.timers.follow(Timer::Sound(key), sound);
        self.work.desks.insert(key);
        let standing = agent.standing();
        if !yard.board.set(key.agent, standing) {
            return;
        }
        match standing {
            Standing::Ready { .. } => {
                self.work.ready.insert(key);
            }
            // Only these can leave a group unattended.
            Standing::Resting | Standing::SignedOut => {
                let groups = yard.board.groups_of(key.agent);
                self.work.groups.extend(groups.map(|group| GroupKey { app: key.app, group }));
            }
            Standing::Unreachable | Standing::Offered | Standing::Talking | Standing::WrapUp | Standing::NotReady => {}
        }
    }

    /// The offer that rings at an agent's desk.
    pub(super) fn offer_of(&self, key: AgentKey) -> Option<OfferId> {
        match self.agent(key)?.presence() {
            Presence::Offered { offer, .. } => Some(*offer),
            Presence::SignedOut
            | Presence::Ready { .. }
            | Presence::Dialling { .. }
            | Presence::Called { .. }
            | Presence::Talking { .. }
            | Presence::WrapUp { .. }
            | Presence::Away { .. } => None,
        }
    }
}

/// The call that an agent writes up, or comes back to.
pub(super) fn written_up(presence: &Presence) -> Option<CallId> {
    match presence {
        Presence::WrapUp { call, .. }
        | Presence::Dialling { back: Back::WrapUp { call, .. }, .. }
        | Presence::Called { back: Back::WrapUp { call, .. }, .. } => Some(*call),
        Presence::SignedOut
        | Presence::Ready { .. }
        | Presence::Offered { .. }
        | Presence::Dialling { .. }
        | Presence::Called { .. }
        | Presence::Talking { .. }
        | Presence::Away { .. } => None,
    }
}

pub(super) fn denied(why: Denied) -> &'static Code {
    match why {
        Denied::Busy => catalogue::BUSY,
        Denied::SignedOut => catalogue::SIGNED_OUT,
        Denied::Late => catalogue::NOT_IN_CALL,
    }
}
