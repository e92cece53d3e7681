//! Calls from end to end, told as stories: who does what, and what the
//! journal, the agents and the record say of it.

mod hold;
mod leaving;
mod outbound;
mod phones;
mod inside;
mod redirected;
mod sounding;
mod stage;
mod transfers;
mod trouble;
mod waiting;
mod walk;
