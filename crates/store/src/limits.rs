//! Every limit of the store, with the reason for its number. Longer texts and
//! larger counts are refused with a clear error, never cut.

/// Applications of one node: more tenants want a node of their own.
pub const APPLICATIONS: usize = 1_000;
/// Staff of one application: ten times the largest floor one node can carry.
pub const STAFF: usize = 10_000;
/// Operators of the platform.
pub const OPERATORS: usize = 100;
/// Skill groups of one application.
pub const SKILL_GROUPS: usize = 2_000;
/// Trunks of one application.
pub const TRUNKS: usize = 200;
/// Source networks of one trunk.
pub const TRUNK_SOURCES: usize = 100;
/// Rules by which one trunk rewrites numbers, each way: a few countries and area codes.
pub const TRUNK_REWRITES: usize = 100;
/// Telephones of one application: one on every desk, and some in the corridors.
pub const PHONES: usize = 10_000;
/// Numbers of one application.
pub const NUMBERS: usize = 10_000;
/// Flows of one application.
pub const FLOWS: usize = 1_000;
/// Bytes of one flow as JSON: some thousands of nodes.
pub const FLOW_BYTES: usize = 1 << 20;
/// Sounds of one application.
pub const SOUNDS: usize = 1_000;
/// Samples of one sound: ten minutes at 8 kHz.
pub const SOUND_SAMPLES: usize = 10 * 60 * 8_000;
/// API keys of one application; the vendor allows two, rotation wants a few more.
pub const API_KEYS: usize = 20;
/// Longest name, account or note in bytes.
pub const NAME_BYTES: usize = 255;
/// Longest host name in bytes, as the name service has it.
pub const HOST_BYTES: usize = 253;
/// Longest password in bytes; Argon2 would take more, a denial of service too.
pub const PASSWORD_BYTES: usize = 1_024;
/// Passwords hashed at once: 46 MiB each.
pub const PASSWORDS_AT_ONCE: usize = 2;
/// Passwords waiting for their turn; beyond it the answer is [`crate::StoreError::Busy`].
pub const PASSWORDS_WAITING: usize = 64;
/// Applications in which a sign-in without an application looks for the account.
pub const SAME_ACCOUNT: usize = 4;
/// Rows of one page of records.
pub const PAGE: u32 = 1_000;
/// Numbers or calls in one record query.
pub const QUERY_LIST: usize = 100;
/// Characters of a number by which records are found; E.164 has 15 digits.
pub const NUMBER_CHARS: usize = 100;
/// Sessions and tokens of one account; the oldest go first.
pub const SESSIONS: u32 = 100;
/// Bytes of one audit detail.
pub const AUDIT_DETAIL_BYTES: usize = 8_192;
/// Bytes of one item in the spool. A journal entry is some hundred bytes; an
/// offer's trace with a thousand agents stays below 100 KiB.
pub const SPOOL_ITEM_BYTES: usize = 4 << 20;
/// Bytes after which the spool starts a new segment.
pub const SPOOL_SEGMENT_BYTES: u64 = 8 << 20;
/// Bytes set aside beside the spool, so that running calls can still be written
/// down after the disk is full.
pub const SPOOL_RESERVE_BYTES: u64 = 4 << 20;
/// Longest recording in samples of one channel: 24 hours, 2.7 GB as a WAV file,
/// which is still below the format's 4 GiB.
pub const RECORDING_SAMPLES: u64 = 24 * 3_600 * 8_000;
/// Samples of one channel in one recording block: ten seconds, many times what the media engine sends at once.
pub const BLOCK_SAMPLES: usize = 80_000;
/// Peaks that a waveform shows at most, in each channel.
pub const PEAKS: u64 = 2_000;
