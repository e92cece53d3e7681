//! Names of things. Each is a type of its own, so that an agent's id cannot be
//! handed in where a skill group's is asked for.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id!(
    /// An application: the tenant. A 10-digit number that starts with 14.
    SdkAppId
);
number_id!(
    /// A person with an account in an application: agent, supervisor or administrator.
    StaffId
);
number_id!(
    /// A skill group.
    SkillGroupId
);
number_id!(
    /// A trunk.
    TrunkId
);
number_id!(
    /// A telephone that registers here, unique on the whole node.
    PhoneId
);
number_id!(
    /// A flow.
    FlowId
);
number_id!(
    /// A sound file of an application.
    SoundFileId
);

/// An agent on the whole node: staff ids are unique in their application only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AgentKey {
    /// The application.
    pub app: SdkAppId,
    /// The agent.
    pub agent: StaffId,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// A call; the cloud API's `SessionId`.
    CallId
);
uuid_id!(
    /// One offer of one call to one agent: a lease.
    OfferId
);
uuid_id!(
    /// A recording; the cloud API's `RecordId`.
    RecordingId
);

/// The name of a node inside one flow. Chosen by whoever draws the flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeName(pub String);

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
