//! Call control as one machine, without SIP: what happens goes in, what is
//! wanted comes out. This file only routes between the sub-machines; the parts
//! of the walk are in the modules beside it, in the order of a call's life.

mod arrive;
mod serve;
mod dialling;
mod inside;
mod redirected;
mod hold;
mod transfer;
mod joining;
mod phones;
mod end;
mod people;
mod sound;
mod measure;
mod world;
mod mend;
mod views;
mod waiting;

pub use dialling::{Far, Invitation};
use redirected::Trail;
pub use transfer::TransferWish;
pub use views::Holdings;

use crate::catalogue::Code;
use crate::decide::Board;
use crate::desk::{Desk, DeskCommand};
use crate::dial::Dials;
use crate::ivr::Cursor;
use crate::journal::{CallEvent, JournalEntry};
use crate::journals::Journals;
use crate::leg::{Hold, Legs};
use crate::limits::RECONCILE;
use crate::node::{LogLevel, LogLine, NodeFigures};
use crate::offer::Offers;
use crate::queue::Queues;
use crate::rate::Rates;
use crate::record::Record;
use crate::recording::Recordings;
use crate::route::Directory;
use crate::settings::Settings;
use crate::sounding::Soundings;
use crate::talk::Talks;
use crate::timers::{Reason, Timer, Timers};
use crate::transfer::{News, Transfers};
use crate::{AgentKey, CallId, Now, PhoneId, Pii, SdkAppId, SkillGroupId, SoundFileId, StaffId, TrunkId, agent::Agent};
use media::LegId;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;
use uuid::Uuid;

/// What can happen to call control.
#[derive(Debug)]
pub enum Input {
    /// A call wants in.
    Arrived(Arrival),
    /// A telephone of ours calls somebody.
    PhoneCalls(PhoneCall),
    /// A telephone of ours calls to take the place of another one in a talk.
    PhoneTakes {
        /// The telephone that calls; what it dialled is of no account.
        call: PhoneCall,
        /// The leg of the other one.
        taken: LegId,
    },
    /// The far end of a leg wants somebody else to have its side of a talk.
    TransferAsked(TransferWish),
    /// A telephone registered, or is gone.
    PhoneAt {
        /// Which.
        phone: PhoneId,
        /// Whether it can be reached.
        reached: bool,
    },
    /// A leg that was to be opened cannot be, for this reason.
    NotOpened {
        /// The leg.
        leg: LegId,
        /// Why.
        why: &'static Code,
    },
    /// The far end of a leg that we call makes progress.
    Progress {
        /// The leg.
        leg: LegId,
        /// How.
        signs: Signs,
    },
    /// The far end of a leg that we call answered.
    PickedUp {
        /// The leg.
        leg: LegId,
    },
    /// The far end of a carrier's leg is gone.
    Left {
        /// The leg.
        leg: LegId,
        /// How.
        how: Left,
    },
    /// The far end of a leg holds the other side, or does no more.
    Hold {
        /// The leg.
        leg: LegId,
        /// Which of both.
        hold: Hold,
    },
    /// A digit came by signalling.
    Digit {
        /// The leg.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// The media engine tells something.
    Media(media::Event),
    /// An agent's page connected or was lost.
    Page {
        /// Whose.
        key: AgentKey,
        /// Which; rises.
        page: u64,
        /// What happened to it.
        change: PageChange,
    },
    /// An agent's page asks for something.
    Desk {
        /// Whose.
        key: AgentKey,
        /// To match the answer.
        ticket: u64,
        /// What.
        command: DeskCommand,
    },
    /// An application's settings are new, changed, or gone.
    Settings {
        /// Which.
        app: SdkAppId,
        /// All of them.
        settings: Option<Box<Settings>>,
    },
    /// Someone ends a call from outside.
    HangUpCall {
        /// The application.
        app: SdkAppId,
        /// The call.
        call: CallId,
        /// To match the answer.
        ticket: u64,
    },
    /// What a dead process left behind.
    Restore {
        /// Journals of its calls.
        journals: Vec<Vec<JournalEntry>>,
        /// When it was last known to be alive, in wall milliseconds.
        died_ms: Option<i64>,
    },
    /// No new calls from now on.
    Drain,
    /// No new calls, and those in progress end.
    Stop,
    /// Nothing but time has passed.
    Tick,
}

/// A call that wants in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its leg, from [`Centre::reserve_leg`].
    pub leg: LegId,
    /// The trunk it came by.
    pub trunk: TrunkId,
    /// The address it came from.
    pub from: IpAddr,
    /// The called number as the carrier wrote it.
    pub called: String,
    /// The caller's number as the carrier wrote it.
    pub caller: Pii<String>,
    /// Call-ID header.
    pub sip_call_id: String,
    /// User-to-User content.
    pub user_to_user: Option<String>,
}

