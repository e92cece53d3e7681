//! What the owner wants, one function a command.

use super::{Engine, Output};
use crate::conference::Heard;
use crate::leg::{Counts, Hears, Leg, Path, Plain, Says};
use crate::limits::{FIGURES_EVERY, MAX_DIGITS, MAX_SOUND_SAMPLES, MAX_SOUNDS, MAX_SOUNDS_IN_PLAYBACK};
use crate::playback::{Playback, Programme};
use crate::reporting::Reporting;
use crate::rtcp::Ending;
use crate::stream::Numbering;
use crate::{Command, Event, LegFailure, LegId, PlainParams, PlaybackEnd, PlaybackId, SoundId};
use rand_core::Rng;
use std::sync::Arc;
use std::time::Duration;

/// What one leg is to be played.
struct Wish {
    leg: LegId,
    playback: PlaybackId,
    sounds: Vec<SoundId>,
    times: u32,
    interruptible: bool,
}

/// Whether what a leg says is passed on.
#[derive(PartialEq, Eq)]
enum Mouth {
    Open,
    Shut,
}

impl Engine {
    // tidy: table
    pub(super) fn obey(&mut self, command: Command, now: Duration) {
        match command {
            Command::LoadSound { sound, samples } => self.load_sound(sound, samples),
            Command::UnloadSound { sound } => {
                self.sounds.remove(&sound);
            }
            // The shell has bound the port by the time we hear of it.
            Command::OpenPlain { leg, port: _, params } => self.open_plain(leg, params, now),
            Command::UpdatePlain { leg, params } => self.update_plain(leg, params, now),
            Command::OpenBrowser { leg, offer } => self.open_browser(leg, &offer, now),
            Command::OfferBrowser { leg } => self.offer_browser(leg, now),
            Command::AnswerBrowser { leg, offer } => self.answer_browser(leg, &offer, now),
            Command::AcceptBrowser { leg, answer } => self.accept_browser(leg, &answer, now),
            Command::Close { leg } => self.close(leg, now),
            Command::Play { leg, playback, sounds, times, interruptible } => {
                self.play(Wish { leg, playback, sounds, times, interruptible }, now);
            }
            Command::StopPlay { leg } => self.end_playback(leg, PlaybackEnd::Stopped),
            Command::Bridge { left, right } => self.bridge(left, right, now),
            Command::Unbridge { leg } => self.part(leg, now),
            Command::OpenConference { conference } => self.open_conference(conference),
            Command::JoinConference { conference, leg, role } => self.join_conference(conference, leg, role, now),
            Command::SetHearing { conference, speaker, listener, hears: true } => {
                self.set_hearing(conference, speaker, (listener, Heard::Yes), now);
            }
            Command::SetHearing { conference, speaker, listener, hears: false } => {
                self.set_hearing(conference, speaker, (listener, Heard::No), now);
            }
            Command::LeaveConference { leg } => self.leave_conference(leg, now),
            Command::CloseConference { conference } => self.close_conference(conference),
            Command::Mute { leg, muted: true } => self.mute(leg, Mouth::Shut, now),
            Command::Mute { leg, muted: false } => self.mute(leg, Mouth::Open, now),
            Command::SendDigits { leg, digits } => self.send_digits(leg, &digits, now),
            Command::PassOnDigits { leg, digits } => {
                if let Some(peer) = self.legs.get(&leg).and_then(|leg| leg.peer) {
                    self.send_digits(peer, &digits, now);
                }
            }
            Command::WatchLevels { leg, on: true } => self.watch_levels(leg),
            Command::WatchLevels { leg, on: false } => self.forget_levels(leg),
            Command::DetectTones { leg, on: true } => self.detect_tones(leg),
            Command::DetectTones { leg, on: false } => self.ignore_tones(leg),
            Command::Measure { leg } => self.measure(leg, now),
            Command::Record { recording, left, right } => {
                self.record(recording, [left, right], now);
            }
            Command::StopRecord { recording } => self.stop_record(recording, now),
        }
    }

