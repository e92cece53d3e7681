//! Recordings that run: one per talk. Starting and stopping give the line for
//! the journal and the command for the media engine, always both.

use crate::journal::CallEvent;
use crate::node::media_recording;
use crate::{CallId, RecordingId, StaffId};
use media::LegId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which legs a recording hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ears {
    /// Left channel.
    pub customer: LegId,
    /// Right channel.
    pub seat: LegId,
    /// Whose leg the right one is.
    pub agent: StaffId,
}

/// The recordings that run, by call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recordings {
    running: BTreeMap<CallId, RecordingId>,
}

impl Recordings {
    /// Begins a recording. One that ran for the call must have been stopped before.
    pub fn start(&mut self, call: CallId, recording: RecordingId, ears: Ears) -> (CallEvent, media::Command) {
        self.running.insert(call, recording);
        (
            CallEvent::RecordingStarted { recording, agent: ears.agent },
            media::Command::Record { recording: media_recording(recording), left: ears.customer, right: ears.seat },
        )
    }

    /// Gives a running recording new legs to listen to; `None` when none runs.
    pub fn turn(&self, call: CallId, ears: Ears) -> Option<media::Command> {
        let recording = media_recording(*self.running.get(&call)?);
        Some(media::Command::Record { recording, left: ears.customer, right: ears.seat })
    }

    /// Ends a call's recording; `None` when none runs.
    pub fn stop(&mut self, call: CallId) -> Option<(CallEvent, media::Command)> {
        let recording = self.running.remove(&call)?;
        Some((
            CallEvent::RecordingStopped { recording },
            media::Command::StopRecord { recording: media_recording(recording) },
        ))
    }

    /// Calls that are being recorded.
    pub fn calls(&self) -> impl Iterator<Item = CallId> {
        self.running.keys().copied()
    }

    /// Whether none runs.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }
}
