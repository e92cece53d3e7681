//! What comes from outside of calls: settings, and journals of a dead process.

use super::{Centre, GroupKey, Output};
use crate::catalogue;
use crate::journal::JournalEntry;
use crate::journals::{Ending, Journal};
use crate::limits::RESTORED_CALLS;
use crate::node::{LogLevel, media_sound};
use crate::route::Directory;
use crate::settings::Settings;
use crate::{AgentKey, CallId, Now, SdkAppId, SoundFileId, StaffId};
use std::collections::BTreeSet;

impl Centre {
    /// Settings are replaced as a whole. Calls keep the flow they began with;
    /// people who were removed finish the call they are in.
    pub(super) fn settings(&mut self, app: SdkAppId, settings: Option<Box<Settings>>, now: Now) {
        let Some(settings) = settings else { return self.close_application(app, now) };
        let yard = self.yards.entry(app).or_default();
        let mut touched: BTreeSet<_> = yard.queues.occupied().collect();
        for (id, staff) in &settings.staff {
            yard.agents.entry(*id).or_default();
            let groups =
                staff.groups.keys().filter(|group| settings.skill_groups.contains_key(group)).copied().collect();
            touched.extend(yard.board.assign(*id, groups));
        }
        let gone: Vec<StaffId> = yard.agents.keys().filter(|id| !settings.staff.contains_key(id)).copied().collect();
        self.work.groups.extend(touched.into_iter().map(|group| GroupKey { app, group }));
        let kept: Vec<SoundFileId> = settings.sounds.keys().copied().collect();
        let before = self.directories.insert(app, Directory::new(*settings));
        self.sounds_changed(before, &kept);
        let directories = &self.directories;
        self.rates.keep(|trunk| directories.values().any(|known| known.settings.trunks.contains_key(&trunk)));
        for agent in gone {
            // Refused while in a talk; done when that ends.
            self.dismiss(AgentKey { app, agent }, now);
        }
        let everyone: Vec<StaffId> = self.yards.get(&app).into_iter().flat_map(|y| y.agents.keys().copied()).collect();
        for agent in everyone {
            self.follow_phone(AgentKey { app, agent }, now);
        }
        let agents = self.yards.get(&app).into_iter().flat_map(|yard| yard.agents.keys());
        self.work.desks.extend(agents.map(|agent| AgentKey { app, agent: *agent }));
    }

    /// A sound that the settings no longer have goes when no call is left that
    /// began while they had it.
    fn sounds_changed(&mut self, before: Option<Directory>, kept: &[SoundFileId]) {
        for sound in kept {
            self.leaving_sounds.remove(sound);
        }
        let before = before.into_iter().flat_map(|directory| directory.settings.sounds.into_keys());
        for sound in before.filter(|sound| !kept.contains(sound)).collect::<Vec<_>>() {
            match self.cursors.values().filter(|cursor| cursor.may_play(sound)).count() {
                0 => self.media_command(media::Command::UnloadSound { sound: media_sound(sound) }),
                calls => {
                    self.leaving_sounds.insert(sound, calls);
                }
            }
        }
    }

    /// A call needs its flow no more, nor the sounds of it.
    pub(super) fn leave_flow(&mut self, call: CallId) {
        let Some(cursor) = self.cursors.remove(&call) else { return };
        let mut unused = Vec::new();
        for (sound, calls) in self.leaving_sounds.iter_mut().filter(|(sound, _)| cursor.may_play(**sound)) {
            *calls -= 1;
            if *calls == 0 {
                unused.push(*sound);
            }
        }
        for sound in unused {
            self.leaving_sounds.remove(&sound);
            self.media_command(media::Command::UnloadSound { sound: media_sound(sound) });
        }
    }

    fn close_application(&mut self, app: SdkAppId, now: Now) {
        let calls: Vec<CallId> =
            self.journals.iter().filter(|(_, journal)| journal.record.app == app).map(|(call, _)| call).collect();
        for call in calls {
            self.end_call(call, Ending::failure(catalogue::APPLICATION_GONE), now);
        }
        let before = self.directories.remove(&app);
        self.sounds_changed(before, &[]);
        let agents: Vec<StaffId> =
            self.yards.get(&app).into_iter().flat_map(|yard| yard.agents.keys().copied()).collect();
        for agent in agents {
            self.dismiss(AgentKey { app, agent }, now);
        }
        self.yards.remove(&app);
        self.waiting_figures.forget(app);
    }

    /// Ends what a dead process left behind: each call once, each with its
    /// record, at the moment the process died. Nobody knows better than now
    /// when that moment is unknown.
    pub(super) fn restore(&mut self, journals: Vec<Vec<JournalEntry>>, died_ms: Option<i64>, now: Now) {
        let ended_ms = died_ms.map_or(now.wall_ms, |died_ms| died_ms.min(now.wall_ms));
        for entries in journals.into_iter().take(RESTORED_CALLS) {
            let Some(mut journal) = Journal::resume(&entries) else {
                self.log(LogLevel::Error, "a journal without a beginning was found", &[("entries", &entries.len())]);
                continue;
            };
            if self.journals.any(journal.record.call).is_some() {
                // Handed in twice, or still in progress here.
                continue;
            }
            for entry in journal.end_after_restart(ended_ms) {
                self.outputs.push_back(Output::Journal(entry));
            }
            self.log(
                LogLevel::Warn,
                "a call was ended because the server had stopped",
                &[("call", &journal.record.call)],
            );
            self.outputs.push_back(Output::Record(Box::new(journal.record)));
        }
    }
}
