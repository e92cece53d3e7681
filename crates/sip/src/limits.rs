//! Every bound of this room, each with the reason for its number. A peer that
//! reaches one gets a clear answer (or silence); nobody gets unbounded memory.

use std::time::Duration;

/// One message. A UDP datagram cannot be longer, and no call needs more on a stream.
pub const MESSAGE_BYTES: usize = 64 * 1024;

/// Header section of one message on a stream: a carrier's longest (History-Info,
/// many Record-Routes) stay below 8 KiB.
pub const HEAD_BYTES: usize = 16 * 1024;

/// Header lines of one message. Twenty to thirty are usual; ten hops add a Via and
/// a Record-Route each.
pub const HEADERS: usize = 100;

/// Values of Via, Route or Record-Route in one message. Max-Forwards starts at 70.
pub const HOPS: usize = 70;

/// Media lines of one session description. A browser or a video phone offers up to four.
pub const MEDIA_LINES: usize = 20;

/// Lines of one session description: twenty media lines with their attributes.
pub const SDP_LINES: usize = 1_000;

/// User-to-User content that is handed on. RFC 7433 carriers send 128 bytes; eight times that.
pub const USER_TO_USER_BYTES: usize = 1_024;

/// RFC 3261 §17.1.1.1: the estimate of the round trip.
pub const T1: Duration = Duration::from_millis(500);

/// RFC 3261 §17.1.2.1: the longest interval between retransmissions.
pub const T2: Duration = Duration::from_secs(4);

/// RFC 3261 §17.1.2.2: how long a message may live in the network.
pub const T4: Duration = Duration::from_secs(5);

/// 64·T1: the life of timers B, F, H, J, L, M and of an unacknowledged 2xx.
pub const T1_64: Duration = Duration::from_secs(32);

/// Transactions held at once. A busy node of 200 calls/s holds some 200 × 4 × 32 s = 26 k.
pub const TRANSACTIONS: usize = 100_000;

/// Dialogs held at once: ten times what one machine can carry with media.
pub const DIALOGS: usize = 20_000;

/// Contacts of one phone: a desk phone, a soft phone, a mobile one, and a reboot of each.
pub const CONTACTS_PER_PHONE: usize = 5;

/// Answers to one INVITE that we acknowledge. More forks than that are an attack.
pub const FORKS: usize = 8;

/// Places to try that one redirection may name.
pub const REDIRECTIONS: usize = 5;

/// Proxies between us and a phone, and the length of what each calls itself.
pub const PATHS: usize = 5;
/// As above, in bytes.
pub const PATH_BYTES: usize = 512;

/// RFC 4028 §4: the usual session interval. Half of it passes between refreshes.
pub const SESSION_SECONDS: u32 = 1_800;

/// RFC 4028 §5: the shortest that anybody must accept, and the longest that we ask for when a
/// peer wants more.
pub const SESSION_BOUNDS: std::ops::RangeInclusive<u32> = 90..=86_400;

/// Pause before a session refresh that could not be sent, or was refused for now, is tried again.
pub const REFRESH_AGAIN: Duration = Duration::from_secs(10);

/// Silence of the owner after a wish for a transfer, before we decline for it.
pub const TRANSFER_WAIT: Duration = Duration::from_secs(16);

/// Longest life of a transfer that the owner says nothing final about: as long as a call may ring.
pub const TRANSFER_LIFE: Duration = Duration::from_secs(300);

/// Shortest and longest registration; shorter floods us, longer hides a dead phone.
pub const REGISTRATION_SECONDS: std::ops::RangeInclusive<u32> = 60..=3_600;

/// Bindings of ours at carriers: as many as trunks that one node can serve well.
pub const REGISTRATIONS: usize = 1_000;

/// Bindings that are being removed at once; more of them lapse by themselves.
pub const LEAVING_REGISTRATIONS: usize = 1_000;

/// Addresses of one registrar: a name with more has a fault.
pub const TRUNK_FLOWS: usize = 16;

/// Seconds for which a carrier may grant us a binding. Shorter ones would flood it (some
/// grant 30 s to hold a NAT open), longer ones are refreshed once a day.
pub const GRANTED_SECONDS: std::ops::RangeInclusive<u32> = 20..=86_400;

/// RFC 5626 §4.5: the first pause when no registrar answers, …
pub const SHORTEST_BACK_OFF: Duration = Duration::from_secs(30);

/// … and the longest.
pub const LONGEST_BACK_OFF: Duration = Duration::from_secs(1_800);

/// Trunks that are asked whether they are there.
pub const KEEP_ALIVES: usize = 1_000;

/// How often: oftener floods, more seldom tells too late.
pub const KEEP_ALIVE_PACE: std::ops::RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(3_600);

/// Questions in a row without answer before a trunk counts as unreachable: one may be lost,
/// two may be a restart.
pub const MISSED_KEEP_ALIVES: u32 = 3;

/// How long a challenge may be answered.
pub const NONCE_LIFE: Duration = Duration::from_secs(60);

/// Nonces in use whose counter is remembered: one a phone a minute, for 100 k phones. When more
/// are used, each lives shorter than its minute.
pub const NONCES: usize = 100_000;

/// Silence of the owner after an offer inside a dialog, before we refuse for it: half of
/// the peer's own timer F, so that it still hears us.
pub const OFFER_WAIT: Duration = Duration::from_secs(16);

/// RFC 3261 §13.3.1.1: a provisional answer is repeated every minute, or proxies give up.
pub const PROVISIONAL_REPEAT: Duration = Duration::from_secs(60);

/// Longest time that an outgoing call may ring. Owners give up far sooner; this one frees memory.
pub const RINGING: Duration = Duration::from_secs(300);

/// Longest time that an incoming call may stay without a final answer. As above.
pub const UNANSWERED: Duration = Duration::from_secs(3_600);

/// Seconds in Retry-After when we shed load: long enough to help, short enough to return.
pub const RETRY_AFTER_SECONDS: u32 = 5;

/// Failed proofs that one source may make in a minute: a phone with an old password makes
/// one or two, somebody who types makes five.
pub const FAILURES_PER_MINUTE: u32 = 10;

/// The same in a day, against patient guessers.
pub const FAILURES_PER_DAY: u32 = 50;

/// How many times more a whole /24 or /48 may fail: an office has more than one phone.
pub const WIDER: u32 = 5;

/// Challenges a minute that may be longer than what they answer, for a source that has not
/// answered one: phones that ask in few words need them, and nobody is flooded by ten.
pub const CHALLENGES_PER_MINUTE: u32 = 10;

/// Sources that are remembered for that. A record is some hundred bytes.
pub const CHALLENGED_SOURCES: usize = 20_000;

/// The first ban; each further one is twice as long.
pub const BAN: Duration = Duration::from_secs(5 * 60);

/// No ban is longer: addresses change hands.
pub const LONGEST_BAN: Duration = Duration::from_secs(24 * 3_600);

/// Sources whose failures are remembered. A record is some hundred bytes.
pub const BANNED_SOURCES: usize = 20_000;

/// Keys that we read from one media line: a device offers four or five suites.
pub const CRYPTO_LINES: usize = 16;