    fn load_sound(&mut self, sound: SoundId, samples: Arc<[i16]>) {
        // One sound too many, or one too long, stays unknown: playing it is
        // told as missing.
        if samples.len() <= MAX_SOUND_SAMPLES && (self.sounds.len() < MAX_SOUNDS || self.sounds.contains_key(&sound)) {
            self.sounds.insert(sound, samples);
        }
    }

    fn open_plain(&mut self, leg: LegId, params: PlainParams, now: Duration) {
        if !self.has_room_for(leg) {
            return;
        }
        let luck = std::array::from_fn(|_| self.luck.next_u32());
        let plain = Plain::new(params, Reporting::new(luck, now), now);
        self.add(leg, Path::Plain(Box::new(plain)), None, now);
    }

    /// Whether a leg may be opened; if the engine is full, its owner is told.
    pub(super) fn has_room_for(&mut self, leg: LegId) -> bool {
        if self.legs.contains_key(&leg) {
            return false; // A repeated command; the leg is open.
        }
        let room = self.legs.len() < self.config.max_legs;
        if !room {
            self.tell(Event::LegFailed { leg, cause: LegFailure::TooManyLegs });
        }
        room
    }

    pub(super) fn add(&mut self, id: LegId, path: Path, answer: Option<String>, now: Duration) {
        // rfc3550:5.1 — source, first sequence number and timestamp are random.
        let numbering = Numbering::new(
            self.luck.next_u32(),
            // The upper half stays free, so that the first roll-over is far off.
            (self.luck.next_u32() & 0x7fff) as u16,
            self.luck.next_u32(),
        );
        let leg = Leg {
            id,
            path,
            says: Says { heard_at: now, ..Says::default() },
            hears: Hears::new(numbering),
            peer: None,
            conference: None,
            meters: None,
            counted_before: Counts::default(),
            counted_lately: Counts::default(),
            figures_due: now + FIGURES_EVERY,
        };
        self.legs.insert(id, leg);
        self.tell(Event::LegOpened { leg: id, answer });
    }

    fn update_plain(&mut self, leg: LegId, params: PlainParams, now: Duration) {
        let Some(leg) = self.legs.get_mut(&leg) else {
            return;
        };
        match &mut leg.path {
            Path::Plain(plain) => {
                if plain.renew(params, now) {
                    // What presses keys now may be another device. A mere
                    // refresh must not tell a key twice that is down.
                    leg.says.digits = Default::default();
                    // Held, resumed or moved: the silence before it had another reason.
                    plain.reporting.heard_at = now;
                    leg.says.heard_at = now;
                    leg.says.silence_told = 0;
                }
                leg.hears.numbering.pause();
            }
            Path::Browser(_) => {} // Not a plain leg: nothing to update.
        }
    }

    fn close(&mut self, id: LegId, now: Duration) {
        self.end_playback(id, PlaybackEnd::Stopped);
        self.part(id, now);
        self.leave_recordings(id, now);
        let Some(mut leg) = self.legs.remove(&id) else {
            return;
        };
        leg.report(Ending::GoodBye, now, &mut self.outbox);
        self.speaking.remove(&id);
        self.tell(Event::Measured { leg: id, figures: leg.figures() });
        match leg.path {
            Path::Plain(_) => self.outbox.push_back(Output::CloseSocket(id)),
            Path::Browser(browser) => self.say_good_bye(id, *browser),
        }
    }

