//! People who are called by agents: what each is going to do with the call, and
//! what their carrier saw of it.

use crate::luck::Luck;
use sip::DialogId;
use std::time::Duration;

/// One person who is called.
#[derive(Debug, Clone)]
pub(crate) struct Callee {
    pub(crate) number: String,
    pub(crate) carrier: usize,
    pub(crate) dialog: DialogId,
    /// Whether the telephone was picked up, and when.
    pub(crate) answered_at: Option<Duration>,
    /// When the node acknowledged that.
    pub(crate) confirmed_at: Option<Duration>,
    /// With which status the call was refused.
    pub(crate) refused: Option<u16>,
    /// When the carrier's dialog was over.
    pub(crate) over: Option<Duration>,
    /// The node died while the call was in progress.
    pub(crate) node_died: bool,
}

/// What somebody who is called does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The telephone rings.
    Rings,
    /// The network plays something before the answer.
    Sounds,
    /// The telephone is picked up.
    PicksUp,
    /// The network or the person refuses.
    Refuses(u16),
    /// The telephone is put down.
    HangsUp,
}

/// What somebody is going to do with a call, and when. Some never answer.
pub(crate) fn plan(luck: &mut Luck) -> Vec<(Duration, Deed)> {
    let rings = luck.millis(100, 3_000);
    let then = rings + luck.millis(0, 30_000);
    let mut plan = Vec::new();
    match luck.below(10) {
        0 => return vec![(rings, Deed::Refuses(*luck.pick(&[404, 486, 480, 503])))],
        1..=2 => plan.push((rings, Deed::Sounds)),
        _ => plan.push((rings, Deed::Rings)),
    }
    match luck.below(10) {
        0..=1 => plan.push((then, Deed::Refuses(*luck.pick(&[486, 486, 603])))),
        2..=3 => {}
        _ => {
            plan.push((then, Deed::PicksUp));
            plan.push((then + luck.exponential(Duration::from_secs(50)), Deed::HangsUp));
        }
    }
    plan
}
