//! The fake world with a seed, and the referees. Carriers that speak real SIP
//! over a bad network, a media engine without sound, agents with slow fingers
//! and callers without patience live hours in milliseconds around one real
//! [`centre::node::Node`]; the same seed always lives the same hours.
//!
//! Read: `scenario` (what kind of world), `world` (the loop), then the people
//! and things in it, then `referee` (what must never happen).

pub mod scenario;
pub mod world;
mod luck;
mod town;
mod network;
mod carrier;
mod callee;
mod caller;
mod engine;
mod desk;
mod referee;

pub use scenario::Scenario;
pub use world::{Report, run};
