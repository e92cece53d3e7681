//! A call's way through its flow: prompts, menus, the way to a queue and the
//! end. The cursor knows nodes and keys; it does not know what a queue is made
//! of, nor what hangs up a call.

use crate::catalogue::{self, Code};
use crate::journal::LeftQueue;
use crate::limits::{DIGIT_LAG, FLOW_STEPS, PLAYBACK_SLACK};
use crate::settings::{BranchKey, Flow, SoundFile, Step};
use crate::{NodeName, SkillGroupId, SoundFileId};
use media::PlaybackEnd;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Where a call stands in its flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    flow: Arc<Flow>,
    /// The sounds of the settings that the flow was taken from: it may play them to its end.
    sounds: Arc<Sounds>,
    node: NodeName,
    doing: Doing,
    /// Nodes entered since the caller last pressed a key.
    steps: u32,
    /// Wrong keys and missing keys at this branch.
    errors: u32,
    deadline: Option<Duration>,
}

/// What the cursor waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Doing {
    /// Not begun, or over.
    Nothing,
    /// A prompt plays.
    Prompt { interruptible: bool },
    /// A digit ended the prompt, but has not been told yet.
    Interrupted,
    /// A menu is read out; a key counts already.
    Menu,
    /// The menu was read; a key is awaited.
    Key,
    /// The last error's prompt plays; then the call ends.
    LastError,
    /// The prompt before queueing plays.
    BeforeQueue,
    /// The caller waits in a queue, which is not the cursor's business.
    Queued,
    /// The queue gave the caller back; its prompt plays.
    AfterQueue,
    /// The prompt before the end plays.
    Farewell,
}

/// What a cursor hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Begin at the first node.
    Start,
    /// What was played last is over.
    Played(PlaybackEnd),
    /// The caller pressed a key.
    Digit(char),
    /// The deadline may have come.
    Time,
    /// The queue gives the caller back.
    LeftQueue(LeftQueue),
}

/// What a cursor wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// For the journal: a node was entered.
    Entered {
        /// Its name.
        node: NodeName,
        /// Its label.
        label: String,
    },
    /// For the journal: a key of a branch was pressed.
    Key {
        /// The key.
        key: char,
        /// Its label.
        label: String,
        /// The node's label.
        node_label: String,
    },
    /// Play these to the caller, instead of what plays now.
    Play {
        /// What.
        sounds: Vec<SoundFileId>,
        /// How often.
        times: u32,
        /// Whether a digit ends it.
        interruptible: bool,
    },
    /// Stop what plays.
    Hush,
    /// Let the caller wait for an agent.
    Queue(Wanted),
    /// The flow is over.
    End {
        /// What failed, if anything did.
        failed: Option<&'static Code>,
    },
    /// What was awaited never came; gone on without it. Someone may look.
    Overslept,
}

/// What a caller waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The group.
    pub group: SkillGroupId,
    /// Looped meanwhile.
    pub music: Option<SoundFileId>,
    /// Longest wait.
    pub max_wait: Duration,
}

/// An application's sounds.
pub type Sounds = BTreeMap<SoundFileId, SoundFile>;

impl Cursor {
    /// A cursor before the first node.
    pub fn new(flow: Arc<Flow>, sounds: Arc<Sounds>) -> Cursor {
        let node = flow.start.clone();
        Cursor { flow, sounds, node, doing: Doing::Nothing, steps: 0, errors: 0, deadline: None }
    }

    /// The flow it walks.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Whether it may still play a sound.
    pub fn may_play(&self, sound: SoundFileId) -> bool {
        self.sounds.contains_key(&sound)
    }

    /// When it wants to hear [`Input::Time`].
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Whether the caller waits in a queue.
    pub fn is_queued(&self) -> bool {
        self.doing == Doing::Queued
    }

    /// One change. An input that does not fit what the cursor waits for is late
    /// or repeated and changes nothing.
    pub fn handle(&mut self, input: Input, now: Duration) -> Vec<Output> {
        let mut out = Vec::new();
        match input {
            Input::Start => {
                if self.doing == Doing::Nothing {
                    let start = self.flow.start.clone();
                    self.enter(start, now, &mut out);
                }
            }
            Input::Played(how) => self.played(how, now, &mut out),
            Input::Digit(key) => self.digit(key, now, &mut out),
            Input::Time => self.time(now, &mut out),
            Input::LeftQueue(why) => self.left_queue(why, now, &mut out),
        }
        out
    }

