//! What is known of carriers now, as the API shows it: words and numbers, no settings.

use super::TransportView;
use centre::TrunkId;
use centre::node::{AddressStanding, RegistrationStanding, TrunkCondition, TrunkStanding};
use serde::Serialize;
use sip::{AddressState, TrunkState};
use utoipa::ToSchema;

/// What is known now of a carrier that calls go out over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrunkState)]
pub struct TrunkStateView {
    /// The trunk's id.
    pub id: u64,
    /// All in one word.
    pub state: TrunkConditionView,
    /// How our registration stands; null for a trunk that does not register.
    pub registration: Option<TrunkRegistrationView>,
    /// The gateway's addresses, best first; none while they are not found.
    pub addresses: Vec<TrunkAddressView>,
}

impl From<&(TrunkId, TrunkStanding)> for TrunkStateView {
    fn from((id, standing): &(TrunkId, TrunkStanding)) -> Self {
        TrunkStateView {
            id: id.0,
            state: standing.condition().into(),
            registration: standing.registration.map(TrunkRegistrationView::from),
            addresses: standing.addresses.iter().map(TrunkAddressView::from).collect(),
        }
    }
}

/// A carrier's state in one word.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TrunkCondition)]
pub enum TrunkConditionView {
    /// Not asked: it does not register, and its gateway is not asked whether it is there.
    Unknown,
    /// The first registration is under way.
    Registering,
    /// Registered.
    Registered,
    /// The carrier refuses the registration.
    Refused,
    /// It does not register, and its gateway answers.
    Answers,
    /// Its registrar, or every address that was asked, is silent.
    Unreachable,
}

impl From<TrunkCondition> for TrunkConditionView {
    fn from(condition: TrunkCondition) -> Self {
        match condition {
            TrunkCondition::Unknown => TrunkConditionView::Unknown,
            TrunkCondition::Registering => TrunkConditionView::Registering,
            TrunkCondition::Registered => TrunkConditionView::Registered,
            TrunkCondition::Refused => TrunkConditionView::Refused,
            TrunkCondition::Answers => TrunkConditionView::Answers,
            TrunkCondition::Unreachable => TrunkConditionView::Unreachable,
        }
    }
}

/// How our registration at a carrier stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrunkRegistration)]
pub struct TrunkRegistrationView {
    /// The SIP status with which it was refused; null if it was not.
    pub refused_with: Option<u16>,
    /// Since when it stands so, in Unix milliseconds. A refresh is no change.
    pub since_ms: i64,
}

impl From<RegistrationStanding> for TrunkRegistrationView {
    fn from(standing: RegistrationStanding) -> Self {
        let refused_with = match standing.state {
            TrunkState::Refused { status } => Some(status),
            TrunkState::Unknown
            | TrunkState::Registering
            | TrunkState::Registered { until: _ }
            | TrunkState::Unreachable => None,
        };
        TrunkRegistrationView { refused_with, since_ms: standing.since_ms }
    }
}

/// Whether one address of a carrier's gateway answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrunkAddress)]
pub struct TrunkAddressView {
    /// Address and port.
    pub address: String,
    /// How messages travel to it.
    pub transport: TransportView,
    /// Whether it answers OPTIONS; null while it was not asked, or the first questions are open.
    pub answers: Option<bool>,
    /// How long the last answer took, in milliseconds.
    pub round_trip_ms: Option<f64>,
    /// Since when it answers or does not, in Unix milliseconds.
    pub since_ms: i64,
}

impl From<&AddressStanding> for TrunkAddressView {
    fn from(standing: &AddressStanding) -> Self {
        let (answers, round_trip_ms) = match standing.state {
            Some(AddressState::Answers { round_trip }) => {
                // Tenths are all that a person compares.
                (Some(true), Some((round_trip.as_secs_f64() * 10_000.0).round() / 10.0))
            }
            Some(AddressState::Silent) => (Some(false), None),
            None => (None, None),
        };
        TrunkAddressView {
            address: standing.flow.remote.to_string(),
            transport: standing.flow.transport.into(),
            answers,
            round_trip_ms,
            since_ms: standing.since_ms,
        }
    }
}
