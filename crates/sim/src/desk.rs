//! Fake agents: a page that comes and goes, and a person in front of it who
//! sees desk snapshots and acts on them, late and not always wisely.

use crate::luck::Luck;
use crate::scenario::People;
use centre::StaffId;
use centre::desk::{Desk, DeskCommand, DeskPresence, SoundPath};
use std::time::Duration;

/// One agent.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) id: StaffId,
    /// The page that is open; its number never comes again.
    pub(crate) page: Option<u64>,
    pages: u64,
    last: Option<Desk>,
    /// Rises whenever what the agent sees becomes something else.
    pub(crate) mood: u64,
    /// An SDP offer is under way.
    offering: bool,
}

/// What an agent is about to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    /// Press something.
    Command(DeskCommand),
    /// Reload the page.
    Reload,
    /// Close the page, and open it again after this time.
    Vanish(Duration),
}

/// Something that an agent will do, unless the mood has changed by then.
pub(crate) type Planned = (Duration, Act);

impl Agent {
    pub(crate) fn new(id: u64) -> Agent {
        Agent { id: StaffId(id), page: None, pages: 0, last: None, mood: 0, offering: false }
    }

    /// Opens a page; gives its number.
    pub(crate) fn open_page(&mut self) -> u64 {
        self.pages += 1;
        self.page = Some(self.pages);
        self.last = None;
        self.offering = false;
        self.pages
    }

    /// A snapshot arrived. `Err` if it is older than the one before.
    pub(crate) fn see(&mut self, desk: Desk, luck: &mut Luck, people: People) -> Result<Vec<Planned>, String> {
        let before = self.last.replace(desk.clone());
        if let Some(before) = &before
            && before.sequence >= desk.sequence
        {
            return Err(format!("desk {} saw snapshot {} after {}", self.id, desk.sequence, before.sequence));
        }
        let mut plan = Vec::new();
        if desk.sound != SoundPath::None {
            self.offering = false;
        } else if !self.offering {
            self.offering = true;
            plan.push((luck.millis(200, 2_000), Act::Command(DeskCommand::OfferSound { sdp: "offer".to_owned() })));
        }
        let same = before.is_some_and(|before| kind(&before) == kind(&desk));
        if !same {
            self.mood += 1;
            plan.extend(match people {
                People::Human => human(&desk, luck),
                People::Patient => patient(&desk, luck),
            });
        }
        Ok(plan)
    }
}

/// What an agent reacts to: the state and what it is about.
fn kind(desk: &Desk) -> (u8, Option<u128>) {
    let state = match &desk.presence {
        DeskPresence::SignedOut => 0,
        DeskPresence::Ready { .. } => 1,
        DeskPresence::Offered { .. } => 2,
        DeskPresence::Talking { .. } => 3,
        DeskPresence::WrapUp { .. } => 4,
        DeskPresence::Away { .. } => 5,
        DeskPresence::Dialling { .. } => 6,
    };
    let about = match &desk.presence {
        DeskPresence::Offered { offer, .. } => Some(offer.0.as_u128()),
        DeskPresence::SignedOut
        | DeskPresence::Ready { .. }
        | DeskPresence::Dialling { .. }
        | DeskPresence::Talking { .. }
        | DeskPresence::WrapUp { .. }
        | DeskPresence::Away { .. } => desk.call.as_ref().map(|call| call.call.0.as_u128()),
    };
    (state, about)
}

fn patient(desk: &Desk, luck: &mut Luck) -> Vec<Planned> {
    match &desk.presence {
        DeskPresence::Offered { offer, .. } => {
            vec![(luck.millis(500, 3_000), Act::Command(DeskCommand::Accept { offer: *offer }))]
        }
        DeskPresence::Away { .. } | DeskPresence::SignedOut => {
            vec![(luck.millis(1_000, 3_000), Act::Command(DeskCommand::BeReady))]
        }
        DeskPresence::Ready { .. }
        | DeskPresence::Dialling { .. }
        | DeskPresence::Talking { .. }
        | DeskPresence::WrapUp { .. } => Vec::new(),
    }
}

