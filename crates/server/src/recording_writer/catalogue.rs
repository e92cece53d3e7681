//! Rows about recordings on their way into the database. What is there for good
//! needs its segment no longer.

use crate::metrics::MetricsHandle;
use std::path::PathBuf;
use std::time::Duration;
use store::{RecordingRow, RecordingState, Store, recordings};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Rows that may wait for the database.
const ROWS: usize = 10_000;

/// A channel for rows, and the task that brings them into the database.
pub fn catalogue(store: Store, dir: PathBuf, metrics: MetricsHandle) -> (mpsc::Sender<RecordingRow>, JoinHandle<()>) {
    let (sender, mut rows) = mpsc::channel::<RecordingRow>(ROWS);
    let task = tokio::spawn(async move {
        while let Some(row) = rows.recv().await {
            let mut pause = Duration::from_millis(100);
            while let Err(error) = store.put_recording(&row).await {
                metrics.database_failures.add_one();
                tracing::error!(%error, "the database takes no recording; it is tried again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(30));
            }
            match row.state {
                RecordingState::Live => {}
                RecordingState::Complete | RecordingState::Partial => settle(dir.clone(), row).await,
            }
        }
    });
    (sender, task)
}

/// Removes the segment of a recording that the catalogue has.
pub async fn settle(dir: PathBuf, row: RecordingRow) {
    let recording = row.recording;
    match tokio::task::spawn_blocking(move || recordings::settle(&dir, &row)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%recording, %error, "a recording's segment stays until the next start"),
        Err(error) => tracing::error!(%recording, %error, "removing a recording's segment failed"),
    }
}
