//! How the legs of calls sounded: one row for each entry of a journal that says
//! so, written with the journal and as often as it is.

use crate::sql::{Row, Tx, rows_of, values};
use crate::{Store, StoreError};
use centre::journal::{CallEvent, JournalEntry};
use centre::leg::Kind;
use centre::sounding::{Codec, LegSound, Party, Side};
use centre::{CallId, PhoneId, SdkAppId, StaffId, TrunkId};

/// Columns behind the key, in order.
const COLUMNS: &str = "side, kind, far, agent, codec, received, sent, lost, remote_lost, jitter, round_trip, mos, \
    remote, silences, silent_ms";

impl Store {
    /// How the legs of a call sounded, in the order in which they were closed.
    pub async fn legs_of(&self, app: SdkAppId, call: CallId) -> Result<Vec<LegSound>, StoreError> {
        let mut tx = self.look().await?;
        let sql = format!("SELECT {COLUMNS} FROM call_legs WHERE app = ? AND call = ? ORDER BY sequence");
        tx.rows(sql, values![app, call]).await?.iter().map(read).collect()
    }
}

/// Writes the rows of those entries that tell of a leg.
pub(crate) async fn write(tx: &mut Tx, entries: &[&JournalEntry]) -> Result<(), StoreError> {
    let mut values = Vec::new();
    let mut rows = 0;
    for entry in entries {
        let Some(sound) = told_by(&entry.event) else { continue };
        let (kind, far) = kind_words(sound.party.kind);
        rows += 1;
        values.extend(values![
            entry.app,
            entry.call,
            entry.sequence,
            side_word(sound.party.side),
            kind,
            far,
            sound.party.agent,
            sound.codec.map(|codec| codec_word(codec).to_owned()),
            sound.received,
            sound.sent,
            sound.lost,
            sound.remote_lost,
            sound.jitter_us,
            sound.round_trip_us,
            u32::from(sound.mos),
            sound.remote.map(|remote| remote.to_string()),
            sound.silences,
            sound.silent_ms
        ]);
    }
    if rows == 0 {
        return Ok(());
    }
    let rows = rows_of(rows, 18);
    let sql = format!("INSERT INTO call_legs (app, call, sequence, {COLUMNS}) VALUES {rows} ON CONFLICT DO NOTHING");
    tx.execute(sql, values).await.map(|_| ())
}

fn told_by(event: &CallEvent) -> Option<&LegSound> {
    match event {
        CallEvent::Measured { sound } => Some(sound),
        CallEvent::Arrived { .. }
        | CallEvent::Dialled { .. }
        | CallEvent::Called { .. }
        | CallEvent::Redirected { .. }
        | CallEvent::TransferAsked { .. }
        | CallEvent::TransferFailed { .. }
        | CallEvent::Transferred { .. }
        | CallEvent::Rang
        | CallEvent::Connected
        | CallEvent::Answered
        | CallEvent::FlowStarted { .. }
        | CallEvent::NodeEntered { .. }
        | CallEvent::KeyPressed { .. }
        | CallEvent::Queued { .. }
        | CallEvent::LeftQueue { .. }
        | CallEvent::Offered { .. }
        | CallEvent::OfferEnded { .. }
        | CallEvent::Accepted { .. }
        | CallEvent::RecordingStarted { .. }
        | CallEvent::RecordingStopped { .. }
        | CallEvent::NoSound { .. }
        | CallEvent::SoundAgain { .. }
        | CallEvent::Remarked { .. }
        | CallEvent::Ended { .. } => None,
    }
}

fn read(row: &Row) -> Result<LegSound, StoreError> {
    let remote = row.opt_text(12)?.map(|text| text.parse().map_err(|error| StoreError::damaged("an address", error)));
    Ok(LegSound {
        party: Party {
            side: read_side(&row.text(0)?)?,
            kind: read_kind(&row.text(1)?, row.opt_id(2)?)?,
            agent: row.opt_id(3)?.map(StaffId),
        },
        codec: row.opt_text(4)?.map(|word| read_codec(&word)).transpose()?,
        received: row.id(5)?,
        sent: row.id(6)?,
        lost: row.id(7)?,
        remote_lost: row.small(8)?,
        jitter_us: row.small(9)?,
        round_trip_us: row.small(10)?,
        mos: row.small(11)?,
        remote: remote.transpose()?,
        silences: row.small(13)?,
        silent_ms: row.id(14)?,
    })
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Customer => "customer",
        Side::Seat => "seat",
    }
}

fn read_side(word: &str) -> Result<Side, StoreError> {
    match word {
        "customer" => Ok(Side::Customer),
        "seat" => Ok(Side::Seat),
        other => Err(StoreError::damaged("the side of a leg", other)),
    }
}

fn kind_words(kind: Kind) -> (&'static str, Option<i64>) {
    match kind {
        Kind::Trunk(trunk) => ("trunk", Some(trunk.0.cast_signed())),
        Kind::Phone(phone) => ("phone", Some(phone.0.cast_signed())),
        Kind::Browser => ("browser", None),
        Kind::Virtual => ("virtual", None),
    }
}

fn read_kind(word: &str, far: Option<u64>) -> Result<Kind, StoreError> {
    match (word, far) {
        ("trunk", Some(trunk)) => Ok(Kind::Trunk(TrunkId(trunk))),
        ("phone", Some(phone)) => Ok(Kind::Phone(PhoneId(phone))),
        ("browser", None) => Ok(Kind::Browser),
        ("virtual", None) => Ok(Kind::Virtual),
        (other, _) => Err(StoreError::damaged("the kind of a leg", other)),
    }
}

fn codec_word(codec: Codec) -> &'static str {
    match codec {
        Codec::Pcmu => "pcmu",
        Codec::Pcma => "pcma",
        Codec::G722 => "g722",
        Codec::Opus => "opus",
    }
}

fn read_codec(word: &str) -> Result<Codec, StoreError> {
    match word {
        "pcmu" => Ok(Codec::Pcmu),
        "pcma" => Ok(Codec::Pcma),
        "g722" => Ok(Codec::G722),
        "opus" => Ok(Codec::Opus),
        other => Err(StoreError::damaged("the codec of a leg", other)),
    }
}
