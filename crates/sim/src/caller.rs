//! Callers: what each is going to do, and what the carrier saw of the call.

use crate::luck::Luck;
use crate::scenario::People;
use media::LegId;
use sip::DialogId;
use std::time::Duration;

/// One person who calls.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Unlike every other caller's.
    pub(crate) number: String,
    pub(crate) carrier: u8,
    pub(crate) called: Called,
    pub(crate) plan: Plan,
    /// While the call goes on.
    pub(crate) dialog: Option<DialogId>,
    /// The node's leg, known from the answer's port.
    pub(crate) leg: Option<LegId>,
    pub(crate) seen: Seen,
}

/// Which number a caller calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Called {
    /// The town's, in one of its writings.
    Right(u64),
    /// Nobody's.
    Wrong,
}

/// What a caller is going to do.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Keys, and how long after the answer each is pressed.
    pub(crate) keys: Vec<(Duration, char)>,
    /// How long the caller waits before being served, from the first ring on.
    pub(crate) patience: Duration,
    /// How long the caller talks, unless the agent ends it first.
    pub(crate) talk: Duration,
    /// When the carrier changes the sound path, after the answer.
    pub(crate) holds_after: Option<Duration>,
}

/// What the carrier saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// When the call was placed.
    pub(crate) called_at: Duration,
    /// When it was answered.
    pub(crate) answered_at: Option<Duration>,
    /// When the caller hung up (or cancelled), if the caller did first.
    pub(crate) hung_up_at: Option<Duration>,
    /// When the node accepted that the carrier holds the call.
    pub(crate) held_at: Option<Duration>,
    /// When the dialog was over.
    pub(crate) over: Option<(Duration, Over)>,
    /// When the caller first heard an agent.
    pub(crate) bridged_at: Option<Duration>,
    /// The node died while the call was in progress.
    pub(crate) node_died: bool,
    /// New calls were refused while this one was not answered.
    pub(crate) door_was_shut: bool,
}

/// How the carrier's dialog ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// The node sent BYE.
    NodeHungUp,
    /// The node refused it.
    Refused(u16),
    /// The carrier ended it, or nobody answered.
    Otherwise,
}

impl Caller {
    pub(crate) fn new(index: usize, luck: &mut Luck, people: People) -> Caller {
        let (plan, called) = match people {
            People::Human => {
                (human(luck), if luck.chance(0.02) { Called::Wrong } else { Called::Right(luck.below(6)) })
            }
            People::Patient => (patient(luck), Called::Right(luck.below(6))),
        };
        Caller {
            number: format!("139{index:08}"),
            carrier: luck.below(u64::from(crate::town::CARRIERS)) as u8,
            called,
            plan,
            dialog: None,
            leg: None,
            seen: Seen::default(),
        }
    }
}

fn human(luck: &mut Luck) -> Plan {
    let mut keys = Vec::new();
    let mut at = luck.millis(500, 9_000);
    let tries = if luck.chance(0.1) { 0 } else { 1 + luck.below(4) };
    for _ in 0..tries {
        let key = *luck.pick(&['1', '1', '1', '2', '2', '2', '2', '3', '4', '7', '*', 'A']);
        keys.push((at, key));
        at += luck.millis(50, 7_000);
    }
    Plan {
        keys,
        patience: match luck.below(20) {
            // Gone before anybody could answer.
            0 => luck.millis(0, 150),
            1 => luck.millis(150, 3_000),
            _ => luck.exponential(Duration::from_secs(70)),
        },
        talk: luck.exponential(Duration::from_secs(60)),
        holds_after: luck.chance(0.1).then(|| luck.millis(1_000, 60_000)),
    }
}

fn patient(luck: &mut Luck) -> Plan {
    Plan {
        keys: vec![(luck.millis(4_000, 6_000), *luck.pick(&['1', '2']))],
        patience: Duration::from_secs(3_600),
        talk: luck.millis(10_000, 40_000),
        holds_after: None,
    }
}