/// A call that a telephone of ours makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneCall {
    /// Its leg, from [`Centre::reserve_leg`].
    pub leg: LegId,
    /// The telephone, which has proved its password.
    pub phone: PhoneId,
    /// What was dialled.
    pub called: String,
}

/// How the far end of a leg went away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// The caller hung up or cancelled.
    HungUp {
        /// The carrier's cause, as `Q.850;16`.
        cause: Option<String>,
    },
    /// It refused our call.
    Refused {
        /// 300 to 699.
        status: u16,
        /// The carrier's cause, as `Q.850;17`.
        cause: Option<String>,
    },
    /// It sent our call elsewhere. (RFC 3261 §8.1.3.4)
    Redirected {
        /// Whither: users of its own addresses, the preferred first.
        users: Vec<String>,
    },
    /// The signalling broke down.
    Vanished,
}

/// The status of [`Output::LetGo`] for a telephone that rings no longer because
/// somebody answered elsewhere: it counts no missed call then. (RFC 3326)
pub const ANSWERED_ELSEWHERE: u16 = 200;

/// What a far end that was not answered yet lets us know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs {
    /// It rings.
    pub rings: bool,
    /// It sounds already (early media).
    pub sounds: bool,
}

/// What happened to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageChange {
    /// It connected.
    Connected,
    /// It was lost.
    Lost,
}

/// What call control wants.
#[derive(Debug)]
pub enum Output {
    /// The call is welcome: open its sound.
    Open {
        /// Its leg.
        leg: LegId,
    },
    /// Call somebody: open the leg's sound, then invite.
    Dial(Invitation),
    /// Answer the caller.
    Answer {
        /// The leg.
        leg: LegId,
    },
    /// Tell a telephone that called that the far end makes progress.
    Ring {
        /// The telephone's leg.
        leg: LegId,
        /// How.
        signs: Signs,
    },
    /// Tell a telephone what becomes of the transfer that it asked for.
    Transfer {
        /// The telephone's leg.
        leg: LegId,
        /// What.
        news: News,
    },
    /// End a telephone's leg, in whatever state it is, with its sound.
    LetGo {
        /// The leg.
        leg: LegId,
        /// How its call is refused if it was not answered; [`ANSWERED_ELSEWHERE`] if somebody else did.
        status: u16,
    },
    /// End a carrier's leg, in whatever state it is, with its sound.
    Release {
        /// The leg.
        leg: LegId,
        /// What explains it; decides how an unanswered call is refused.
        why: Option<&'static Code>,
    },
    /// Tell the media engine.
    Media(media::Command),
    /// Append to a journal.
    Journal(JournalEntry),
    /// A call is over.
    Record(Box<Record>),
    /// An agent's world has changed.
    Desk {
        /// Whose.
        key: AgentKey,
        /// Its new state.
        desk: Box<Desk>,
    },
    /// The answer to an agent's SDP offer.
    SoundAnswer {
        /// Whose.
        key: AgentKey,
        /// SDP.
        sdp: String,
    },
    /// What became of a command.
    DeskAnswer {
        /// Its ticket.
        ticket: u64,
        /// Done, or why not.
        result: Result<(), &'static Code>,
    },
    /// A line for the log.
    Log(LogLine),
}

/// The people and the queues of one application.
#[derive(Debug, Default)]
pub(crate) struct Yard {
    pub(crate) agents: BTreeMap<StaffId, Agent>,
    pub(crate) board: Board,
    pub(crate) queues: Queues,
}

impl Yard {
    /// Callers waiting in an agent's skill groups.
    fn waiting_for(&self, agent: StaffId) -> u32 {
        self.board.groups_of(agent).map(|group| self.queues.len_of(group)).sum::<usize>() as u32
    }
}