    fn enter(&mut self, node: NodeName, now: Duration, out: &mut Vec<Output>) {
        self.steps += 1;
        if self.steps > FLOW_STEPS {
            return self.end(Some(catalogue::FLOW_LOOP), out);
        }
        let flow = Arc::clone(&self.flow);
        let Some(entered) = flow.nodes.get(&node) else {
            return self.end(Some(catalogue::FLOW_MISSING), out);
        };
        out.push(Output::Entered { node: node.clone(), label: entered.label.clone() });
        self.node = node;
        self.errors = 0;
        match &entered.step {
            Step::Prompt { sound, times, interruptible, next: _ } => {
                self.doing = Doing::Prompt { interruptible: *interruptible };
                let play = Play { sounds: vec![*sound], times: *times, interruptible: *interruptible };
                self.play(play, now, out);
            }
            Step::Branch { prompt, .. } => self.menu(vec![*prompt], now, out),
            Step::ToAgent { prompt, .. } => match prompt {
                Some(prompt) => {
                    self.doing = Doing::BeforeQueue;
                    self.play(Play::once(*prompt), now, out);
                }
                None => self.queue(out),
            },
            Step::End { prompt } => match prompt {
                Some(prompt) => {
                    self.doing = Doing::Farewell;
                    self.play(Play::once(*prompt), now, out);
                }
                None => self.end(None, out),
            },
        }
    }

    fn played(&mut self, how: PlaybackEnd, now: Duration, out: &mut Vec<Output>) {
        match how {
            PlaybackEnd::SoundMissing => match self.doing {
                // Music is a courtesy: the caller waits on in silence.
                Doing::Queued | Doing::Nothing => {}
                Doing::Prompt { .. }
                | Doing::Interrupted
                | Doing::Menu
                | Doing::Key
                | Doing::LastError
                | Doing::BeforeQueue
                | Doing::AfterQueue
                | Doing::Farewell => self.end(Some(catalogue::FLOW_MISSING), out),
            },
            // The digit that did it may come before or after this; it decides, or else its lag.
            PlaybackEnd::Interrupted => match self.doing {
                Doing::Prompt { .. } => {
                    self.doing = Doing::Interrupted;
                    self.deadline = Some(now + DIGIT_LAG);
                }
                Doing::Menu => self.await_key(now),
                Doing::BeforeQueue | Doing::AfterQueue | Doing::Farewell | Doing::LastError => self.go_on(now, out),
                Doing::Nothing | Doing::Interrupted | Doing::Key | Doing::Queued => {}
            },
            PlaybackEnd::Finished | PlaybackEnd::Stopped => match self.doing {
                Doing::Menu => self.await_key(now),
                Doing::Prompt { .. } | Doing::BeforeQueue | Doing::AfterQueue | Doing::Farewell | Doing::LastError => {
                    self.go_on(now, out);
                }
                Doing::Nothing | Doing::Interrupted | Doing::Key | Doing::Queued => {}
            },
        }
    }

    /// What plays is over: the next step.
    fn go_on(&mut self, now: Duration, out: &mut Vec<Output>) {
        self.deadline = None;
        match self.doing {
            Doing::Prompt { .. } | Doing::Interrupted => {
                if let Some(Step::Prompt { next, .. }) = self.step() {
                    let next = next.clone();
                    self.enter(next, now, out);
                }
            }
            Doing::BeforeQueue => self.queue(out),
            Doing::AfterQueue => self.failure(now, out),
            Doing::LastError | Doing::Farewell => self.end(None, out),
            Doing::Nothing | Doing::Menu | Doing::Key | Doing::Queued => {}
        }
    }

    fn digit(&mut self, key: char, now: Duration, out: &mut Vec<Output>) {
        match self.doing {
            Doing::Prompt { interruptible: true } | Doing::Interrupted => {
                self.steps = 0;
                out.push(Output::Hush);
                self.go_on(now, out);
            }
            Doing::Menu | Doing::Key => self.key(key, now, out),
            Doing::Prompt { interruptible: false }
            | Doing::Nothing
            | Doing::LastError
            | Doing::BeforeQueue
            | Doing::Queued
            | Doing::AfterQueue
            | Doing::Farewell => {}
        }
    }

    fn key(&mut self, key: char, now: Duration, out: &mut Vec<Output>) {
        self.steps = 0;
        let flow = Arc::clone(&self.flow);
        let Some(entered) = flow.nodes.get(&self.node) else { return };
        let Step::Branch { keys, invalid_prompt, .. } = &entered.step else { return };
        match keys.iter().find(|branch| branch.key == key) {
            Some(BranchKey { key, label, next }) => {
                let node_label = entered.label.clone();
                out.push(Output::Key { key: *key, label: label.clone(), node_label });
                out.push(Output::Hush);
                self.enter(next.clone(), now, out);
            }
            None => self.error(*invalid_prompt, now, out),
        }
    }

