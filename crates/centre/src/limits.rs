//! Every limit of call control, with the reason for its number.

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
