//! What carriers hear outside of calls: who we are (registrations), whether they
//! are there (keep-alives); and what we know of them by that.

use super::dial::{Gateways, host_and_port, user_part};
use super::standing::TrunkStanding;
use super::wiring::Node;
use super::{LogLevel, LogLine, Output, TrunkCondition, TrunkCounts};
use crate::limits::TRUNK_REGISTRATION;
use crate::settings::{AskWhen, Outward};
use crate::{Now, SdkAppId, TrunkId};
use sip::{AddressState, Command, Flow, KeepAlive, Registration, TrunkEntry, TrunkKey, TrunkState};
use std::collections::BTreeMap;
use std::time::Duration;

/// What is known of all trunks that carry calls out.
pub(super) type Standings = BTreeMap<TrunkId, TrunkStanding>;

impl Gateways {
    /// Bindings that we want at carriers. A trunk whose addresses are not known yet waits for them.
    fn registrations(&self) -> Vec<Registration> {
        let wanted = self.all().filter(|(_, outward)| outward.registers && !outward.user.is_empty());
        let registration = |(trunk, outward): (TrunkId, &Outward)| {
            let host = host_and_port(outward);
            Registration {
                trunk: TrunkKey(trunk.0),
                registrar: format!("sip:{host}"),
                address: format!("sip:{}@{host}", user_part(&outward.user)),
                contact: user_part(&outward.user).to_owned(),
                flows: self.flows_of(trunk).to_vec(),
                user: outward.user.clone(),
                password: outward.password.expose().clone(),
                seconds: TRUNK_REGISTRATION.as_secs() as u32,
            }
        };
        wanted.map(registration).collect()
    }

    /// Questions to every address of the trunks that are asked.
    fn keep_alives(&self) -> Vec<KeepAlive> {
        let asked = self.all().filter(|(_, outward)| is_asked(outward));
        let every_address = |(trunk, outward): (TrunkId, &Outward)| {
            let every = Duration::from_secs(outward.asking.every_s.into());
            let ask = move |flow: &Flow| KeepAlive { trunk: TrunkKey(trunk.0), flow: *flow, every };
            self.flows_of(trunk).iter().map(ask).collect::<Vec<_>>()
        };
        asked.flat_map(every_address).collect()
    }

    /// A carrier that we register at calls from where it is registered, whether or not an
    /// administrator wrote that address down.
    fn admit_registrars(&self, entries: &mut [TrunkEntry]) {
        for entry in entries {
            let trunk = TrunkId(entry.trunk.0);
            if self.all().any(|(id, outward)| id == trunk && outward.registers) {
                entry.sources.extend(self.flows_of(trunk).iter().map(|flow| ipnet::IpNet::from(flow.remote.ip())));
            }
        }
    }
}

impl Node {
    /// After a change of settings or addresses.
    pub(super) fn tell_carriers(&mut self, now: Now) {
        let mut entries: Vec<TrunkEntry> = self.trunks.values().flatten().cloned().collect();
        self.gateways.admit_registrars(&mut entries);
        let (phones, licences) = (self.phones.entries(), self.phones.licences());
        let directory = sip::Directory { trunks: entries, phones, licences };
        self.place_standings(now);
        self.endpoint.command(Command::SetDirectory(directory), now.mono);
        self.endpoint.command(Command::SetRegistrations(self.gateways.registrations()), now.mono);
        self.endpoint.command(Command::SetKeepAlives(self.gateways.keep_alives()), now.mono);
    }

    /// Keeps what is known of addresses that are asked on, and forgets the others.
    fn place_standings(&mut self, now: Now) {
        let gateways = &self.gateways;
        self.standings.retain(|trunk, _| gateways.all().any(|(id, _)| id == *trunk));
        for (trunk, outward) in gateways.all() {
            let flows = gateways.flows_of(trunk);
            let asked = if is_asked(outward) { flows } else { &[] };
            self.standings.entry(trunk).or_default().place(flows, asked, now.wall_ms);
        }
    }

    /// How our registration at a carrier stands now.
    pub(super) fn trunk_state(&mut self, TrunkKey(trunk): TrunkKey, state: TrunkState, now: Now) {
        // A binding that is taken back may outlive its trunk.
        let Some(standing) = self.standings.get_mut(&TrunkId(trunk)) else { return };
        let before = standing.condition();
        standing.register(state, now.wall_ms);
        let after = standing.condition();
        self.log_condition(TrunkId(trunk), (before, after));
    }

    /// An address of a carrier answered, or fell silent.
    pub(super) fn address_state(&mut self, TrunkKey(trunk): TrunkKey, (flow, state): (Flow, AddressState), now: Now) {
        let Some(standing) = self.standings.get_mut(&TrunkId(trunk)) else { return };
        let (before, was_silent) = (standing.condition(), standing.is_silent_at(flow));
        standing.hear(flow, state, now.wall_ms);
        let (after, silent) = (standing.condition(), standing.is_silent_at(flow));
        if silent != was_silent {
            let (level, message) = match silent {
                true => (LogLevel::Warn, "a carrier's address does not answer any more"),
                false => (LogLevel::Info, "a carrier's address answers again"),
            };
            let fields = vec![("trunk", trunk.to_string()), ("address", flow.remote.to_string())];
            self.effects.push_back(Output::Log(LogLine { level, message, fields }));
        }
        self.log_condition(TrunkId(trunk), (before, after));
    }

    fn log_condition(&mut self, trunk: TrunkId, (before, after): (TrunkCondition, TrunkCondition)) {
        if before == after {
            return;
        }
        let level = match after {
            TrunkCondition::Unreachable | TrunkCondition::Refused => LogLevel::Warn,
            TrunkCondition::Unknown
            | TrunkCondition::Registering
            | TrunkCondition::Registered
            | TrunkCondition::Answers => LogLevel::Info,
        };
        let fields = vec![("trunk", trunk.to_string()), ("state", after.word().to_owned())];
        self.effects.push_back(Output::Log(LogLine { level, message: "a trunk's state changed", fields }));
    }

    /// What is known of a trunk that carries calls out.
    pub fn trunk_standing(&self, trunk: TrunkId) -> Option<&TrunkStanding> {
        self.standings.get(&trunk)
    }

    /// What is known of an application's trunks that carry calls out.
    pub fn trunk_standings(&self, app: SdkAppId) -> Vec<(TrunkId, TrunkStanding)> {
        let standing = |trunk: TrunkId| (trunk, self.standings.get(&trunk).cloned().unwrap_or_default());
        self.gateways.of(app).map(standing).collect()
    }

    /// How many trunks that carry calls out are in each state.
    pub(super) fn trunk_counts(&self) -> TrunkCounts {
        let count = |condition| self.standings.values().filter(|standing| standing.condition() == condition).count();
        TrunkCounts(TrunkCondition::ALL.map(|condition| count(condition) as u64))
    }
}

/// Simple peers that know nothing of OPTIONS take one for the end of a call, so that only
/// carriers which we register at are asked unless somebody wants it.
fn is_asked(outward: &Outward) -> bool {
    match outward.asking.when {
        AskWhen::WhereRegistered => outward.registers,
        AskWhen::Always => true,
        AskWhen::Never => false,
    }
}
