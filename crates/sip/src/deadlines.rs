//! Every timer of an endpoint in one ordered set. A timer has a name; setting it again
//! moves it, so nothing ever fires that was stopped.

use crate::api::{DialogId, Flow, PhoneKey, Reason, TrunkKey};
use crate::dialog::DialogTimer;
use crate::outward::registration::RegistrationId;
use crate::transaction::Timer;
use crate::transaction::store::{ClientKey, ServerId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The name of a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wake {
    Server(ServerId, Timer),
    Client(ClientKey, Timer),
    /// A client transaction whose dialog is over.
    Abandoned(ClientKey),
    Dialog(DialogId, DialogTimer),
    Phone(PhoneKey),
    /// A binding of ours at a carrier.
    Registration(RegistrationId),
    KeepAlive(TrunkKey, Flow),
    Nonces,
}

impl Wake {
    pub(crate) fn reason(self) -> Reason {
        match self {
            Wake::Server(..) | Wake::Client(..) | Wake::Abandoned(_) => Reason::Transaction,
            Wake::Dialog(..) => Reason::Dialog,
            Wake::Phone(_) | Wake::Registration(_) => Reason::Registration,
            Wake::KeepAlive(..) => Reason::KeepAlive,
            Wake::Nonces => Reason::Housekeeping,
        }
    }
}

/// The timers that run.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    by_time: BTreeSet<(Duration, Wake)>,
    by_name: BTreeMap<Wake, Duration>,
}

impl Deadlines {
    /// Starts a timer, or moves it.
    pub(crate) fn set(&mut self, wake: Wake, at: Duration) {
        if let Some(old) = self.by_name.insert(wake, at) {
            self.by_time.remove(&(old, wake));
        }
        self.by_time.insert((at, wake));
    }

    /// Stops a timer, if it runs.
    pub(crate) fn clear(&mut self, wake: Wake) {
        if let Some(old) = self.by_name.remove(&wake) {
            self.by_time.remove(&(old, wake));
        }
    }

    /// Takes the earliest timer that is due.
    pub(crate) fn take_due(&mut self, now: Duration) -> Option<Wake> {
        let (_, wake) = *self.by_time.first().filter(|(at, _)| *at <= now)?;
        self.clear(wake);
        Some(wake)
    }

    /// The earliest timer.
    pub(crate) fn next(&self) -> Option<(Duration, Wake)> {
        self.by_time.first().copied()
    }
}
