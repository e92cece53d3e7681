//! The stage of the stories: call control, a media engine that does what it is
//! told, and people who follow a script in plain words. What a caller, an agent
//! or a bill would notice is written down line by line.

#[path = "shop.rs"]
mod shop;

use centre::centre::{
    Arrival, Centre, Far, Input, Invitation, Left, Output, PageChange, PhoneCall, Signs, TransferWish,
};
use centre::desk::{DeskCommand, DeskPresence};
use centre::dial::Tone;
use centre::journal::{CallEvent, JournalEntry, Verdict};
use centre::leg::Hold;
use centre::record::Record;
use centre::settings::*;
use centre::{AgentKey, CallId, Now, OfferId, PhoneId, Pii, SoundFileId, StaffId, TrunkId};
use media::{Event, LegFigures, LegId, PlaybackEnd, PlaybackId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use shop::*;

const WALL_MS: i64 = 1_700_000_000_000;

/// Plays a script and compares what was noticed.
pub fn check(script: &str, expected: expect_test::Expect) {
    check_with(settings(), script, expected);
}

/// The same with settings of one's own.
pub fn check_with(settings: Settings, script: &str, expected: expect_test::Expect) {
    Stage::new(settings).check(script, expected);
}

/// Alice's desk rings for A, who waits for Sales: what was noticed
/// until then is not compared again.
pub const RINGS_AT_ALICE: &str = "
    alice signs in
    A calls
    A presses 0
    A presses 1
";

/// The same, and Alice has answered.
pub const TALKS_WITH_ALICE: &str = "
    alice signs in
    A calls
    A presses 0
    A presses 1
    alice accepts
";

/// Nobody is free, and A waits for Sales.
pub const WAITS_FOR_ALICE: &str = "
    alice signs in
    alice is not ready
    A calls
    A presses 0
    A presses 1
";

/// Plays an opening that other stories compare already, then a script, and
/// compares what was noticed from there on.
pub fn check_after(opening: &str, script: &str, expected: expect_test::Expect) {
    Stage::new(settings()).after(opening).check(script, expected);
}

pub struct Stage {
    centre: Centre,
    now: Duration,
    settings: Settings,
    noticed: String,
    /// Caller's name → leg.
    legs: BTreeMap<String, LegId>,
    /// Call → caller's name (its Call-ID).
    names: BTreeMap<CallId, String>,
    playing: BTreeMap<LegId, PlaybackId>,
    /// Legs that hear another leg.
    joined: BTreeSet<LegId>,
    sound: BTreeMap<StaffId, LegId>,
    presence: BTreeMap<StaffId, DeskPresence>,
    calls_of: BTreeMap<StaffId, CallId>,
    pages: BTreeMap<StaffId, u64>,
    /// Waiting callers that each desk shows.
    shown_waiting: BTreeMap<StaffId, u32>,
    opening_browser: Option<LegId>,
    old_offer: BTreeMap<StaffId, OfferId>,
    journal: Vec<JournalEntry>,
    ticket: u64,
    seed: u8,
}

impl Stage {
    pub fn new(settings: Settings) -> Stage {
        let now = Now { mono: Duration::ZERO, wall_ms: WALL_MS };
        let mut stage = Stage {
            centre: Centre::new([1; 32], now),
            now: Duration::ZERO,
            settings,
            noticed: String::new(),
            legs: BTreeMap::new(),
            names: BTreeMap::new(),
            playing: BTreeMap::new(),
            joined: BTreeSet::new(),
            sound: BTreeMap::new(),
            presence: BTreeMap::new(),
            calls_of: BTreeMap::new(),
            pages: BTreeMap::new(),
            shown_waiting: BTreeMap::new(),
            opening_browser: None,
            old_offer: BTreeMap::new(),
            journal: Vec::new(),
            ticket: 0,
            seed: 1,
        };
        stage.publish();
        stage
    }

    /// The stage after a script, with nothing noticed yet.
    pub fn after(mut self, opening: &str) -> Stage {
        self.play(opening);
        self.noticed.clear();
        self
    }

    /// Plays a script and compares what was noticed; the play goes on.
    pub fn goes_on(&mut self, script: &str, expected: expect_test::Expect) {
        self.noticed.clear();
        self.play(script);
        expected.assert_eq(&self.noticed);
    }

    /// Plays a script and compares what was noticed.
    pub fn check(mut self, script: &str, expected: expect_test::Expect) {
        self.play(script);
        expected.assert_eq(&self.noticed);
        assert_eq!(self.centre.figures().repairs, 0, "nothing had to be repaired");
    }

    /// Plays a script and gives what was noticed.
    pub fn noticed_in(mut self, script: &str) -> String {
        self.play(script);
        assert_eq!(self.centre.figures().repairs, 0, "nothing had to be repaired");
        self.noticed
    }

    fn play(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.act(line);
        }
    }

    /// Lets one caller in, and says how long the journal became and how it ended.
    pub fn run_loop(mut self) -> (usize, String) {
        self.arrive("A", NUMBER);
        let last = self.journal.last().expect("an entry").event.clone();
        (self.journal.len(), self.event(&last))
    }

    fn publish(&mut self) {
        let settings = Some(Box::new(self.settings.clone()));
        self.give(Input::Settings { app: APP, settings });
    }

    fn clock(&self) -> Now {
        Now { mono: self.now, wall_ms: WALL_MS + self.now.as_millis() as i64 }
    }

    fn give(&mut self, input: Input) {
        let now = self.clock();
        self.centre.handle(input, now);
        while let Some(output) = self.centre.poll_output() {
            self.notice(output);
        }
        // The media engine answers at once, after everything else.
        while let Some(leg) = self.opening_browser.take() {
            self.give(Input::Media(Event::LegOpened { leg, answer: Some("answer".into()) }));
        }
    }

    fn say(&mut self, line: String) {
        let seconds = self.now.as_secs_f64();
        self.noticed.push_str(&format!("{seconds:<6.1} {line}\n"));
    }

    fn notice(&mut self, output: Output) {
        match output {
            Output::Open { leg } => self.give(Input::Media(Event::LegOpened { leg, answer: None })),
            Output::Dial(invitation) => self.invited(&invitation),
            Output::Ring { leg, signs } => {
                let who = self.who(leg);
                self.say(format!("    {who} is told: rings {}, sounds {}", signs.rings, signs.sounds));
            }
            Output::Transfer { leg, news } => {
                let who = self.who(leg);
                self.say(format!("    {who} hears of its transfer: {news:?}"));
            }
            Output::LetGo { leg, status } => {
                let who = self.who(leg);
                self.say(format!("{who} is let go ({status})"));
            }
            Output::Answer { leg } if self.who(leg).starts_with("phone") => {
                let who = self.who(leg);
                self.say(format!("    {who} is answered"));
            }
            Output::Answer { .. } | Output::SoundAnswer { .. } | Output::Log(_) => {}
            Output::Release { leg, why } => {
                let who = self.legs.iter().find(|(_, known)| **known == leg).map(|(name, _)| name.clone());
                let why = why.map(|code| format!(" ({})", code.id)).unwrap_or_default();
                self.say(format!("{} is let go{why}", who.unwrap_or_default()));
            }
            Output::Media(command) => self.media(command),
            Output::Journal(entry) => {
                if let CallEvent::Arrived { sip_call_id, .. } = &entry.event {
                    self.names.insert(entry.call, sip_call_id.clone());
                }
                if let CallEvent::Dialled { .. } = &entry.event {
                    self.names.insert(entry.call, "X".into());
                }
                let line = format!("{}: {}", self.names[&entry.call], self.event(&entry.event));
                self.journal.push(entry);
                self.say(line);
            }
            Output::Record(record) => {
                let line = self.record(&record);
                self.say(line);
            }
            Output::Desk { key, desk } => {
                self.shown_waiting.insert(key.agent, desk.waiting);
                match desk.call.as_ref().map(|call| call.call) {
                    Some(call) => self.calls_of.insert(key.agent, call),
                    None => None,
                };
                if let DeskPresence::Offered { offer, .. } = &desk.presence {
                    self.old_offer.insert(key.agent, *offer);
                }
                let word = presence(&desk.presence);
                let before = self.presence.insert(key.agent, desk.presence.clone());
                if before.as_ref().map(presence) != Some(word.clone()) {
                    let rings = matches!(desk.presence, DeskPresence::Offered { .. });
                    let group = desk.call.filter(|_| rings).map(|call| format!(" for {}", call.group));
                    self.say(format!("    {} {word}{}", name(key.agent), group.unwrap_or_default()));
                }
            }
            Output::DeskAnswer { ticket: _, result } => {
                if let Err(code) = result {
                    self.say(format!("    refused: {}", code.id));
                }
            }
        }
    }

    /// Somebody is called.
    fn invited(&mut self, invitation: &Invitation) {
        // X is whoever was called last, N whoever is called for a transfer.
        let called = if invitation.referred_by.is_some() { "N" } else { "X" };
        self.legs.insert(called.into(), invitation.leg);
        let (to, from) = (invitation.to.expose(), invitation.from.expose());
        match invitation.far {
            Far::Trunk(trunk) => self.say(format!("    trunk {trunk} calls {to} as {from}")),
            Far::Phone(phone) => self.say(format!("    phone {phone} is called as {to} by {from}")),
        }
        self.give(Input::Media(Event::LegOpened { leg: invitation.leg, answer: None }));
    }

    /// Whose leg it is, by name.
    fn who(&self, leg: LegId) -> String {
        self.legs.iter().find(|(_, known)| **known == leg).map(|(name, _)| name.clone()).unwrap_or_default()
    }

    fn media(&mut self, command: media::Command) {
        match command {
            media::Command::Play { leg, playback, sounds, .. } => {
                self.playing.insert(leg, playback);
                let tone = Tone::ALL.into_iter().find(|tone| sounds.contains(&tone.sound()));
                let who = self.who(leg);
                match tone {
                    Some(tone) if !who.is_empty() => self.say(format!("    {who} hears {tone:?}")),
                    Some(tone) => self.say(format!("    the agent hears {tone:?}")),
                    None if self.joined.contains(&leg) => {
                        let sound = sounds.first().map_or(0, |sound| sound.0);
                        let who = if who.is_empty() { "the agent" } else { who.as_str() };
                        self.say(format!("    {who} hears sound {sound}"));
                    }
                    None => {}
                }
            }
            media::Command::OpenBrowser { leg, .. } => self.opening_browser = Some(leg),
            media::Command::StopPlay { leg } if self.sound.values().any(|sound| *sound == leg) => {
                self.say("    the tone stops".into());
            }
            media::Command::StopPlay { leg } if self.joined.contains(&leg) => {
                let who = self.who(leg);
                self.say(format!("    {who} hears the other side again"));
            }
            media::Command::Bridge { left, right } => {
                self.joined.extend([left, right]);
                self.say("    both hear each other".into());
            }
            media::Command::Mute { muted, .. } => self.say(format!("    the agent is muted: {muted}")),
            media::Command::SendDigits { digits, .. } => self.say(format!("    the caller's side hears {digits}")),
            media::Command::UnloadSound { sound } => self.say(format!("    sound {} is let go", sound.0)),
            _ => {}
        }
    }

    fn event(&self, event: &CallEvent) -> String {
        match event {
            CallEvent::Arrived { callee, .. } => format!("arrived for {callee}"),
            CallEvent::Dialled { agent, callee, .. } => {
                format!("{} calls {}", agent.map_or("a phone", name), callee.expose())
            }
            CallEvent::Called { agent, .. } => format!("{} is called", name(*agent)),
            CallEvent::Redirected { callee } => format!("goes on to {}", callee.expose()),
            CallEvent::Rang => "rings".into(),
            CallEvent::Connected => "answered by the other side".into(),
            CallEvent::Answered => "answered".into(),
            CallEvent::FlowStarted { .. } => "flow started".into(),
            CallEvent::NodeEntered { node, .. } => format!("at {node}"),
            CallEvent::KeyPressed { key, label, .. } => format!("pressed {key} ({label})"),
            CallEvent::Queued { group_name, .. } => format!("queued for {group_name}"),
            CallEvent::LeftQueue { why } => format!("left the queue: {why:?}"),
            CallEvent::Offered { agent, trace, .. } => {
                let others: Vec<String> = trace
                    .iter()
                    .filter(|considered| considered.verdict != Verdict::Chosen)
                    .map(|considered| format!("{} {:?}", name(considered.agent), considered.verdict))
                    .collect();
                format!("offered to {} [{}]", name(*agent), others.join(", "))
            }
            CallEvent::OfferEnded { why, .. } => format!("offer ended: {why:?}"),
            CallEvent::Accepted { agent, .. } => format!("accepted by {}", name(*agent)),
            CallEvent::TransferAsked { kind, from, agent, to } => {
                let agent = agent.map_or("nobody", name);
                format!("{from} ({agent}) transfers to {}, {kind:?}", to.expose())
            }
            CallEvent::TransferFailed { status } => format!("transfer failed: {status}"),
            CallEvent::Transferred { side, agent, .. } => {
                format!("transferred: {side:?} is {} now", agent.map_or("nobody's", name))
            }
            CallEvent::RecordingStarted { .. } => "recording".into(),
            CallEvent::RecordingStopped { .. } => "recorded".into(),
            CallEvent::NoSound { party, lasted_ms } => format!("{:?} not heard for {lasted_ms} ms", party.side),
            CallEvent::SoundAgain { party, lasted_ms } => format!("{:?} heard again after {lasted_ms} ms", party.side),
            CallEvent::Measured { sound } => format!("{:?} measured: {} packets", sound.party.side, sound.received),
            CallEvent::Remarked { text } => format!("remark: {}", text.expose()),
            CallEvent::Ended { by, status, cause } => {
                let cause = cause.as_ref().map(|cause| format!(", {cause}")).unwrap_or_default();
                format!("ended by {by:?}, {} {}{cause}", status.code(), status.word())
            }
        }
    }

    fn record(&self, record: &Record) -> String {
        let seconds = |from: Option<i64>, to: Option<i64>| match (from, to) {
            (Some(from), Some(to)) => format!("{}s", (to - from) / 1000),
            _ => "-".into(),
        };
        let parts: Vec<String> = record
            .participants
            .iter()
            .map(|part| format!("{} {}", name(part.agent), part.end_status.map_or("?", |status| status.word())))
            .collect();
        let keys: String = record.keys.iter().map(|press| press.key).collect();
        let transfers: String = record.transfers.iter().map(|transfer| format!(" {:?}", transfer.outcome)).collect();
        let transfers = transfers.replace("at_ms: 17000000", "at_ms: ");
        format!(
            "{}: RECORD {} waited {} rang {} talked {} keys [{keys}] agents [{}]{transfers}",
            self.names[&record.call],
            record.end_status.map_or("open", |status| status.word()),
            seconds(record.queued_ms, record.ring_ms),
            seconds(record.ring_ms, record.accepted_ms),
            seconds(record.accepted_ms, record.ended_ms),
            parts.join(", "),
        )
    }

    /// One line of a script: somebody does something.
    fn act(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match (words[0], &words[1..]) {
            ("wait", [seconds]) => self.wait(seconds.parse().expect("seconds")),
            ("node", ["drains"]) => self.give(Input::Drain),
            ("node", ["stops"]) => self.give(Input::Stop),
            ("node", ["restarts"]) => self.restart(0),
            ("node", ["was", "down", seconds]) => self.restart(seconds.parse().expect("seconds")),
            ("settings", rest) => self.change_settings(rest),
            ("boss", ["ends", caller]) => {
                let call = self.call_of(caller);
                self.give(Input::HangUpCall { app: APP, call, ticket: 0 });
            }
            ("phone", [id, does @ ..]) => self.phone_acts(id, does),
            (who @ ("alice" | "bob" | "carol"), does) => self.agent_acts(agent(who), does),
            (who, does) => self.caller_acts(who, does),
        }
    }

    fn wait(&mut self, seconds: f64) {
        let until = self.now + Duration::from_secs_f64(seconds);
        while let Some((at, _)) = self.centre.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = at.max(self.now);
            self.give(Input::Tick);
        }
        self.now = until;
        self.give(Input::Tick);
    }

    /// The node dies, and starts again when this time has passed.
    fn restart(&mut self, down_s: u64) {
        let died_ms = Some(self.clock().wall_ms);
        self.now += Duration::from_secs(down_s);
        let mut journals: BTreeMap<CallId, Vec<JournalEntry>> = BTreeMap::new();
        for entry in &self.journal {
            journals.entry(entry.call).or_default().push(entry.clone());
        }
        let ended = |entries: &Vec<JournalEntry>| entries.iter().any(|e| matches!(e.event, CallEvent::Ended { .. }));
        let unfinished: Vec<_> = journals.into_values().filter(|entries| !ended(entries)).collect();
        self.seed += 1;
        let now = self.clock();
        self.centre = Centre::new([self.seed; 32], now);
        self.presence.clear();
        self.say("the node starts again".into());
        self.publish();
        self.give(Input::Restore { journals: unfinished, died_ms });
    }

    fn change_settings(&mut self, rest: &[&str]) {
        match rest {
            ["without", who] => {
                self.settings.staff.remove(&agent(who));
                self.publish();
            }
            ["without", who, "in", "sales"] => {
                let staff = self.settings.staff.get_mut(&agent(who)).expect("somebody employed");
                staff.groups.remove(&SALES);
                self.publish();
            }
            ["without", "sound", id] => {
                self.settings.sounds.remove(&SoundFileId(id.parse().expect("a number")));
                self.publish();
            }
            ["gone"] => self.give(Input::Settings { app: APP, settings: None }),
            other => panic!("no such change of settings: {other:?}"),
        }
    }

    fn caller_acts(&mut self, who: &str, does: &[&str]) {
        match does {
            ["calls"] => self.arrive(who, NUMBER),
            ["calls", number] => self.arrive(who, number),
            ["presses", keys] => {
                for digit in keys.chars() {
                    let leg = self.legs[who];
                    self.give(Input::Media(Event::Digit { leg, digit }));
                }
            }
            ["hears", "it", "out"] => self.playback_ends(who, PlaybackEnd::Finished),
            ["hears", "nothing"] => self.playback_ends(who, PlaybackEnd::SoundMissing),
            ["is", "interrupted"] => self.playback_ends(who, PlaybackEnd::Interrupted),
            ["hangs", "up"] => {
                let leg = self.legs[who];
                self.give(Input::Left { leg, how: Left::HungUp { cause: None } });
            }
            ["rings"] => self.progress(who, Signs { rings: true, sounds: false }),
            ["sounds"] => self.progress(who, Signs { rings: false, sounds: true }),
            ["answers"] => {
                let leg = self.legs[who];
                self.give(Input::PickedUp { leg });
            }
            ["goes", "to", users @ ..] => {
                let leg = self.legs[who];
                let users = users.iter().map(|user| (*user).to_owned()).collect();
                self.give(Input::Left { leg, how: Left::Redirected { users } });
            }
            ["refuses", status] => self.refuse(who, status, None),
            ["refuses", status, cause] => self.refuse(who, status, Some((*cause).to_owned())),
            ["cannot", "be", "reached"] => {
                let leg = self.legs[who];
                self.give(Input::NotOpened { leg, why: centre::catalogue::TRUNK_UNREACHABLE });
            }
            ["is", "now", other] => self.rename(who, other),
            ["transfers", "to", number] => self.transfers(who, (number, None)),
            ["joins", other @ ..] => {
                let other = self.legs[&other.join(" ")];
                self.transfers(who, ("", Some(other)));
            }
            ["holds"] => self.holds(who, Hold::Begins),
            ["holds", "and", "sounds"] => self.holds(who, Hold::Sounds),
            ["resumes"] => self.holds(who, Hold::Ends),
            ["vanishes"] => {
                let leg = self.legs[who];
                self.give(Input::Left { leg, how: Left::Vanished });
            }
            other => self.sound_of(self.legs[who], other),
        }
    }

    /// What the media engine tells of somebody's sound.
    fn sound_of(&mut self, leg: LegId, does: &[&str]) {
        let seconds = |text: &str| Duration::from_secs(text.parse().expect("seconds"));
        let event = match does {
            ["is", "silent", lasted] => Event::NoSound { leg, lasted: seconds(lasted), held: false },
            ["is", "held", lasted] => Event::NoSound { leg, lasted: seconds(lasted), held: true },
            ["is", "heard"] => Event::SoundAgain { leg, lasted: Duration::ZERO },
            ["is", "dead", lasted] => Event::Dead { leg, lasted: seconds(lasted) },
            ["sounds", figures @ ("good" | "bad")] => {
                let mos = if *figures == "good" { 440 } else { 210 };
                let figures = LegFigures { received: 250, mos, recent_mos: mos, ..LegFigures::default() };
                Event::Figures { leg, figures }
            }
            ["was", "measured", packets] => {
                let received = packets.parse().expect("a number");
                Event::Measured { leg, figures: LegFigures { received, mos: 430, ..LegFigures::default() } }
            }
            other => panic!("nobody can do this: {other:?}"),
        };
        self.give(Input::Media(event));
    }

    /// What the live floor and the desks say of the sound of calls.
    pub fn live_sound(&self) -> String {
        let floor = self.centre.floor(APP, self.clock()).expect("a floor");
        let legs = floor.calls.iter().flat_map(|call| &call.legs).map(|leg| {
            let mos = leg.figures.map_or(0, |figures| figures.recent_mos);
            format!("{:?} {mos} {:?}\n", leg.party.side, leg.silent_ms)
        });
        let unheard = self.pages.keys().filter_map(|who| {
            let desk = self.centre.desk(AgentKey { app: APP, agent: *who }, self.clock())?;
            Some(format!("{} is told: {:?}\n", name(*who), desk.call?.unheard))
        });
        legs.chain(unheard).collect()
    }

    /// The sums for whoever watches the node.
    pub fn sums(&self) -> centre::node::SoundSums {
        self.centre.figures().sound
    }

    /// Legs and ended calls that something is still awaited of.
    pub fn awaited(&self) -> (usize, usize) {
        let held = self.centre.holdings();
        (held.soundings, held.kept)
    }

    fn arrive(&mut self, who: &str, number: &str) {
        let leg = self.centre.reserve_leg();
        self.legs.insert(who.to_owned(), leg);
        self.give(Input::Arrived(Arrival {
            leg,
            trunk: TrunkId(1),
            from: [127, 0, 0, 1].into(),
            called: number.to_owned(),
            caller: Pii::new("13800138000".to_owned()),
            sip_call_id: who.to_owned(),
            user_to_user: None,
        }));
    }

    fn phone_acts(&mut self, id: &str, does: &[&str]) {
        let phone = PhoneId(id.parse().expect("a telephone's id"));
        let name = format!("phone {id}");
        match does {
            ["registers"] => self.give(Input::PhoneAt { phone, reached: true }),
            ["is", "gone"] => self.give(Input::PhoneAt { phone, reached: false }),
            ["calls", called] => {
                let leg = self.centre.reserve_leg();
                self.legs.insert(name, leg);
                self.give(Input::PhoneCalls(PhoneCall { leg, phone, called: (*called).to_owned() }));
            }
            ["takes", other] => {
                let (leg, taken) = (self.centre.reserve_leg(), self.legs[*other]);
                self.legs.insert(name, leg);
                let call = PhoneCall { leg, phone, called: String::new() };
                self.give(Input::PhoneTakes { call, taken });
            }
            other => self.caller_acts(&name, other),
        }
    }

    /// So that two may be called one after the other.
    fn rename(&mut self, who: &str, other: &str) {
        let leg = self.legs.remove(who).expect("somebody with a leg");
        self.legs.insert(other.to_owned(), leg);
        for name in self.names.values_mut().filter(|name| *name == who) {
            *name = other.to_owned();
        }
    }

    fn transfers(&mut self, who: &str, (to, other): (&str, Option<LegId>)) {
        let leg = self.legs[who];
        self.give(Input::TransferAsked(TransferWish { leg, to: to.to_owned(), other }));
    }

    fn holds(&mut self, who: &str, hold: Hold) {
        let leg = self.legs[who];
        self.give(Input::Hold { leg, hold });
    }

    fn progress(&mut self, who: &str, signs: Signs) {
        let leg = self.legs[who];
        self.give(Input::Progress { leg, signs });
    }

    fn refuse(&mut self, who: &str, status: &str, cause: Option<String>) {
        let leg = self.legs[who];
        let status = status.parse().expect("a status");
        self.give(Input::Left { leg, how: Left::Refused { status, cause } });
    }

    fn playback_ends(&mut self, who: &str, how: PlaybackEnd) {
        let leg = self.legs[who];
        if let Some(playback) = self.playing.get(&leg).copied() {
            self.give(Input::Media(Event::PlaybackEnded { leg, playback, how }));
        }
    }

    fn agent_acts(&mut self, who: StaffId, does: &[&str]) {
        match does {
            ["signs", "in"] => {
                self.page(who, PageChange::Connected);
                self.command(who, DeskCommand::OfferSound { sdp: "offer".into() });
                self.connect_sound(who);
            }
            ["opens", "page"] => self.page(who, PageChange::Connected),
            ["loses", "page"] => self.page(who, PageChange::Lost),
            ["offers", "sound"] => self.command(who, DeskCommand::OfferSound { sdp: "offer".into() }),
            ["hears"] => self.connect_sound(who),
            ["hears", "it", "out"] => {
                let leg = self.sound[&who];
                if let Some(playback) = self.playing.get(&leg).copied() {
                    self.give(Input::Media(Event::PlaybackEnded { leg, playback, how: PlaybackEnd::Finished }));
                }
            }
            ["loses", "sound"] => {
                let leg = self.sound[&who];
                self.give(Input::Media(Event::BrowserLost { leg }));
            }
            ["is", "ready"] => self.command(who, DeskCommand::BeReady),
            ["rests"] => self.command(who, DeskCommand::BeAway { rest: Some("tea".into()) }),
            ["is", "not", "ready"] => self.command(who, DeskCommand::BeAway { rest: None }),
            ["signs", "out"] => self.command(who, DeskCommand::SignOut),
            ["accepts"] => self.command(who, DeskCommand::Accept { offer: self.old_offer[&who] }),
            ["declines"] => self.command(who, DeskCommand::Decline { offer: self.old_offer[&who] }),
            ["hangs", "up"] => self.command(who, DeskCommand::HangUp { call: self.calls_of[&who] }),
            ["calls", to] => self.command(who, DeskCommand::Call { to: (*to).to_owned(), from: None }),
            ["calls", to, "as", from] => {
                let from = Some((*from).to_owned());
                self.command(who, DeskCommand::Call { to: (*to).to_owned(), from });
            }
            ["calls", to, "again"] => {
                // The page sends the same wish once more.
                self.ticket -= 1;
                self.command(who, DeskCommand::Call { to: (*to).to_owned(), from: None });
            }
            ["uses", "phone"] => self.command(who, DeskCommand::UsePhone { on: true }),
            ["uses", "page"] => self.command(who, DeskCommand::UsePhone { on: false }),
            ["sees", callers, "waiting"] => {
                assert_eq!(self.shown_waiting[&who].to_string(), *callers, "{} sees who waits", name(who));
            }
            ["mutes"] => self.command(who, DeskCommand::Mute { muted: true }),
            ["sends", digits] => self.command(who, DeskCommand::SendDigits { digits: (*digits).to_owned() }),
            ["remarks", text] => self.command(who, DeskCommand::Remark { text: (*text).to_owned() }),
            other => self.sound_of(self.sound[&who], other),
        }
    }

    fn page(&mut self, who: StaffId, change: PageChange) {
        let page = self.pages.entry(who).or_default();
        match change {
            PageChange::Connected => *page += 1,
            PageChange::Lost => {}
        }
        let page = *page;
        self.give(Input::Page { key: AgentKey { app: APP, agent: who }, page, change });
    }

    fn command(&mut self, who: StaffId, command: DeskCommand) {
        self.ticket += 1;
        let opens = matches!(command, DeskCommand::OfferSound { .. });
        let next = self.legs_so_far();
        self.give(Input::Desk { key: AgentKey { app: APP, agent: who }, ticket: self.ticket, command });
        if opens {
            self.sound.insert(who, LegId(next));
        }
    }

    fn legs_so_far(&mut self) -> u64 {
        // A leg id is drawn and left unused, which tells the next one.
        self.centre.reserve_leg().0 + 1
    }

    fn connect_sound(&mut self, who: StaffId) {
        let leg = self.sound[&who];
        self.give(Input::Media(Event::BrowserConnected { leg }));
    }

    fn call_of(&self, caller: &str) -> CallId {
        *self.names.iter().find(|(_, name)| *name == caller).expect("somebody who called").0
    }
}

fn presence(presence: &DeskPresence) -> String {
    match presence {
        DeskPresence::SignedOut => "is signed out".into(),
        DeskPresence::Ready { .. } => "is ready".into(),
        DeskPresence::Offered { .. } => "rings".into(),
        DeskPresence::Dialling { .. } => "dials".into(),
        DeskPresence::Talking { .. } => "talks".into(),
        DeskPresence::WrapUp { .. } => "writes up".into(),
        DeskPresence::Away { reason, .. } => format!("is away ({reason})"),
    }
}

pub fn agent(name: &str) -> StaffId {
    match name {
        "alice" => StaffId(1),
        "bob" => StaffId(2),
        "carol" => StaffId(3),
        other => panic!("nobody is called {other}"),
    }
}

fn name(agent: StaffId) -> &'static str {
    ["?", "alice", "bob", "carol"].get(agent.0 as usize).copied().unwrap_or("?")
}
