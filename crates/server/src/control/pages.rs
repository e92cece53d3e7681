//! The agents' pages that are connected: at most one an agent, the newest.

use super::handle::DeskMessage;
use crate::metrics::MetricsHandle;
use centre::{SdkAppId, StaffId};
use std::collections::BTreeMap;
use tokio::sync::mpsc::{self, error::TrySendError};

/// Connected pages, by application and agent.
pub struct Pages {
    pages: BTreeMap<(SdkAppId, StaffId), Page>,
    metrics: MetricsHandle,
}

struct Page {
    number: u64,
    messages: mpsc::Sender<DeskMessage>,
}

impl Pages {
    /// No pages yet.
    pub fn new(metrics: MetricsHandle) -> Pages {
        Pages { pages: BTreeMap::new(), metrics }
    }

    /// A page connected. False when a newer one is already there, so that this
    /// one is replaced before it began.
    #[must_use]
    pub fn open(&mut self, who: (SdkAppId, StaffId), number: u64, messages: mpsc::Sender<DeskMessage>) -> bool {
        if self.pages.get(&who).is_some_and(|held| held.number > number) {
            let _ = messages.try_send(DeskMessage::Replaced);
            return false;
        }
        if let Some(older) = self.pages.insert(who, Page { number, messages }) {
            // Dropping its sender closes it after this last word.
            let _ = older.messages.try_send(DeskMessage::Replaced);
        }
        true
    }

    /// A page was lost; a newer one of the same agent stays.
    pub fn lost(&mut self, who: (SdkAppId, StaffId), number: u64) {
        if self.pages.get(&who).is_some_and(|held| held.number == number) {
            self.pages.remove(&who);
        }
    }

    /// Tells an agent's page, if there is one. One that does not keep up is cut
    /// off: it comes back to a whole snapshot, which is better than a gap.
    pub fn send(&mut self, who: (SdkAppId, StaffId), message: DeskMessage) {
        let Some(page) = self.pages.get(&who) else { return };
        match page.messages.try_send(message) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                self.metrics.pages_cut.add_one();
                self.pages.remove(&who);
            }
            Err(TrySendError::Closed(_)) => {
                self.pages.remove(&who);
            }
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.pages.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: (SdkAppId, StaffId) = (SdkAppId(1), StaffId(1));

    #[test]
    fn a_newer_page_replaces_the_older_one_and_its_late_loss_changes_nothing() {
        let mut pages = Pages::new(MetricsHandle::default());
        let (old, mut old_page) = mpsc::channel(4);
        let (new, mut new_page) = mpsc::channel(4);
        assert!(pages.open(ALICE, 1, old));
        assert!(pages.open(ALICE, 2, new));
        assert!(matches!(old_page.try_recv(), Ok(DeskMessage::Replaced)));
        assert!(old_page.try_recv().is_err(), "and it is closed");
        pages.lost(ALICE, 1);
        pages.send(ALICE, DeskMessage::SoundAnswer("v=0".into()));
        assert!(matches!(new_page.try_recv(), Ok(DeskMessage::SoundAnswer(_))));
    }

    #[test]
    fn an_older_page_that_arrives_late_is_told_so() {
        let mut pages = Pages::new(MetricsHandle::default());
        let (old, mut old_page) = mpsc::channel(4);
        let (new, _new_page) = mpsc::channel(4);
        assert!(pages.open(ALICE, 2, new));
        assert!(!pages.open(ALICE, 1, old));
        assert!(matches!(old_page.try_recv(), Ok(DeskMessage::Replaced)));
    }

    #[test]
    fn a_page_that_does_not_keep_up_is_cut_off() {
        let metrics = MetricsHandle::default();
        let mut pages = Pages::new(metrics.clone());
        let (sender, _page) = mpsc::channel(1);
        assert!(pages.open(ALICE, 1, sender));
        pages.send(ALICE, DeskMessage::Replaced);
        pages.send(ALICE, DeskMessage::Replaced);
        assert_eq!(pages.count(), 0);
        assert_eq!(metrics.pages_cut.get(), 1);
    }
}
