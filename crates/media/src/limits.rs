//! Everything has a limit, and every limit has a reason.

use std::time::Duration;

/// Length of one frame of sound that we make, and of the common tick. 20 ms is
/// what every carrier and browser sends by default. (rfc3551:4.2)
pub const FRAME: Duration = Duration::from_millis(20);

/// Samples of one frame at 8 kHz.
pub const FRAME_SAMPLES: usize = 160;

/// Longest sound in one packet that we decode: Opus allows 120 ms. (rfc7587:4.2)
pub const MAX_PACKET_SAMPLES: usize = 960;

/// Frames that we make up for after the thread was late; what is older is
/// skipped, so that a stall never becomes a burst.
pub const MAX_FRAMES_BEHIND: u32 = 5;

/// Packets in a row from one other address until it is taken for the peer.
/// Four is long enough against a stray packet and short enough (80 ms) not to
/// be noticed by a caller behind a NAT.
pub const LATCH_AFTER: u8 = 4;

/// Silence of the signalled address after which another host may be the peer.
/// A peer that is what its SDP says has spoken by then, and one that is not is
/// heard before its caller has said "hello" twice.
pub const LATCH_QUIET: Duration = Duration::from_secs(1);

/// Silence on the wire after which the owner is told, unless it says otherwise.
pub const NO_SOUND_AFTER: Duration = Duration::from_secs(5);

/// How often it is told again while the silence lasts: call control may then ask
/// the peer whether it is still there.
pub const NO_SOUND_AGAIN: Duration = Duration::from_secs(30);

/// Time without sound and reports after which a leg counts as dead, unless the
/// owner says otherwise: longer than any pause of a peer that suppresses
/// silence, and than it takes to ask it by signalling whether it is there.
pub const DEAD_AFTER: Duration = Duration::from_secs(600);

/// How often the figures of a leg are told.
pub const FIGURES_EVERY: Duration = Duration::from_secs(5);

/// How often legs are looked over for silence and recordings are emptied. With
/// the hold it bounds what of a recording is in memory only: 0.6 s, so that it
/// lacks no more than its last second when the power is cut at the worst moment.
pub const SWEEP_EVERY: Duration = Duration::from_millis(200);

/// How late a sweep may be before the thread counts as having been away.
pub const SWEEP_LATE: Duration = Duration::from_millis(100);

/// Digits that one command may send.
pub const MAX_DIGITS: usize = 64;

/// Digits that may wait on one leg.
pub const MAX_DIGITS_WAITING: usize = 128;

/// How far the timestamp of a repeated telephone-event may be behind that of
/// the newest press: 2 s of its clock of 8 kHz. Further back is another clock.
pub const LATE_PRESS_TICKS: u32 = 16_000;

/// Sounds in one playback.
pub const MAX_SOUNDS_IN_PLAYBACK: usize = 64;

/// Sounds that may be loaded at once.
pub const MAX_SOUNDS: usize = 10_000;

/// Samples in one sound: an hour at 8 kHz.
pub const MAX_SOUND_SAMPLES: usize = 8_000 * 3_600;

/// Recordings that one leg may be part of at once.
pub const MAX_TAPS: usize = 4;

/// How long a recording waits for a late packet before it writes silence.
pub const RECORDING_HOLD: Duration = Duration::from_millis(400);

/// How far the place of a packet by its timestamp may be ahead of its place by
/// its arrival; beyond it the sender has restarted its clock or drifted away,
/// and its channel is anchored anew. What is further behind is late. Shorter
/// than the hold, so that what is within bounds is never too late.
pub const RECORDING_DRIFT: Duration = Duration::from_millis(350);

/// Time in which every packet was late until its source counts as one whose
/// clock has stood still, and is anchored anew. Shorter, and the burst after a
/// stall of the network would move all that follows.
pub const RECORDING_LATE: Duration = Duration::from_secs(1);

/// Room of one recording channel in samples (about 2 s): the hold, one sweep,
/// what may be ahead of its arrival, and a stall of our own thread of a second.
pub const RECORDING_ROOM: usize = 16_384;

/// A source that jumps further than this in its timestamps has restarted them.
pub const MAX_TIMESTAMP_JUMP: Duration = Duration::from_secs(3);

/// A source that jumps further than this in its sequence has restarted it.
/// (rfc3550:A.1, MAX_DROPOUT)
pub const MAX_SEQUENCE_JUMP: u64 = 3_000;

/// Longest offer of a browser; Chromium's for one audio line is 2 to 3 KB.
pub const MAX_OFFER_BYTES: usize = 64 * 1024;

/// Media lines in an offer of a browser.
pub const MAX_OFFER_MEDIA_LINES: usize = 20;

/// Addresses that one browser may be reached at (Wi-Fi, cable, VPN, …).
pub const MAX_BROWSER_ADDRESSES: usize = 8;

/// Longest payload that changes its law on the way: 60 ms of G.711.
pub const INLINE_PAYLOAD: usize = 480;

/// Longest datagram that a leg reads: more than an Ethernet carries.
pub const MAX_DATAGRAM: usize = 2_048;

/// Bytes that SRTP adds to a packet of sound at most: the tag of GCM.
pub const MAX_TAIL: usize = 16;

/// Sources whose numbers are remembered on a protected leg. A peer has a new one
/// after a transfer at its end; more than this under one key is not telephony.
pub const MAX_SRTP_SOURCES: usize = 16;

/// How often a plain leg reports, on average: what RFC 3550 gives as the least
/// for two parties. (rfc3550:6.2)
pub const REPORT_EVERY: Duration = Duration::from_secs(5);

/// Longest round trip that a report can be meant to show; more is a peer that
/// echoes nonsense. Even two satellites take less.
pub const MAX_ROUND_TRIP: Duration = Duration::from_secs(30);

/// Every how many packets of a leg that is only relayed one is looked at for its
/// level: often enough for the average of a call (every 1.3 s), too seldom to be felt.
pub const LEVEL_EVERY: u64 = 64;

/// Parties of one conference: a bit each in a row of its matrix. More people
/// than that do not talk, they listen to a broadcast.
pub const MAX_PARTIES: usize = 32;

/// Least time that sound waits for its mix: one packet of 20 ms, so that one
/// that is a little late is in time.
pub const JITTER_LEAST: Duration = Duration::from_millis(20);

/// Most time that the earliest packet waits for its mix. Beyond it two people
/// begin to interrupt each other. (ITU-T G.114: 150 ms one way, path included)
pub const JITTER_MOST: Duration = Duration::from_millis(120);

/// How often a wait that proved too long is cut by a frame: slowly, because
/// jitter that was there comes back.
pub const JITTER_SHRINKS_EVERY: u32 = 100;

/// Packets in a row that came too late until their source counts as one whose
/// clock has stood still, and is waited for anew.
pub const JITTER_LATE_IN_ROW: u32 = 5;

/// Packets that may wait for a mix: 120 ms in packets of 5 ms.
pub const MAX_PACKETS_WAITING: usize = 24;

/// Bytes of one packet that waits for a mix: no voice codec of ours needs more.
/// (rfc6716:3.4, 1275 bytes)
pub const MAX_BYTES_WAITING: usize = 1_275;

/// Loss that is concealed by what was heard last, fading; after it there is
/// silence. (ITU-T G.711 Appendix I: 60 ms)
pub const CONCEALED_SAMPLES: usize = 480;
