//! Every limit of call control, with the reason for its number.

use std::time::Duration;

/// Calls a node carries at once. Two cores relay about this many G.711 calls with room to spare.
pub const CALLS: usize = 5_000;
/// Callers waiting in one skill group. Longer queues help nobody; they end as `waitingGiveUp` anyway.
pub const QUEUE: usize = 1_000;
/// Nodes a call may pass before its flow is taken for a loop without input.
pub const FLOW_STEPS: u32 = 1_000;
/// Events in one call's journal; a call that long is ended by the system.
pub const JOURNAL_EVENTS: u32 = 10_000;
/// Longest text of an agent's remark or rest reason, in bytes.
pub const TEXT_BYTES: usize = 1_024;
/// Callers waiting in the queues of one application. Bounds memory when many groups are full at once.
pub const QUEUED_PER_APPLICATION: usize = 5_000;
/// Agents that a routing trace names. The chosen one comes first; more than this nobody reads, and 1,000 an offer would fill the disk.
pub const TRACE_AGENTS: usize = 64;
/// Entries of a journal kept free for its end: offer, recording and call must always find room.
pub const JOURNAL_RESERVE: u32 = 16;
/// Digits an agent may send at once; the media engine takes no more.
pub const DIGITS: usize = 64;
/// Journals handed to one restore. As many calls as a node can have carried.
pub const RESTORED_CALLS: usize = CALLS;

/// How long a call is kept when its agent's page or sound is lost: a reload takes 3 s, a restart of the browser 20 s.
pub const PAGE_GRACE: Duration = Duration::from_secs(30);
/// How long the media engine may take to open a leg. It needs milliseconds.
pub const LEG_SETUP: Duration = Duration::from_secs(10);
/// How long a browser may take for ICE and DTLS; browsers themselves give up after 15 to 30 s.
pub const SOUND_SETUP: Duration = Duration::from_secs(30);
/// How much longer than its sounds a playback may take before it is taken for lost.
pub const PLAYBACK_SLACK: Duration = Duration::from_secs(10);
/// How long the digit that interrupted a prompt may lag behind the prompt's end.
pub const DIGIT_LAG: Duration = Duration::from_millis(500);
/// Longest ring when the administrator set none ("keeps ringing").
pub const RING: Duration = Duration::from_secs(3_600);
/// How long a call of ours may ring. Carriers end it after 60 s themselves.
pub const DIAL: Duration = Duration::from_secs(90);
/// How long somebody of the house waits in a group that no flow leads to.
pub const GROUP_WAIT: Duration = Duration::from_secs(300);
/// Places to which a call may be sent on by those who are called: more is a loop, or a trick.
pub const REDIRECTIONS: usize = 5;
/// Digits of a number that is called: E.164 has fifteen, with an exit code and an extension some more.
pub const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 3..=32;
/// Longest talk. A call of half a day is a handset that was not put down.
pub const TALK: Duration = Duration::from_secs(12 * 3_600);
/// How often states are compared with live legs and offers.
pub const RECONCILE: Duration = Duration::from_secs(10);
/// Agents, calls and legs that are compared at once: a third of a millisecond.
pub const RECONCILED_AT_ONCE: usize = 256;
/// When the comparison of a bigger house goes on: one of 5,000 calls takes a minute and a half.
pub const RECONCILE_GOES_ON: Duration = Duration::from_secs(1);
/// How long a state may outlive its deadline before the reconciler takes it for stuck.
pub const LATE: Duration = Duration::from_secs(5);
/// How often desks are told that only the number of waiting callers changed.
pub const WAITING_FIGURE: Duration = Duration::from_secs(1);
/// How long this rests for each desk that was told: at most a thousand desks a second are told a
/// number, so that a group of ten thousand does not crowd calls out of the control thread.
pub const WAITING_DESK: Duration = Duration::from_millis(1);
/// How long a returned RTP port rests, so that late packets of the old call do not reach a new one.
pub const PORT_DRAIN: Duration = Duration::from_secs(5);
/// How long a carrier's leg may be silent before the carrier is asked whether the call still
/// stands. Long, because being asked is not free: simple peers, that send no sound either,
/// take any request that they do not know for the end of the call.
pub const SILENCE: Duration = Duration::from_secs(120);
/// How long a registration at a carrier lasts: short enough that one which forgets us hears of us soon.
pub const TRUNK_REGISTRATION: Duration = Duration::from_secs(600);
/// How often a carrier's gateway is asked whether it is there. It also keeps the way open through a NAT.
pub const TRUNK_ASKED_EVERY: Duration = Duration::from_secs(30);
/// Ports tried for one leg before the call is refused.
pub const PORT_TRIES: u32 = 5;
