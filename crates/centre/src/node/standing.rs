//! What is known of a trunk that carries calls out: how our registration stands, and
//! whether each address of its gateway answers. Values only; who asks is in `carriers`.

use sip::{AddressState, Flow, TrunkState};

/// What is known of a trunk that carries calls out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrunkStanding {
    /// What its registrar said last; `None` for a trunk that does not register.
    pub registration: Option<RegistrationStanding>,
    /// The addresses of its gateway, best first; none until they were found.
    pub addresses: Vec<AddressStanding>,
}

/// How our registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationStanding {
    /// What the registrar said last.
    pub state: TrunkState,
    /// Since when it says so, in wall milliseconds. A refresh is no change.
    pub since_ms: i64,
}

/// Whether one address of a gateway answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressStanding {
    /// The address, and how it is reached.
    pub flow: Flow,
    /// What came of the last question; `None` while none was answered or counted as lost.
    pub state: Option<AddressState>,
    /// Since when it answers, is silent or is unknown, in wall milliseconds.
    pub since_ms: i64,
}

/// A trunk's state in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrunkCondition {
    /// Nobody has asked: it does not register, and is not asked whether it is there.
    Unknown,
    /// The first REGISTER, or the search for the gateway's address, is under way.
    Registering,
    /// The carrier has our registration.
    Registered,
    /// The carrier refuses our registration.
    Refused,
    /// It does not register, and an address of it answers.
    Answers,
    /// Its registrar, or every address that was asked, is silent.
    Unreachable,
}

impl TrunkStanding {
    /// All in one word. What the registrar says goes before what keep-alives tell.
    pub fn condition(&self) -> TrunkCondition {
        match self.registration.map(|registration| registration.state) {
            Some(TrunkState::Registered { until: _ }) => TrunkCondition::Registered,
            Some(TrunkState::Refused { status: _ }) => TrunkCondition::Refused,
            Some(TrunkState::Unreachable) => TrunkCondition::Unreachable,
            Some(TrunkState::Registering) => TrunkCondition::Registering,
            Some(TrunkState::Unknown) | None if self.is_silent() => TrunkCondition::Unreachable,
            Some(TrunkState::Unknown) | None if self.answers() => TrunkCondition::Answers,
            Some(TrunkState::Unknown) | None => TrunkCondition::Unknown,
        }
    }

    /// Whether a call over it would only wait for nothing: every address is silent, and no registrar
    /// has spoken to us. A registrar that did is believed more than missing answers to OPTIONS,
    /// which some carriers drop.
    pub fn is_out_of_reach(&self) -> bool {
        self.is_silent() && self.condition() != TrunkCondition::Registered
    }

    /// Whether this address is known to be silent.
    pub fn is_silent_at(&self, flow: Flow) -> bool {
        self.addresses.iter().any(|address| address.flow == flow && address.state == Some(AddressState::Silent))
    }

    fn is_silent(&self) -> bool {
        let silent = |address: &AddressStanding| address.state == Some(AddressState::Silent);
        !self.addresses.is_empty() && self.addresses.iter().all(silent)
    }

    fn answers(&self) -> bool {
        self.addresses.iter().any(|address| matches!(address.state, Some(AddressState::Answers { .. })))
    }

    /// The registrar said something.
    pub(super) fn register(&mut self, state: TrunkState, now_ms: i64) {
        let same = |before: &RegistrationStanding| match (before.state, state) {
            (TrunkState::Registered { until: _ }, TrunkState::Registered { until: _ }) => true,
            (before, state) => before == state,
        };
        let since_ms = self.registration.filter(same).map_or(now_ms, |before| before.since_ms);
        self.registration = (state != TrunkState::Unknown).then_some(RegistrationStanding { state, since_ms });
    }

    /// An address answered, or fell silent.
    pub(super) fn hear(&mut self, flow: Flow, state: AddressState, now_ms: i64) {
        let Some(address) = self.addresses.iter_mut().find(|address| address.flow == flow) else { return };
        let same = matches!(
            (address.state, state),
            (Some(AddressState::Answers { .. }), AddressState::Answers { .. })
                | (Some(AddressState::Silent), AddressState::Silent)
        );
        if !same {
            address.since_ms = now_ms;
        }
        address.state = Some(state);
    }

