//! How legs sound: of a call in progress, and in a record.

use centre::floor::LiveLeg;
use centre::leg::Kind;
use centre::settings::Settings;
use centre::sounding::{Codec, LegSound, Side};
use serde::Serialize;
use std::net::SocketAddr;
use utoipa::ToSchema;

/// Which side of a call a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Side)]
pub enum SideView {
    /// Who calls us, or is called.
    Customer,
    /// Who serves or makes the call.
    Seat,
}

/// What is at a leg's far end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LegKind)]
pub enum LegKindView {
    /// A carrier.
    Trunk,
    /// A registered telephone.
    Phone,
    /// An agent's page.
    Browser,
    /// A party inside the server.
    Virtual,
}

/// How a leg of a call in progress sounds now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveLeg)]
pub struct LiveLegView {
    /// Which side of the call.
    pub side: SideView,
    /// What is at the far end.
    pub kind: LegKindView,
    /// The newest figures, some seconds old; null before the first.
    pub figures: Option<LiveFiguresView>,
    /// For how long nothing has been heard from it, in milliseconds; null while it is heard.
    pub silent_ms: Option<i64>,
}

/// The newest figures of a leg.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveFigures)]
pub struct LiveFiguresView {
    /// The codec that is sent to it, such as `pcma` or `opus`.
    pub codec: Option<String>,
    /// Estimated mean opinion score of the last seconds in hundredths, 100 to 450; 0 when nothing was heard.
    pub mos: u16,
    /// Thousandths of its packets that were lost in the last seconds.
    pub loss_permille: u16,
    /// Jitter in microseconds.
    pub jitter_us: u32,
    /// There and back, in microseconds; 0 until known.
    pub round_trip_us: u32,
}

/// How a leg of a call sounded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordLeg)]
pub struct RecordLegView {
    /// Which side of the call.
    pub side: SideView,
    /// What was at the far end.
    pub kind: LegKindView,
    /// The trunk or telephone.
    pub far: Option<u64>,
    /// The agent who spoke there, if it was one.
    pub agent: Option<u64>,
    /// That agent's name now.
    pub agent_name: Option<String>,
    /// The codec that was sent to it, such as `pcma` or `opus`.
    pub codec: Option<String>,
    /// RTP packets received.
    pub received: u64,
    /// RTP packets sent.
    pub sent: u64,
    /// Packets that were missing.
    pub lost: u64,
    /// Packets of ours that the far end missed, by its reports.
    pub remote_lost: u32,
    /// Jitter at the end, in microseconds.
    pub jitter_us: u32,
    /// There and back, in microseconds; 0 if no report showed it.
    pub round_trip_us: u32,
    /// Estimated mean opinion score in hundredths, 100 to 450; 0 when nothing was heard.
    pub mos: u16,
    /// Where its sound went to; null for agents.
    pub address: Option<String>,
    /// How often nothing was heard from it for too long.
    pub silences: u32,
    /// How long these silences were together, in milliseconds.
    pub silent_ms: u64,
}

/// Who may read addresses of peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// Whoever watches over the lines.
    Shown,
    /// An agent has no use for them.
    Hidden,
}

impl RecordLegView {
    /// With the names that the settings know.
    pub fn of(sound: &LegSound, settings: &Settings, addresses: Addresses) -> RecordLegView {
        let (kind, far) = kind_of(sound.party.kind);
        let staff = sound.party.agent.and_then(|agent| settings.staff.get(&agent));
        let address = match addresses {
            Addresses::Shown => sound.remote.map(|remote| remote.to_string()),
            Addresses::Hidden => None,
        };
        RecordLegView {
            side: sound.party.side.into(),
            kind,
            far,
            agent: sound.party.agent.map(|agent| agent.0),
            agent_name: staff.map(|staff| staff.name.clone()),
            codec: sound.codec.map(codec_word),
            received: sound.received,
            sent: sound.sent,
            lost: sound.lost,
            remote_lost: sound.remote_lost,
            jitter_us: sound.jitter_us,
            round_trip_us: sound.round_trip_us,
            mos: sound.mos,
            address,
            silences: sound.silences,
            silent_ms: sound.silent_ms,
        }
    }
}

impl From<&LiveLeg> for LiveLegView {
    fn from(leg: &LiveLeg) -> Self {
        LiveLegView {
            side: leg.party.side.into(),
            kind: kind_of(leg.party.kind).0,
            figures: leg.figures.map(|figures| LiveFiguresView {
                codec: figures.codec.map(codec_word),
                mos: figures.recent_mos,
                loss_permille: figures.recent_loss_permille,
                jitter_us: figures.jitter_us,
                round_trip_us: figures.round_trip_us,
            }),
            silent_ms: leg.silent_ms,
        }
    }
}

impl From<Side> for SideView {
    fn from(side: Side) -> Self {
        match side {
            Side::Customer => SideView::Customer,
            Side::Seat => SideView::Seat,
        }
    }
}

fn kind_of(kind: Kind) -> (LegKindView, Option<u64>) {
    match kind {
        Kind::Trunk(trunk) => (LegKindView::Trunk, Some(trunk.0)),
        Kind::Phone(phone) => (LegKindView::Phone, Some(phone.0)),
        Kind::Browser => (LegKindView::Browser, None),
        Kind::Virtual => (LegKindView::Virtual, None),
    }
}

fn codec_word(codec: Codec) -> String {
    match codec {
        Codec::Pcmu => "pcmu",
        Codec::Pcma => "pcma",
        Codec::G722 => "g722",
        Codec::Opus => "opus",
    }
    .to_owned()
}

/// Whose sound, as the journal says it.
#[derive(ToSchema)]
#[schema(as = Party)]
#[allow(missing_docs, dead_code, reason = "read by the API description only; documented in call control")]
pub struct PartyShape {
    side: SideView,
    kind: KindShape,
    agent: Option<u64>,
}

/// What is at a leg's far end, as the journal says it.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FarEnd)]
#[allow(missing_docs, dead_code, reason = "read by the API description only; documented in call control")]
pub enum KindShape {
    Trunk(u64),
    Phone(u64),
    Browser,
    Virtual,
}

/// How a leg sounded, as the journal says it.
#[derive(ToSchema)]
#[schema(as = LegSound)]
#[allow(missing_docs, dead_code, reason = "read by the API description only; documented in call control")]
pub struct LegSoundShape {
    party: PartyShape,
    codec: Option<String>,
    received: u64,
    sent: u64,
    lost: u64,
    remote_lost: u32,
    jitter_us: u32,
    round_trip_us: u32,
    mos: u16,
    #[schema(value_type = Option<String>)]
    remote: Option<SocketAddr>,
    silences: u32,
    silent_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The description above is of what call control writes.
    #[test]
    fn the_journal_says_it_as_described() {
        let word = serde_json::to_value(Kind::Trunk(centre::TrunkId(3))).expect("JSON");
        assert_eq!(word, serde_json::json!({ "trunk": 3 }));
        assert_eq!(serde_json::to_value(Codec::G722).expect("JSON"), codec_word(Codec::G722));
        assert_eq!(serde_json::to_value(Side::Seat).expect("JSON"), "seat");
    }
}
