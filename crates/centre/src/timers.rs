//! The timers of call control: one closed enum in one table, so that "why did
//! it wake up?" always has an answer. A timer only says that a deadline may
//! have passed; the machine it belongs to looks for itself.

use crate::{AgentKey, CallId, OfferId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What waits for a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A call whose media leg is being opened.
    Arriving(CallId),
    /// A prompt or the wait for a key.
    Flow(CallId),
    /// The longest wait in a queue.
    Wait(CallId),
    /// A ringing desk.
    Offer(OfferId),
    /// A call that nobody has answered yet.
    Dial(CallId),
    /// Somebody who is called for a transfer and has not answered yet.
    Transfer(CallId),
    /// The longest talk.
    Talk(CallId),
    /// The end of writing up.
    WrapUp(AgentKey),
    /// A lost page or sound path.
    Grace(AgentKey),
    /// A browser's sound path that is being made.
    Sound(AgentKey),
    /// Desks that must hear the number of waiting callers.
    WaitingFigure,
    /// The comparison of states.
    Reconcile,
}

/// Which part asked to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// See [`Timer::Arriving`].
    Arriving,
    /// See [`Timer::Flow`].
    Flow,
    /// See [`Timer::Wait`].
    Wait,
    /// See [`Timer::Offer`].
    Offer,
    /// See [`Timer::Dial`].
    Dial,
    /// See [`Timer::Transfer`].
    Transfer,
    /// See [`Timer::Talk`].
    Talk,
    /// See [`Timer::WrapUp`].
    WrapUp,
    /// See [`Timer::Grace`].
    Grace,
    /// See [`Timer::Sound`].
    Sound,
    /// See [`Timer::WaitingFigure`].
    WaitingFigure,
    /// See [`Timer::Reconcile`].
    Reconcile,
}

impl Reason {
    /// A word for logs and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Reason::Arriving => "arriving",
            Reason::Flow => "flow",
            Reason::Wait => "wait",
            Reason::Offer => "offer",
            Reason::Dial => "dial",
            Reason::Transfer => "transfer",
            Reason::Talk => "talk",
            Reason::WrapUp => "wrap_up",
            Reason::Grace => "grace",
            Reason::Sound => "sound",
            Reason::WaitingFigure => "waiting_figure",
            Reason::Reconcile => "reconcile",
        }
    }
}

impl Timer {
    /// Which part it belongs to.
    pub fn reason(self) -> Reason {
        match self {
            Timer::Arriving(_) => Reason::Arriving,
            Timer::Flow(_) => Reason::Flow,
            Timer::Wait(_) => Reason::Wait,
            Timer::Offer(_) => Reason::Offer,
            Timer::Dial(_) => Reason::Dial,
            Timer::Transfer(_) => Reason::Transfer,
            Timer::Talk(_) => Reason::Talk,
            Timer::WrapUp(_) => Reason::WrapUp,
            Timer::Grace(_) => Reason::Grace,
            Timer::Sound(_) => Reason::Sound,
            Timer::WaitingFigure => Reason::WaitingFigure,
            Timer::Reconcile => Reason::Reconcile,
        }
    }
}

/// All timers that run, by deadline.
#[derive(Debug, Clone, Default)]
pub struct Timers {
    by_time: BTreeSet<(Duration, Timer)>,
    by_timer: BTreeMap<Timer, Duration>,
}

impl Timers {
    /// Sets a timer, or moves it.
    pub fn set(&mut self, timer: Timer, at: Duration) {
        if let Some(before) = self.by_timer.insert(timer, at) {
            self.by_time.remove(&(before, timer));
        }
        self.by_time.insert((at, timer));
    }

    /// Sets or stops a timer: what a machine's `deadline()` gives.
    pub fn follow(&mut self, timer: Timer, deadline: Option<Duration>) {
        match deadline {
            Some(at) => self.set(timer, at),
            None => self.stop(timer),
        }
    }

    /// Stops a timer; nothing happens if it does not run.
    pub fn stop(&mut self, timer: Timer) {
        if let Some(at) = self.by_timer.remove(&timer) {
            self.by_time.remove(&(at, timer));
        }
    }

    /// Whether a timer runs.
    pub fn runs(&self, timer: Timer) -> bool {
        self.by_timer.contains_key(&timer)
    }

    /// The next deadline.
    pub fn next(&self) -> Option<(Duration, Timer)> {
        self.by_time.first().copied()
    }

    /// Takes one timer whose deadline has come.
    pub fn take_due(&mut self, now: Duration) -> Option<Timer> {
        let (at, timer) = self.next()?;
        if at > now {
            return None;
        }
        self.stop(timer);
        Some(timer)
    }

    /// How many run.
    pub fn len(&self) -> usize {
        self.by_timer.len()
    }

    /// Whether none runs.
    pub fn is_empty(&self) -> bool {
        self.by_timer.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_that_moved_fires_once_at_its_new_time() {
        let mut timers = Timers::default();
        timers.set(Timer::Reconcile, Duration::from_secs(5));
        timers.set(Timer::Reconcile, Duration::from_secs(9));
        assert_eq!(timers.take_due(Duration::from_secs(8)), None);
        assert_eq!(timers.take_due(Duration::from_secs(9)), Some(Timer::Reconcile));
        assert_eq!(timers.take_due(Duration::from_secs(99)), None);
        assert!(timers.is_empty());
    }
}