/// A skill group on the whole node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupKey {
    pub(crate) app: SdkAppId,
    pub(crate) group: SkillGroupId,
}

/// Call control. Nothing in it stands for "the call": the journal says what
/// happened to it, and each machine holds its own part under the call's id.
#[derive(Debug)]
pub struct Centre {
    directories: BTreeMap<SdkAppId, Directory>,
    yards: BTreeMap<SdkAppId, Yard>,
    journals: Journals,
    legs: Legs,
    cursors: BTreeMap<CallId, Cursor>,
    /// Sounds that the settings no longer have → calls in a flow that may play them.
    leaving_sounds: BTreeMap<SoundFileId, usize>,
    offers: Offers,
    dials: Dials,
    /// Agents of the house who wait in a queue themselves.
    waiting_agents: BTreeMap<CallId, AgentKey>,
    /// Where calls may still go that were sent elsewhere.
    trails: BTreeMap<CallId, Trail>,
    /// Telephones that can be reached.
    phones: BTreeSet<PhoneId>,
    rates: Rates,
    /// Whether the media engine has our tones.
    tones_loaded: bool,
    talks: Talks,
    transfers: Transfers,
    recordings: Recordings,
    soundings: Soundings,
    /// Tickets of SDP offers that the media engine has not answered yet.
    sound_tickets: BTreeMap<LegId, u64>,
    waiting_figures: waiting::WaitingFigures,
    compared: mend::Compared,
    timers: Timers,
    luck: ChaCha20Rng,
    next_leg: u64,
    next_playback: u64,
    admission: Admission,
    figures: NodeFigures,
    outputs: VecDeque<Output>,
    work: Work,
}

/// Whether new calls are let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Admission {
    Open,
    Draining,
}

/// What one change has left to be looked at before it is settled.
#[derive(Debug, Default)]
struct Work {
    /// Agents who became ready.
    ready: BTreeSet<AgentKey>,
    /// Groups whose queue or staffing changed.
    groups: BTreeSet<GroupKey>,
    /// Calls whose journal has no room for more than its end.
    overfull: BTreeSet<CallId>,
    /// Agents whose page must hear.
    desks: BTreeSet<AgentKey>,
}

impl Centre {
    /// Call control without applications.
    pub fn new(seed: [u8; 32], now: Now) -> Centre {
        let mut timers = Timers::default();
        timers.set(Timer::Reconcile, now.mono + RECONCILE);
        Centre {
            directories: BTreeMap::new(),
            yards: BTreeMap::new(),
            journals: Journals::default(),
            legs: Legs::default(),
            cursors: BTreeMap::new(),
            leaving_sounds: BTreeMap::new(),
            offers: Offers::default(),
            dials: Dials::default(),
            waiting_agents: BTreeMap::new(),
            trails: BTreeMap::new(),
            phones: BTreeSet::new(),
            rates: Rates::default(),
            tones_loaded: false,
            talks: Talks::default(),
            transfers: Transfers::default(),
            recordings: Recordings::default(),
            soundings: Soundings::default(),
            sound_tickets: BTreeMap::new(),
            waiting_figures: waiting::WaitingFigures::default(),
            compared: mend::Compared::default(),
            timers,
            luck: ChaCha20Rng::from_seed(seed),
            next_leg: 1,
            next_playback: 1,
            admission: Admission::Open,
            figures: NodeFigures::default(),
            outputs: VecDeque::new(),
            work: Work::default(),
        }
    }

    /// An id for the leg of a call that arrives. Never reused.
    pub fn reserve_leg(&mut self) -> LegId {
        let leg = LegId(self.next_leg);
        self.next_leg += 1;
        leg
    }

