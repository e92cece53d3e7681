//! Silence of legs: how long nothing was heard, and whether anything was to be
//! expected. What follows from it is the owner's business.

use super::{Output, Patience};
use crate::Event;
use crate::leg::{Leg, Path};
use crate::limits::NO_SOUND_AGAIN;
use std::collections::VecDeque;
use std::time::Duration;

impl Leg {
    /// Tells how long the leg has been silent, when it is time to.
    pub(super) fn tell_silence(&mut self, patience: &Patience, now: Duration, outbox: &mut VecDeque<Output>) {
        // A browser in no call has no reason to be heard.
        let (expected, held) = match &self.path {
            Path::Plain(plain) => (true, !plain.params.sending),
            Path::Browser(browser) => (self.peer.is_some() || self.conference.is_some(), !browser.sending),
        };
        let (leg, lasted) = (self.id, now.saturating_sub(self.says.heard_at));
        if expected && lasted >= patience.no_sound + NO_SOUND_AGAIN * self.says.silence_told {
            self.says.silence_told += 1;
            self.says.unheard = true;
            outbox.push_back(Output::Event(Event::NoSound { leg, lasted, held }));
        }
        let Path::Plain(plain) = &self.path else {
            return; // The WebRTC library asks its peer all the time whether it is there.
        };
        let lasted = lasted.min(now.saturating_sub(plain.reporting.heard_at));
        let dead = patience.dead.filter(|_| !held).is_some_and(|dead| lasted >= dead);
        if !dead {
            self.says.dead_told = None;
        } else if self.says.dead_told.is_none_or(|told| now >= told + NO_SOUND_AGAIN) {
            self.says.dead_told = Some(now);
            outbox.push_back(Output::Event(Event::Dead { leg, lasted }));
        }
    }

    /// Counts silence from here: what was before is no matter of what comes.
    pub(super) fn begin_silence(&mut self, now: Duration) {
        self.says.heard_at = now;
        self.says.silence_told = 0;
    }
}