    fn measure(&mut self, id: LegId, now: Duration) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let figures = leg.figures();
        leg.count_anew();
        leg.figures_due = now + FIGURES_EVERY;
        self.tell(Event::Measured { leg: id, figures });
    }

    fn play(&mut self, wish: Wish, now: Duration) {
        self.end_playback(wish.leg, PlaybackEnd::Stopped);
        let wanted = wish.sounds.len().min(MAX_SOUNDS_IN_PLAYBACK);
        let sounds: Vec<_> =
            wish.sounds.iter().take(wanted).map_while(|sound| self.sounds.get(sound).cloned()).collect();
        let missing = sounds.len() < wish.sounds.len();
        let Wish { times, interruptible, .. } = wish;
        let programme = Programme { sounds, missing, times, interruptible };
        let Some(leg) = self.legs.get_mut(&wish.leg) else {
            return;
        };
        leg.hears.playback = Some(Playback::new(wish.playback, programme));
        leg.hears.numbering.pause();
        self.start_speaking(wish.leg, now);
    }

    /// Ends what a leg is played, if it is played something.
    pub(super) fn end_playback(&mut self, leg: LegId, how: PlaybackEnd) {
        let hears = self.legs.get_mut(&leg).map(|leg| &mut leg.hears);
        let Some(playback) = hears.and_then(|hears| {
            hears.numbering.pause();
            hears.playback.take()
        }) else {
            return;
        };
        self.tell(Event::PlaybackEnded { leg, playback: playback.id, how });
    }

    fn bridge(&mut self, left: LegId, right: LegId, now: Duration) {
        if left == right || !self.legs.contains_key(&left) || !self.legs.contains_key(&right) {
            return; // One of them is gone; its owner knows or will hear.
        }
        for leg in [left, right] {
            self.end_playback(leg, PlaybackEnd::Stopped);
            self.part(leg, now);
        }
        self.link(left, right, now);
    }

    /// Lets two legs hear each other that are in no bridge.
    pub(super) fn link(&mut self, left: LegId, right: LegId, now: Duration) {
        for (leg, peer) in [(left, right), (right, left)] {
            if let Some(leg) = self.legs.get_mut(&leg) {
                leg.peer = Some(peer);
                // Whoever was muted in another bridge is heard in this one.
                leg.says.muted = false;
                leg.hears.silence = false;
                // The silence that counts is that of the bridge.
                leg.begin_silence(now);
            }
            self.start_speaking(leg, now);
        }
    }

    /// Takes a leg out of its bridge or conference.
    pub(super) fn part(&mut self, leg: LegId, now: Duration) {
        self.leave_conference(leg, now);
        self.unlink(leg);
    }

    /// Takes a leg out of its bridge, whoever made it.
    pub(super) fn unlink(&mut self, leg: LegId) {
        let peer = self.legs.get_mut(&leg).and_then(Leg::leave_bridge);
        if let Some(peer) = peer.and_then(|peer| self.legs.get_mut(&peer)) {
            peer.leave_bridge();
        }
    }

    fn mute(&mut self, leg: LegId, mouth: Mouth, now: Duration) {
        let Some(leg) = self.legs.get_mut(&leg) else {
            return;
        };
        let muted = mouth == Mouth::Shut;
        leg.says.muted = muted;
        if let Some(playout) = leg.says.playout.as_mut().filter(|_| muted) {
            playout.hush();
        }
        let Some(peer) = leg.peer else {
            return;
        };
        if let Some(peer) = self.legs.get_mut(&peer) {
            peer.hears.silence = muted;
            peer.hears.joiner.filled = 0;
            if peer.hears.is_free() {
                peer.hears.numbering.pause();
            }
        }
        self.start_speaking(peer, now);
    }

    fn watch_levels(&mut self, leg: LegId) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.meters.get_or_insert_default();
        }
    }

    fn forget_levels(&mut self, leg: LegId) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.meters = None;
        }
    }

    fn detect_tones(&mut self, leg: LegId) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.says.tones.get_or_insert_default();
        }
    }

    fn ignore_tones(&mut self, leg: LegId) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.says.tones = None;
        }
    }

    fn send_digits(&mut self, leg: LegId, digits: &str, now: Duration) {
        let end = digits.char_indices().nth(MAX_DIGITS).map_or(digits.len(), |(at, _)| at);
        let Some(found) = self.legs.get_mut(&leg) else {
            return;
        };
        found.hears.digits.press(digits.get(..end).unwrap_or_default());
        self.start_speaking(leg, now);
    }
}

impl Leg {
    /// Leaves its bridge; gives who was at the other end.
    fn leave_bridge(&mut self) -> Option<LegId> {
        let peer = self.peer.take()?;
        self.hears.silence = false;
        self.hears.joiner.filled = 0;
        self.hears.numbering.pause();
        Some(peer)
    }
}