    /// One change. Then drain [`Centre::poll_output`].
    pub fn handle(&mut self, input: Input, now: Now) {
        self.soundings.pass_time(now.mono);
        match input {
            Input::Arrived(arrival) => self.arrived(arrival, now),
            Input::PhoneCalls(phone) => self.phone_calls(phone, now),
            Input::PhoneTakes { call, taken } => self.phone_takes(&call, taken, now),
            Input::TransferAsked(wish) => self.transfer_asked(&wish, now),
            Input::PhoneAt { phone, reached } => self.phone_at(phone, reached, now),
            Input::NotOpened { leg, why } => self.not_opened(leg, why, now),
            Input::Progress { leg, signs } => self.progress(leg, signs, now),
            Input::PickedUp { leg } => self.picked_up(leg, now),
            Input::Left { leg, how } => self.left(leg, how, now),
            Input::Hold { leg, hold } => self.hold(leg, hold),
            Input::Digit { leg, digit } => self.digit(leg, digit, now),
            Input::Media(event) => self.media(event, now),
            Input::Page { key, page, change } => self.page(key, (page, change), now),
            Input::Desk { key, ticket, command } => self.desk_command(key, ticket, command, now),
            Input::Settings { app, settings } => self.settings(app, settings, now),
            Input::HangUpCall { app, call, ticket } => self.hang_up_call((app, call), ticket, now),
            Input::Restore { journals, died_ms } => self.restore(journals, died_ms, now),
            Input::Drain => self.admission = Admission::Draining,
            Input::Stop => self.stop(now),
            Input::Tick => {}
        }
        self.settle(now);
        while let Some(timer) = self.timers.take_due(now.mono) {
            self.timer(timer, now);
            self.settle(now);
        }
        self.tell_desks(now);
    }

    /// The next thing wanted, if any.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Centre::handle`] with [`Input::Tick`], and for whom.
    pub fn poll_timeout(&self) -> Option<(Duration, Reason)> {
        self.timers.next().map(|(at, timer)| (at, timer.reason()))
    }

    fn timer(&mut self, timer: Timer, now: Now) {
        match timer {
            Timer::Arriving(call) => self.arriving_too_long(call, now),
            Timer::Flow(call) => self.flow(call, crate::ivr::Input::Time, now),
            Timer::Wait(call) => self.wait_over(call, now),
            Timer::Offer(offer) => self.rang_out(offer, now),
            Timer::Dial(call) => self.rang_too_long(call, now),
            Timer::Transfer(call) => self.transfer_too_long(call, now),
            Timer::Talk(call) => self.talked_too_long(call, now),
            Timer::WrapUp(key) => self.wrap_up_over(key, now),
            Timer::Grace(key) => self.grace_over(key, now),
            Timer::Sound(key) => self.sound_too_slow(key, now),
            Timer::WaitingFigure => self.waiting_figure_due(now),
            Timer::Reconcile => self.reconcile(now),
        }
    }

    /// Follows up one change until nothing is left to look at. Each piece of
    /// work is a value in a set, so that no piece calls another.
    fn settle(&mut self, now: Now) {
        loop {
            if let Some(key) = self.work.ready.pop_first() {
                self.serve_agent(key, now);
            } else if let Some(key) = self.work.groups.pop_first() {
                self.serve_group(key, now);
            } else if let Some(call) = self.work.overfull.pop_first() {
                self.journal_full(call, now);
            } else {
                return;
            }
        }
    }

    fn append(&mut self, call: CallId, event: CallEvent, now: Now) {
        let Some(journal) = self.journals.get_mut(call) else { return };
        let entry = journal.append(event, now.wall_ms);
        if journal.is_full() {
            self.work.overfull.insert(call);
        }
        self.outputs.push_back(Output::Journal(entry));
    }

    fn media_command(&mut self, command: media::Command) {
        self.outputs.push_back(Output::Media(command));
    }

    fn log(&mut self, level: LogLevel, message: &'static str, fields: &[(&'static str, &dyn std::fmt::Display)]) {
        let fields = fields.iter().map(|(name, value)| (*name, value.to_string())).collect();
        self.outputs.push_back(Output::Log(LogLine { level, message, fields }));
    }

    fn fresh_uuid(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.luck.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    fn agent(&self, key: AgentKey) -> Option<&Agent> {
        self.yards.get(&key.app)?.agents.get(&key.agent)
    }

    fn agent_mut(&mut self, key: AgentKey) -> Option<&mut Agent> {
        self.yards.get_mut(&key.app)?.agents.get_mut(&key.agent)
    }

    fn app_of(&self, call: CallId) -> Option<SdkAppId> {
        self.journals.get(call).map(|journal| journal.record.app)
    }
}