    /// The gateway has these addresses from now on, of which some are asked.
    pub(super) fn place(&mut self, flows: &[Flow], asked: &[Flow], now_ms: i64) {
        let known = |flow: &Flow| self.addresses.iter().find(|address| address.flow == *flow).copied();
        let unknown = |flow: &Flow| AddressStanding { flow: *flow, state: None, since_ms: now_ms };
        let kept = |flow: &Flow| known(flow).filter(|known| asked.contains(flow) || known.state.is_none());
        self.addresses = flows.iter().map(|flow| kept(flow).unwrap_or_else(|| unknown(flow))).collect();
    }
}

impl TrunkCondition {
    /// All of them, in the order in which figures name them.
    pub const ALL: [TrunkCondition; 6] = [
        TrunkCondition::Unknown,
        TrunkCondition::Registering,
        TrunkCondition::Registered,
        TrunkCondition::Refused,
        TrunkCondition::Answers,
        TrunkCondition::Unreachable,
    ];

    /// In one word, for logs, figures and the API.
    pub fn word(self) -> &'static str {
        match self {
            TrunkCondition::Unknown => "unknown",
            TrunkCondition::Registering => "registering",
            TrunkCondition::Registered => "registered",
            TrunkCondition::Refused => "refused",
            TrunkCondition::Answers => "answers",
            TrunkCondition::Unreachable => "unreachable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn flow(last: u8) -> Flow {
        Flow {
            transport: sip::Transport::Udp,
            local: ([192, 0, 2, 1], 5060).into(),
            remote: ([203, 0, 113, last], 5060).into(),
            connection: 0,
        }
    }

    fn answers(ms: u64) -> AddressState {
        AddressState::Answers { round_trip: Duration::from_millis(ms) }
    }

    #[test]
    fn a_trunk_is_out_of_reach_only_when_every_address_is_silent() {
        let mut trunk = TrunkStanding::default();
        let both = [flow(1), flow(2)];
        trunk.place(&both, &both, 0);
        assert_eq!((trunk.condition(), trunk.is_out_of_reach()), (TrunkCondition::Unknown, false));
        trunk.hear(flow(1), AddressState::Silent, 10);
        assert!(trunk.is_silent_at(flow(1)) && !trunk.is_out_of_reach(), "the other one may answer");
        trunk.hear(flow(2), answers(20), 20);
        assert_eq!(trunk.condition(), TrunkCondition::Answers);
        trunk.hear(flow(2), AddressState::Silent, 30);
        assert_eq!((trunk.condition(), trunk.is_out_of_reach()), (TrunkCondition::Unreachable, true));
    }

    #[test]
    fn a_registrar_that_speaks_is_believed_more_than_lost_questions() {
        let mut trunk = TrunkStanding::default();
        trunk.place(&[flow(1)], &[flow(1)], 0);
        trunk.hear(flow(1), AddressState::Silent, 1);
        trunk.register(TrunkState::Registered { until: Duration::from_secs(9) }, 2);
        assert_eq!((trunk.condition(), trunk.is_out_of_reach()), (TrunkCondition::Registered, false));
        trunk.register(TrunkState::Unreachable, 3);
        assert!(trunk.is_out_of_reach());
    }

    #[test]
    fn a_refresh_and_a_second_answer_are_no_change() {
        let mut trunk = TrunkStanding::default();
        trunk.place(&[flow(1)], &[flow(1)], 0);
        for at in [5, 9] {
            trunk.register(TrunkState::Registered { until: Duration::from_millis(at) }, at as i64);
            trunk.hear(flow(1), answers(at), at as i64);
        }
        assert_eq!(trunk.registration.map(|it| it.since_ms), Some(5));
        let first = trunk.addresses[0];
        assert_eq!((first.since_ms, first.state), (5, Some(answers(9))), "the round trip is the last one's");
    }

    #[test]
    fn what_is_no_longer_asked_is_no_longer_known() {
        let mut trunk = TrunkStanding::default();
        trunk.place(&[flow(1)], &[flow(1)], 0);
        trunk.hear(flow(1), AddressState::Silent, 1);
        trunk.place(&[flow(2), flow(1)], &[flow(2), flow(1)], 2);
        assert!(trunk.is_silent_at(flow(1)), "a new neighbour changes nothing");
        trunk.place(&[flow(1)], &[], 3);
        assert_eq!(trunk.condition(), TrunkCondition::Unknown);
    }
}
