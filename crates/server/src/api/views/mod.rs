//! The shapes of the REST API and the desk socket: what goes out and comes in
//! as JSON, described for `/openapi.json`. Call control's own types stay free
//! of HTTP; every shape here is made from one of them.

mod desk;
mod event;
mod flow;
mod floor;
mod phones;
mod records;
mod session;
mod sounding;
mod settings;
mod staff;
mod trunk_states;
mod trunks;

pub use desk::*;
pub use event::*;
pub use floor::*;
pub use flow::*;
pub use phones::*;
pub use records::*;
pub use session::*;
pub use settings::*;
pub use sounding::*;
pub use staff::*;
pub use trunk_states::*;
pub use trunks::*;

use serde::Serialize;
use utoipa::ToSchema;

/// A list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T: ToSchema> {
    /// Its elements.
    pub items: Vec<T>,
}

impl<T: ToSchema> FromIterator<T> for Items<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Items { items: items.into_iter().collect() }
    }
}

/// The id of what was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Created {
    /// Its id.
    pub id: u64,
}
