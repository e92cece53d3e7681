//! What carriers hear outside of calls: who we are (registrations), whether they
//! are there (keep-alives); and what we know of them by that.

use super::dial::{Gateways, host_and_port, user_part};
use super::wiring::Node;
use super::{LogLevel, LogLine, Output};
use crate::limits::{TRUNK_ASKED_EVERY, TRUNK_REGISTRATION};
use crate::settings::Outward;
use crate::{Now, TrunkId};
use sip::{Command, KeepAlive, Registration, TrunkEntry, TrunkKey, TrunkState};
use std::collections::BTreeMap;

/// What is known of a trunk that carries calls out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TrunkStanding {
    /// What its registrar said last; `None` for a trunk that does not register.
    pub registration: Option<TrunkState>,
    /// Whether its gateway answers; `None` until it was asked.
    pub reachable: Option<bool>,
}

/// All of them.
pub(super) type Standings = BTreeMap<TrunkId, TrunkStanding>;

impl TrunkStanding {
    fn after(self, state: TrunkState) -> TrunkStanding {
        match state {
            TrunkState::Unknown => TrunkStanding { registration: None, ..self },
            TrunkState::Registering => TrunkStanding { registration: Some(state), ..self },
            TrunkState::Registered { .. } | TrunkState::Refused { .. } => {
                TrunkStanding { registration: Some(state), reachable: Some(true) }
            }
            TrunkState::Reachable => TrunkStanding { reachable: Some(true), ..self },
            TrunkState::Unreachable => TrunkStanding { reachable: Some(false), ..self },
        }
    }
}

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

    /// Only where we register: simple peers, that know nothing of OPTIONS, take one for the end of a call.
    fn keep_alives(&self) -> Vec<KeepAlive> {
        let first = |(trunk, _)| {
            let flow = *self.flows_of(trunk).first()?;
            Some(KeepAlive { trunk: TrunkKey(trunk.0), flow, every: TRUNK_ASKED_EVERY })
        };
        self.all().filter(|(_, outward)| outward.registers).filter_map(first).collect()
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
        self.endpoint.command(Command::SetDirectory(directory), now.mono);
        self.endpoint.command(Command::SetRegistrations(self.gateways.registrations()), now.mono);
        self.endpoint.command(Command::SetKeepAlives(self.gateways.keep_alives()), now.mono);
        let gateways = &self.gateways;
        self.standings.retain(|trunk, _| gateways.all().any(|(id, _)| id == *trunk));
    }

    /// What a carrier let us know outside of calls.
    pub(super) fn trunk_state(&mut self, TrunkKey(trunk): TrunkKey, state: TrunkState) {
        let standing = self.standings.entry(TrunkId(trunk)).or_default();
        let (before, after) = (*standing, standing.after(state));
        *standing = after;
        let kind = |standing: TrunkStanding| (standing.registration.map(word), standing.reachable);
        if kind(before) != kind(after) {
            let level = match state {
                TrunkState::Unreachable | TrunkState::Refused { .. } => LogLevel::Warn,
                TrunkState::Unknown
                | TrunkState::Registering
                | TrunkState::Registered { .. }
                | TrunkState::Reachable => LogLevel::Info,
            };
            let fields = vec![("trunk", trunk.to_string()), ("state", word(state).to_owned())];
            self.effects.push_back(Output::Log(LogLine { level, message: "a trunk's state changed", fields }));
        }
    }

    /// What is known of the trunks that carry calls out.
    pub fn trunk_standing(&self, trunk: TrunkId) -> Option<TrunkStanding> {
        self.standings.get(&trunk).copied()
    }
}

/// A state in one word.
pub fn word(state: TrunkState) -> &'static str {
    match state {
        TrunkState::Unknown => "unknown",
        TrunkState::Registering => "registering",
        TrunkState::Registered { .. } => "registered",
        TrunkState::Reachable => "reachable",
        TrunkState::Unreachable => "unreachable",
        TrunkState::Refused { .. } => "refused",
    }
}
