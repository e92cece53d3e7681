//! What has to be done now and then, whoever is calling: sessions and tokens
//! that have run out are forgotten, so that the table holds only live ones.

use std::time::Duration;
use store::Store;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

/// How often. A session that has run out is refused at once all the same.
const EVERY: Duration = Duration::from_secs(600);

/// Starts the task; the first round is at once. Abort it to stop it: a round is one transaction.
pub(super) fn start(store: Store) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut rounds = tokio::time::interval(EVERY);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            match store.purge_expired().await {
                Ok(0) => {}
                Ok(gone) => tracing::debug!(gone, "sessions that had run out were removed"),
                Err(error) => {
                    tracing::warn!(%error, "sessions that have run out stay in the database until the next round")
                }
            }
        }
    })
}
