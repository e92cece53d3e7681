//! The business: trunks, routes, calls, legs, flows, queues, skill groups,
//! agents, journals and records.
//!
//! Pure: no socket, no clock, no thread, no SQL. [`node::Node`] is the whole
//! of call control: it wires a [`sip::Endpoint`] to the [`Centre`], and both
//! the server and the simulator drive it. Read the modules in this order.

pub mod ids;
pub mod now;
pub mod pii;
pub mod catalogue;
pub mod limits;
pub mod settings;
pub mod route;
pub mod ivr;
pub mod queue;
pub mod presence;
pub mod agent;
pub mod decide;
pub mod offer;
pub mod leg;
pub mod outward;
pub mod rate;
pub mod dial;
pub mod talk;
pub mod transfer;
pub mod recording;
pub mod sounding;
pub mod journal;
pub mod record;
pub mod progress;
pub mod journals;
pub mod timers;
pub mod desk;
pub mod floor;
pub mod centre;
pub mod node;

pub use ids::*;
pub use now::Now;
pub use pii::Pii;
