//! `alive`: a small file that says when this process was last alive, to the
//! second. After a crash, calls that were in progress ended then, and not when
//! somebody starts the server again on Monday.

use crate::clock::wall_ms;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::MissedTickBehavior;

/// How often it is written, and so how much longer than its record a call may have lasted.
const EVERY: Duration = Duration::from_secs(1);
/// Every writing has the same length: a full disk has room for it, and no reader sees half of it.
const LENGTH: usize = 20;

/// What the last process wrote, if there was one. Read it before [`start`].
pub(super) fn read(path: &Path) -> Option<i64> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(%error, file = %path.display(), "when the last run ended cannot be read");
            return None;
        }
    };
    text.trim().parse().ok().filter(|ms| *ms > 0)
}

/// Writes it from now on. Abort the task to stop it.
pub(super) fn start(path: PathBuf) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut beats = tokio::time::interval(EVERY);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            beats.tick().await;
            let path = path.clone();
            let written = spawn_blocking(move || write(&path, wall_ms())).await.unwrap_or_else(|e| Err(e.into()));
            if let (Err(error), false) = (&written, failing) {
                tracing::warn!(%error, "the file that says that the server is alive cannot be written");
            }
            failing = written.is_err();
        }
    })
}

/// In place and without an fsync: after a power cut it is some seconds old, which the journal's last entries make good.
fn write(path: &Path, now_ms: i64) -> io::Result<()> {
    open(path)?.write_all_at(format!("{now_ms:<width$}\n", width = LENGTH - 1).as_bytes(), 0)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_last_is_read() {
        let path = std::env::temp_dir().join(format!("callyard-alive-{}", std::process::id()));
        assert_eq!(read(&path), None, "there was no run before");
        write(&path, 1_700_000_000_000).expect("written");
        write(&path, 1_700_000_001_000).expect("written");
        assert_eq!(read(&path), Some(1_700_000_001_000));
        assert_eq!(std::fs::metadata(&path).expect("it is there").len(), LENGTH as u64);
        std::fs::write(&path, "torn").expect("written");
        assert_eq!(read(&path), None);
        std::fs::remove_file(&path).expect("cleaned up");
    }

    #[tokio::test]
    async fn it_is_written_while_the_server_runs() {
        let path = std::env::temp_dir().join(format!("callyard-beats-{}", std::process::id()));
        let began = wall_ms();
        let beats = start(path.clone());
        while read(&path).is_none_or(|ms| ms <= began) {
            tokio::task::yield_now().await;
        }
        beats.abort();
        std::fs::remove_file(&path).expect("cleaned up");
    }
}
