//! Sessions that ended before their time. A route asks the store each time and
//! notices by itself; a desk socket stays open and has to be told.

use centre::{SdkAppId, StaffId};
use store::Secret;
use tokio::sync::broadcast;

/// Endings that a socket may be behind. One that is further behind looks at its
/// own session instead.
const KEPT: usize = 64;

/// Whose sessions ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// One session.
    Session(Secret),
    /// Sessions of an account, perhaps not all.
    Account(SdkAppId, StaffId),
}

/// Tells those who listen.
#[derive(Debug)]
pub struct Endings(broadcast::Sender<Ending>);

impl Default for Endings {
    fn default() -> Endings {
        Endings(broadcast::channel(KEPT).0)
    }
}

impl Endings {
    /// Sessions ended. Say it after the store knows it.
    pub fn tell(&self, ending: Ending) {
        // With nobody listening, nobody has to be told.
        let _ = self.0.send(ending);
    }

    /// Hears all endings from now on.
    pub fn listen(&self) -> broadcast::Receiver<Ending> {
        self.0.subscribe()
    }
}