fn human(desk: &Desk, luck: &mut Luck) -> Vec<Planned> {
    match &desk.presence {
        DeskPresence::SignedOut => vec![(luck.millis(1_000, 10_000), Act::Command(DeskCommand::BeReady))],
        DeskPresence::Ready { .. } => ready(luck),
        DeskPresence::Offered { offer, .. } => {
            let offer = *offer;
            let after = luck.millis(500, 12_000);
            match luck.below(100) {
                0..=77 => {
                    let accept = Act::Command(DeskCommand::Accept { offer });
                    let twice = luck.chance(0.1).then(|| (after + Duration::from_millis(80), accept.clone()));
                    std::iter::once((after, accept)).chain(twice).collect()
                }
                78..=85 => vec![(after, Act::Command(DeskCommand::Decline { offer }))],
                86..=88 => vec![(after, Act::Reload)],
                89..=91 => vec![(after, Act::Vanish(luck.millis(1_000, 90_000)))],
                92..=93 => vec![(after, Act::Command(DeskCommand::SignOut))],
                _ => Vec::new(),
            }
        }
        DeskPresence::Dialling { .. } => dialling(desk, luck),
        DeskPresence::Talking { .. } => talking(desk, luck),
        DeskPresence::WrapUp { .. } => wrap_up(luck),
        DeskPresence::Away { .. } => vec![(luck.millis(2_000, 60_000), Act::Command(DeskCommand::BeReady))],
    }
}

fn ready(luck: &mut Luck) -> Vec<Planned> {
    let after = luck.exponential(Duration::from_secs(200));
    match luck.below(100) {
        0..=4 => vec![(after, Act::Command(DeskCommand::BeAway { rest: Some("tea".to_owned()) }))],
        5..=7 => vec![(after, Act::Command(DeskCommand::BeAway { rest: None }))],
        8..=9 => vec![(after, Act::Command(DeskCommand::SignOut))],
        10..=13 => vec![(after, Act::Reload)],
        14..=16 => vec![(after, Act::Vanish(luck.millis(1_000, 200_000)))],
        _ => Vec::new(),
    }
}

/// Most wait for the answer; some give up, reload, or walk away.
fn dialling(desk: &Desk, luck: &mut Luck) -> Vec<Planned> {
    let Some(call) = desk.call.as_ref().map(|call| call.call) else { return Vec::new() };
    let after = luck.millis(0, 40_000);
    match luck.below(100) {
        0..=14 => vec![(after, Act::Command(DeskCommand::HangUp { call }))],
        15..=18 => vec![(after, Act::Reload)],
        19..=22 => vec![(after, Act::Vanish(luck.millis(1_000, 90_000)))],
        23..=25 => vec![(after, Act::Command(DeskCommand::SignOut))],
        26..=28 => vec![(after, Act::Command(DeskCommand::BeReady))],
        _ => Vec::new(),
    }
}

fn talking(desk: &Desk, luck: &mut Luck) -> Vec<Planned> {
    let Some(call) = desk.call.as_ref().map(|call| call.call) else { return Vec::new() };
    let mut plan = Vec::new();
    let after = luck.exponential(Duration::from_secs(60));
    match luck.below(100) {
        0..=44 => plan.push((after, Act::Command(DeskCommand::HangUp { call }))),
        45..=50 => plan.push((after, Act::Reload)),
        51..=54 => plan.push((after, Act::Vanish(luck.millis(1_000, 60_000)))),
        55..=60 => plan.push((after, Act::Command(DeskCommand::BeAway { rest: None }))),
        _ => {}
    }
    if luck.chance(0.2) {
        plan.push((luck.millis(500, 20_000), Act::Command(DeskCommand::Mute { muted: true })));
        plan.push((luck.millis(500, 20_000), Act::Command(DeskCommand::SendDigits { digits: "12#".to_owned() })));
        plan.push((luck.millis(500, 20_000), Act::Command(DeskCommand::Remark { text: "first".to_owned() })));
    }
    plan
}

fn wrap_up(luck: &mut Luck) -> Vec<Planned> {
    let after = luck.millis(200, 9_000);
    match luck.below(10) {
        0..=2 => vec![(after, Act::Command(DeskCommand::BeReady))],
        3 => vec![(after, Act::Command(DeskCommand::BeAway { rest: Some(String::new()) }))],
        4..=5 => vec![(after, Act::Command(DeskCommand::Remark { text: "second".to_owned() }))],
        _ => Vec::new(),
    }
}
