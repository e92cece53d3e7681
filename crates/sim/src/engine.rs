//! A media engine without sound: it opens and closes legs, plays prompts by
//! the clock, and is a referee of its own — a command that makes no sense for
//! the legs it has is a fault.

use crate::luck::Luck;
use crate::scenario::People;
use crate::town::SOUNDS_MS;
use centre::dial::Tone;
use media::{Command, Event, LegFailure, LegFigures, LegId, PlaybackEnd, PlaybackId, RecordingId, SoundId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The engine.
#[derive(Debug)]
pub(crate) struct Engine {
    people: People,
    legs: BTreeMap<LegId, Leg>,
    /// Legs that could not be opened; a `Close` may be under way to them.
    failed: BTreeSet<LegId>,
    recordings: BTreeSet<RecordingId>,
    sounds: BTreeSet<SoundId>,
    /// Tones that the node made itself.
    tones: BTreeSet<SoundId>,
    last_leg: u64,
    pub(crate) faults: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct Leg {
    port: Option<u16>,
    playing: Option<(PlaybackId, bool)>,
    bridged: Option<LegId>,
    /// The carrier wants no sound.
    held: bool,
}

/// What comes of a command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Follows {
    /// The node is told, after this time.
    Told(Duration, Event),
    /// A playback ends after this time, if it still runs.
    Ends(Duration, LegId, PlaybackId),
    /// Somebody hears somebody.
    Hears(LegId),
}

impl Engine {
    pub(crate) fn new(people: People) -> Engine {
        Engine {
            people,
            legs: BTreeMap::new(),
            failed: BTreeSet::new(),
            recordings: BTreeSet::new(),
            sounds: BTreeSet::new(),
            tones: BTreeSet::new(),
            last_leg: 0,
            faults: Vec::new(),
        }
    }

    /// The shell hands it sounds.
    pub(crate) fn load(&mut self, sounds: impl Iterator<Item = SoundId>) {
        self.sounds.extend(sounds);
    }

    /// Sounds that it holds.
    pub(crate) fn sounds(&self) -> usize {
        self.sounds.len()
    }

    /// Legs and recordings that are open.
    pub(crate) fn open(&self) -> (usize, usize) {
        (self.legs.len(), self.recordings.len())
    }

    /// Whether a leg that is there sends although its carrier said that it holds it.
    pub(crate) fn ignores_hold(&self, leg: LegId) -> bool {
        self.legs.get(&leg).is_some_and(|leg| !leg.held)
    }

    /// The leg that listens on a port.
    pub(crate) fn on_port(&self, port: u16) -> Option<LegId> {
        self.legs.iter().find(|(_, leg)| leg.port == Some(port)).map(|(id, _)| *id)
    }

    pub(crate) fn command(&mut self, command: Command, luck: &mut Luck) -> Vec<Follows> {
        match command {
            Command::OpenPlain { leg, port, params: _ } => self.open_plain(leg, port, luck),
            Command::OpenBrowser { leg, offer: _ } | Command::OfferBrowser { leg } => self.open_browser(leg, luck),
            // No simulated telephone has ICE.
            Command::AnswerBrowser { .. } | Command::AcceptBrowser { .. } | Command::PassOnDigits { .. } => Vec::new(),
            Command::UpdatePlain { leg, params } => self.update(leg, params.sending),
            Command::Close { leg } => self.close(leg),
            Command::Play { leg, playback, sounds, times, interruptible } => {
                let sounds: Vec<u64> = sounds.iter().map(|sound| sound.0).collect();
                self.play(leg, Act { playback, times, interruptible }, &sounds)
            }
            Command::StopPlay { leg } => {
                self.must_have(leg, "StopPlay");
                self.stop(leg, PlaybackEnd::Stopped)
            }
            Command::Bridge { left, right } => self.bridge(left, right),
            Command::Unbridge { leg } => {
                self.must_have(leg, "Unbridge");
                self.unbridge(leg);
                Vec::new()
            }
            Command::Mute { leg, muted: _ } | Command::SendDigits { leg, digits: _ } => {
                self.must_have(leg, "Mute or SendDigits");
                Vec::new()
            }
            // Nothing that is simulated makes conferences yet.
            Command::OpenConference { .. }
            | Command::SetHearing { .. }
            | Command::LeaveConference { .. }
            | Command::CloseConference { .. } => Vec::new(),
            Command::JoinConference { leg, .. } => {
                self.must_have(leg, "JoinConference");
                self.unbridge(leg);
                Vec::new()
            }
            Command::Measure { leg } => {
                self.must_have(leg, "Measure");
                vec![measured(leg)]
            }
            // Sent behind OpenPlain, which may fail before anybody knows.
            Command::DetectTones { .. } | Command::WatchLevels { .. } => Vec::new(),
            Command::Record { recording, left, right } => {
                self.must_have(left, "Record");
                self.must_have(right, "Record");
                // A running recording is given other legs.
                self.recordings.insert(recording);
                Vec::new()
            }
            Command::StopRecord { recording } => {
                if !self.recordings.remove(&recording) {
                    self.faults.push("a recording ended that did not run".to_owned());
                }
                vec![Follows::Told(Duration::from_millis(5), Event::RecordingStopped { recording, samples: 0 })]
            }
            Command::LoadSound { sound, samples: _ } => {
                self.tones.insert(sound);
                Vec::new()
            }
            Command::UnloadSound { sound } => {
                if !self.sounds.remove(&sound) {
                    self.faults.push(format!("sound {} was let go twice", sound.0));
                }
                Vec::new()
            }
        }
    }

    fn update(&mut self, leg: LegId, sending: bool) -> Vec<Follows> {
        self.must_have(leg, "UpdatePlain");
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.held = !sending;
        }
        Vec::new()
    }

    fn open_plain(&mut self, leg: LegId, port: u16, luck: &mut Luck) -> Vec<Follows> {
        let delay = luck.millis(1, 20);
        if self.people == People::Human && luck.chance(0.01) {
            self.failed.insert(leg);
            return vec![Follows::Told(delay, Event::LegFailed { leg, cause: LegFailure::PortTaken })];
        }
        if self.on_port(port).is_some() {
            self.faults.push(format!("two legs on port {port}"));
        }
        self.failed.remove(&leg);
        self.insert(leg, Leg { port: Some(port), ..Leg::default() });
        vec![Follows::Told(delay, Event::LegOpened { leg, answer: None })]
    }

    fn open_browser(&mut self, leg: LegId, luck: &mut Luck) -> Vec<Follows> {
        let delay = luck.millis(1, 20);
        if self.people == People::Human && luck.chance(0.02) {
            self.failed.insert(leg);
            let cause = LegFailure::BadOffer("no codec".to_owned());
            return vec![Follows::Told(delay, Event::LegFailed { leg, cause })];
        }
        self.insert(leg, Leg::default());
        let mut follows = vec![Follows::Told(delay, Event::LegOpened { leg, answer: Some("answer".to_owned()) })];
        let connects = self.people == People::Patient || luck.chance(0.95);
        if connects {
            follows.push(Follows::Told(delay + luck.millis(50, 1_500), Event::BrowserConnected { leg }));
        }
        if self.people == People::Human && luck.chance(0.15) {
            follows.push(Follows::Told(luck.exponential(Duration::from_secs(400)), Event::BrowserLost { leg }));
        }
        follows
    }

    fn insert(&mut self, id: LegId, leg: Leg) {
        // A leg whose port was taken is opened again under its own id.
        if self.legs.insert(id, leg).is_some() {
            self.faults.push(format!("leg {} was opened twice", id.0));
        }
        self.last_leg = self.last_leg.max(id.0);
    }

    fn close(&mut self, leg: LegId) -> Vec<Follows> {
        if self.failed.remove(&leg) {
            return Vec::new();
        }
        self.must_have(leg, "Close");
        self.unbridge(leg);
        self.legs.remove(&leg);
        vec![measured(leg)]
    }

    fn play(&mut self, leg: LegId, act: Act, sounds: &[u64]) -> Vec<Follows> {
        self.must_have(leg, "Play");
        let mut follows = self.stop(leg, PlaybackEnd::Stopped);
        let Act { playback, times, interruptible } = act;
        let tone = |sound: &u64| Tone::ALL.into_iter().find(|tone| tone.sound().0 == *sound);
        if sounds.iter().any(|sound| tone(sound).is_some_and(|tone| !self.tones.contains(&tone.sound()))) {
            self.faults.push("a tone was played that nobody had loaded".to_owned());
        }
        let tone_ms = |sound: &u64| tone(sound).map(|tone| tone.samples().len() as u64 / 8);
        let lengths: Option<Vec<u64>> = sounds.iter().map(|sound| tone_ms(sound).or_else(|| file_ms(sound))).collect();
        for sound in sounds.iter().copied().map(SoundId).filter(|sound| sound.0 <= SOUNDS_MS.len() as u64) {
            if !self.sounds.contains(&sound) {
                self.faults.push(format!("sound {} was let go before a call that plays it", sound.0));
            }
        }
        let Some(lengths) = lengths else {
            let how = PlaybackEnd::SoundMissing;
            follows.push(Follows::Told(Duration::from_millis(1), Event::PlaybackEnded { leg, playback, how }));
            return follows;
        };
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.playing = Some((playback, interruptible));
        }
        if times > 0 {
            let length = Duration::from_millis(lengths.iter().sum::<u64>() * u64::from(times));
            follows.push(Follows::Ends(length, leg, playback));
        }
        follows
    }

    /// A playback's time is over: what the node hears, if it still ran.
    pub(crate) fn playback_due(&mut self, leg: LegId, playback: PlaybackId) -> Option<Event> {
        let playing = &mut self.legs.get_mut(&leg)?.playing;
        if playing.map(|(id, _)| id) != Some(playback) {
            return None;
        }
        *playing = None;
        Some(Event::PlaybackEnded { leg, playback, how: PlaybackEnd::Finished })
    }

    /// A caller presses a key: what the node hears, in either order.
    pub(crate) fn digit(&mut self, leg: LegId, digit: char, luck: &mut Luck) -> Vec<Event> {
        let Some(state) = self.legs.get_mut(&leg) else { return Vec::new() };
        let mut events = vec![Event::Digit { leg, digit }];
        if let Some((playback, true)) = state.playing {
            state.playing = None;
            let ended = Event::PlaybackEnded { leg, playback, how: PlaybackEnd::Interrupted };
            let position = usize::from(luck.chance(0.5));
            events.insert(position, ended);
        }
        events
    }

    fn stop(&mut self, leg: LegId, how: PlaybackEnd) -> Vec<Follows> {
        let playing = self.legs.get_mut(&leg).and_then(|leg| leg.playing.take());
        let told = playing
            .map(|(playback, _)| Follows::Told(Duration::from_millis(1), Event::PlaybackEnded { leg, playback, how }));
        told.into_iter().collect()
    }

    fn bridge(&mut self, left: LegId, right: LegId) -> Vec<Follows> {
        let mut follows = Vec::new();
        for (leg, other) in [(left, right), (right, left)] {
            self.must_have(leg, "Bridge");
            follows.extend(self.stop(leg, PlaybackEnd::Stopped));
            if let Some(leg) = self.legs.get_mut(&leg)
                && let Some(before) = leg.bridged.replace(other)
            {
                self.faults.push(format!("a leg that heard {} was bridged again", before.0));
            }
            follows.push(Follows::Hears(leg));
        }
        follows
    }

    fn unbridge(&mut self, leg: LegId) {
        let other = self.legs.get_mut(&leg).and_then(|leg| leg.bridged.take());
        if let Some(other) = other.and_then(|other| self.legs.get_mut(&other)) {
            other.bridged = None;
        }
    }

    fn must_have(&mut self, leg: LegId, command: &str) {
        if !self.legs.contains_key(&leg) {
            self.faults.push(format!("{command} for leg {}, which is not open", leg.0));
        }
    }
}

/// What the engine has counted of a leg.
fn measured(leg: LegId) -> Follows {
    let figures = LegFigures { received: 50, mos: 440, ..LegFigures::default() };
    Follows::Told(Duration::from_millis(5), Event::Measured { leg, figures })
}

/// How long one of the town's sound files is.
fn file_ms(sound: &u64) -> Option<u64> {
    SOUNDS_MS.get(usize::try_from(*sound).ok()?.checked_sub(1)?).copied()
}

/// How something is played.
struct Act {
    playback: PlaybackId,
    times: u32,
    interruptible: bool,
}