    /// A wrong key, or none: explain again, or give up.
    fn error(&mut self, explain: Option<SoundFileId>, now: Duration, out: &mut Vec<Output>) {
        let Some(Step::Branch { prompt, max_errors, .. }) = self.step() else { return };
        let (prompt, max_errors) = (*prompt, *max_errors);
        self.errors += 1;
        if self.errors < max_errors {
            return self.menu(explain.into_iter().chain([prompt]).collect(), now, out);
        }
        match explain {
            Some(explain) => {
                self.doing = Doing::LastError;
                self.play(Play::once(explain), now, out);
            }
            None => self.end(None, out),
        }
    }

    fn time(&mut self, now: Duration, out: &mut Vec<Output>) {
        if self.deadline.is_none_or(|deadline| deadline > now) {
            return;
        }
        self.deadline = None;
        match self.doing {
            Doing::Key => {
                if let Some(Step::Branch { timeout_prompt, .. }) = self.step() {
                    let explain = *timeout_prompt;
                    self.error(explain, now, out);
                }
            }
            Doing::Prompt { .. } | Doing::BeforeQueue | Doing::AfterQueue | Doing::Farewell | Doing::LastError => {
                out.push(Output::Overslept);
                out.push(Output::Hush);
                self.go_on(now, out);
            }
            Doing::Menu => {
                out.push(Output::Overslept);
                self.await_key(now);
            }
            Doing::Interrupted => self.go_on(now, out),
            Doing::Nothing | Doing::Queued => {}
        }
    }

    fn left_queue(&mut self, why: LeftQueue, now: Duration, out: &mut Vec<Output>) {
        if self.doing != Doing::Queued {
            return;
        }
        let Some(Step::ToAgent { timeout_prompt, nobody_prompt, .. }) = self.step() else { return };
        let prompt = match why {
            LeftQueue::NobodySignedIn => *nobody_prompt,
            LeftQueue::WaitedTooLong | LeftQueue::Full => *timeout_prompt,
        };
        out.push(Output::Hush);
        self.doing = Doing::AfterQueue;
        match prompt {
            Some(prompt) => self.play(Play::once(prompt), now, out),
            None => self.failure(now, out),
        }
    }

    /// No agent took the call: the failure node, or the end.
    fn failure(&mut self, now: Duration, out: &mut Vec<Output>) {
        let next = match self.step() {
            Some(Step::ToAgent { failure, .. }) => failure.clone(),
            Some(Step::Prompt { .. } | Step::Branch { .. } | Step::End { .. }) | None => None,
        };
        match next {
            Some(next) => self.enter(next, now, out),
            None => self.end(None, out),
        }
    }

    fn menu(&mut self, sounds: Vec<SoundFileId>, now: Duration, out: &mut Vec<Output>) {
        self.doing = Doing::Menu;
        self.play(Play { sounds, times: 1, interruptible: true }, now, out);
    }

    fn await_key(&mut self, now: Duration) {
        if let Some(Step::Branch { timeout_s, .. }) = self.step() {
            let timeout = Duration::from_secs((*timeout_s).into());
            self.doing = Doing::Key;
            self.deadline = Some(now + timeout);
        }
    }

    fn queue(&mut self, out: &mut Vec<Output>) {
        let Some(Step::ToAgent { group, music, max_wait_s, .. }) = self.step() else { return };
        let max_wait = Duration::from_secs((*max_wait_s).into());
        // Music is a courtesy: without it the caller waits in silence.
        let music = music.filter(|music| self.may_play(*music));
        out.push(Output::Queue(Wanted { group: *group, music, max_wait }));
        self.doing = Doing::Queued;
        self.deadline = None;
    }

    fn end(&mut self, failed: Option<&'static Code>, out: &mut Vec<Output>) {
        self.doing = Doing::Nothing;
        self.deadline = None;
        out.push(Output::End { failed });
    }

    fn play(&mut self, play: Play, now: Duration, out: &mut Vec<Output>) {
        let mut length = Duration::ZERO;
        for sound in &play.sounds {
            let Some(file) = self.sounds.get(sound) else {
                return self.end(Some(catalogue::FLOW_MISSING), out);
            };
            length += Duration::from_millis(file.duration_ms);
        }
        let times = play.times.max(1);
        self.deadline = Some(now + length.saturating_mul(times) + PLAYBACK_SLACK);
        out.push(Output::Play { sounds: play.sounds, times, interruptible: play.interruptible });
    }

    fn step(&self) -> Option<&Step> {
        self.flow.nodes.get(&self.node).map(|node| &node.step)
    }
}

/// Something to play.
struct Play {
    sounds: Vec<SoundFileId>,
    times: u32,
    interruptible: bool,
}

impl Play {
    fn once(sound: SoundFileId) -> Play {
        Play { sounds: vec![sound], times: 1, interruptible: false }
    }
}
