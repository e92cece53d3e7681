//! Journals, records and the catalogue of recordings. Writing the same again
//! changes nothing, so that the spool may be replayed as often as need be.

use crate::call_legs;
use crate::limits::{NUMBER_CHARS, PAGE, QUERY_LIST};
use crate::spool::SpoolItem;
use crate::sql::{Row, Tx, Value, json, places, rows_of, values};
use crate::{RecordPage, RecordQuery, RecordingRow, RecordingState, Store, StoreError};
use centre::journal::JournalEntry;
use centre::record::Record;
use centre::settings::{canonical_number, matching_key};
use centre::{CallId, RecordingId, SdkAppId};
use uuid::Uuid;

/// Rows of one INSERT. Both databases take far more values; the gain is over by here.
const BATCH: usize = 50;

impl Store {
    /// Writes lines of journals; a line that is there already stays as it is.
    pub async fn append_journal(&self, entries: &[JournalEntry]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        write_journal(&mut tx, &entries.iter().collect::<Vec<_>>()).await?;
        tx.commit().await
    }

    /// Writes final records; a call that has one keeps it.
    pub async fn put_records(&self, records: &[Record]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        write_records(&mut tx, &records.iter().collect::<Vec<_>>()).await?;
        tx.commit().await
    }

    /// Writes what the spool holds, in one transaction.
    pub async fn put_spooled(&self, items: &[SpoolItem]) -> Result<(), StoreError> {
        let (mut entries, mut records) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                SpoolItem::Journal(entry) => entries.push(entry),
                SpoolItem::Record(record) => records.push(record),
            }
        }
        let mut tx = self.begin().await?;
        write_journal(&mut tx, &entries).await?;
        write_records(&mut tx, &records).await?;
        tx.commit().await
    }

    /// A call's journal, in order.
    pub async fn journal(&self, app: SdkAppId, call: CallId) -> Result<Vec<JournalEntry>, StoreError> {
        let mut tx = self.look().await?;
        one_journal(&mut tx, app, call).await
    }

    /// The journals of calls without a record: after a crash, the calls that it cut
    /// off, and those of which it left the last journal entry but not the record.
    pub async fn unfinished_journals(&self) -> Result<Vec<Vec<JournalEntry>>, StoreError> {
        let mut tx = self.look().await?;
        let mut journals = Vec::new();
        for row in tx.rows("SELECT app, call FROM calls WHERE ended = 0 ORDER BY app, call", values![]).await? {
            let (app, call) = (SdkAppId(row.id(0)?), CallId(read_uuid(&row, 1)?));
            journals.push(one_journal(&mut tx, app, call).await?);
        }
        Ok(journals)
    }

    /// Records that match, newest first, and how many there are in all.
    pub async fn records(&self, app: SdkAppId, query: &RecordQuery) -> Result<RecordPage, StoreError> {
        if query.limit > PAGE {
            return Err(StoreError::Limit { what: "records in one page", most: PAGE as usize });
        }
        if query.phones.len() > QUERY_LIST || query.calls.len() > QUERY_LIST {
            return Err(StoreError::Limit { what: "numbers or calls in one query", most: QUERY_LIST });
        }
        let (condition, mut values) = condition(app, query);
        let mut tx = self.look().await?;
        let total = tx.number(format!("SELECT COUNT(*) FROM records WHERE {condition}"), values.clone()).await?;
        let sql = format!(
            "SELECT record FROM records WHERE {condition} ORDER BY started_ms DESC, call DESC LIMIT ? OFFSET ?"
        );
        values.extend(values![query.limit, i64::try_from(query.offset).unwrap_or(i64::MAX)]);
        let rows = tx.rows(sql, values).await?;
        let records = rows.iter().map(|row| row.json(0)).collect::<Result<_, _>>()?;
        Ok(RecordPage { total: total.cast_unsigned(), records })
    }

    /// The record of one call.
    pub async fn record(&self, app: SdkAppId, call: CallId) -> Result<Option<Record>, StoreError> {
        let mut tx = self.look().await?;
        let row = tx.row("SELECT record FROM records WHERE app = ? AND call = ?", values![app, call]).await?;
        row.map(|row| row.json(0)).transpose()
    }

    /// Enters a recording, or what has become of it. Once it is finished, nothing
    /// changes it any more: what is told again was true at the first time.
    pub async fn put_recording(&self, row: &RecordingRow) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        tx.execute(
            "INSERT INTO recordings (app, recording, call, started_ms, samples, bytes, state) VALUES (?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT (app, recording) DO UPDATE SET samples = excluded.samples, bytes = excluded.bytes, state = excluded.state \
             WHERE recordings.state = ?",
            values![
                row.app,
                row.recording,
                row.call,
                row.started_ms,
                row.samples,
                row.bytes,
                state_word(row.state),
                state_word(RecordingState::Live)
            ],
        )
        .await?;
        tx.commit().await
    }

    /// One recording.
    pub async fn recording(&self, app: SdkAppId, recording: RecordingId) -> Result<Option<RecordingRow>, StoreError> {
        let mut tx = self.look().await?;
        let row = tx.row(format!("{RECORDING} WHERE app = ? AND recording = ?"), values![app, recording]).await?;
        row.as_ref().map(read_recording).transpose()
    }

    /// The recordings of a call, in order.
    pub async fn recordings_of(&self, app: SdkAppId, call: CallId) -> Result<Vec<RecordingRow>, StoreError> {
        let mut tx = self.look().await?;
        let sql = format!("{RECORDING} WHERE app = ? AND call = ? ORDER BY started_ms, recording");
        tx.rows(sql, values![app, call]).await?.iter().map(read_recording).collect()
    }
}

async fn write_journal(tx: &mut Tx, entries: &[&JournalEntry]) -> Result<(), StoreError> {
    for batch in entries.chunks(BATCH) {
        let mut lines = Vec::new();
        let mut calls = Vec::new();
        for entry in batch {
            lines.extend(values![entry.app, entry.call, entry.sequence, entry.at_ms, json(*entry)?]);
            if !calls.contains(&(entry.app, entry.call)) {
                calls.push((entry.app, entry.call));
            }
        }
        let rows = rows_of(batch.len(), 5);
        tx.execute(
            format!("INSERT INTO journal (app, call, sequence, at_ms, entry) VALUES {rows} ON CONFLICT DO NOTHING"),
            lines,
        )
        .await?;
        let rows = rows_of(calls.len(), 3);
        let values = calls.into_iter().flat_map(|(app, call)| values![app, call, false]).collect();
        tx.execute(format!("INSERT INTO calls (app, call, ended) VALUES {rows} ON CONFLICT DO NOTHING"), values)
            .await?;
        call_legs::write(tx, batch).await?;
    }
    Ok(())
}

async fn write_records(tx: &mut Tx, records: &[&Record]) -> Result<(), StoreError> {
    for batch in records.chunks(BATCH) {
        let mut values = Vec::new();
        for record in batch {
            values.extend(values![
                record.app,
                record.call,
                record.started_ms,
                record.ended_ms,
                searched(record.caller.expose()),
                searched(&record.callee),
                record.agent,
                json(*record)?
            ]);
        }
        let rows = rows_of(batch.len(), 8);
        let sql = format!(
            "INSERT INTO records (app, call, started_ms, ended_ms, caller_key, callee_key, agent, record) VALUES {rows} ON CONFLICT DO NOTHING"
        );
        tx.execute(sql, values).await?;
        let mut calls: Vec<(SdkAppId, CallId)> = batch.iter().map(|record| (record.app, record.call)).collect();
        // PostgreSQL refuses to touch one row twice in one statement.
        calls.sort_unstable();
        calls.dedup();
        let rows = rows_of(calls.len(), 3);
        let values = calls.into_iter().flat_map(|(app, call)| values![app, call, true]).collect();
        let sql = format!(
            "INSERT INTO calls (app, call, ended) VALUES {rows} ON CONFLICT (app, call) DO UPDATE SET ended = 1"
        );
        tx.execute(sql, values).await?;
        for record in batch.iter().filter(|record| record.remark.is_some()) {
            add_remark(tx, record).await?;
        }
    }
    Ok(())
}

/// An agent may write a remark after the call, in wrap-up: the one part of a
/// final record that still changes.
async fn add_remark(tx: &mut Tx, record: &Record) -> Result<(), StoreError> {
    let rows =
        tx.rows("SELECT record FROM records WHERE app = ? AND call = ?", values![record.app, record.call]).await?;
    for row in &rows {
        let mut kept: Record = row.json(0)?;
        if kept.remark != record.remark {
            kept.remark = record.remark.clone();
            let values = values![json(&kept)?, record.app, record.call];
            tx.execute("UPDATE records SET record = ? WHERE app = ? AND call = ?", values).await?;
        }
    }
    Ok(())
}

async fn one_journal(tx: &mut Tx, app: SdkAppId, call: CallId) -> Result<Vec<JournalEntry>, StoreError> {
    let rows =
        tx.rows("SELECT entry FROM journal WHERE app = ? AND call = ? ORDER BY sequence", values![app, call]).await?;
    rows.iter().map(|row| row.json(0)).collect()
}

/// A number as it is searched for: what all its writings have in common. What a caller sends as one may be kilobytes
/// long, and PostgreSQL takes no such thing into an index: one record must not
/// hold up all that wait behind it. The record itself keeps the whole text.
fn searched(number: &str) -> String {
    matching_key(&canonical_number(number)).chars().take(NUMBER_CHARS).collect()
}

/// The WHERE of a record query and its values. The text is made of our own words only.
fn condition(app: SdkAppId, query: &RecordQuery) -> (String, Vec<Value>) {
    let mut text = "app = ?".to_owned();
    let mut values = values![app];
    if let Some(from) = query.from_ms {
        text.push_str(" AND started_ms >= ?");
        values.extend(values![from]);
    }
    if let Some(to) = query.to_ms {
        text.push_str(" AND started_ms < ?");
        values.extend(values![to]);
    }
    if !query.phones.is_empty() {
        let places = places(query.phones.len());
        text.push_str(&format!(" AND (caller_key IN ({places}) OR callee_key IN ({places}))"));
        for _ in 0..2 {
            values.extend(query.phones.iter().map(|phone| Value::from(searched(phone))));
        }
    }
    if !query.calls.is_empty() {
        text.push_str(&format!(" AND call IN ({})", places(query.calls.len())));
        values.extend(query.calls.iter().map(|call| Value::from(*call)));
    }
    if let Some(agent) = query.agent {
        text.push_str(" AND agent = ?");
        values.extend(values![agent]);
    }
    (text, values)
}

const RECORDING: &str = "SELECT app, recording, call, started_ms, samples, bytes, state FROM recordings";

fn read_recording(row: &Row) -> Result<RecordingRow, StoreError> {
    Ok(RecordingRow {
        app: SdkAppId(row.id(0)?),
        recording: RecordingId(read_uuid(row, 1)?),
        call: CallId(read_uuid(row, 2)?),
        started_ms: row.int(3)?,
        samples: row.id(4)?,
        bytes: row.id(5)?,
        state: read_state(&row.text(6)?)?,
    })
}

fn read_uuid(row: &Row, column: usize) -> Result<Uuid, StoreError> {
    Uuid::parse_str(&row.text(column)?).map_err(|error| StoreError::damaged("an id", error))
}

fn state_word(state: RecordingState) -> &'static str {
    match state {
        RecordingState::Live => "live",
        RecordingState::Complete => "complete",
        RecordingState::Partial => "partial",
    }
}

fn read_state(word: &str) -> Result<RecordingState, StoreError> {
    match word {
        "live" => Ok(RecordingState::Live),
        "complete" => Ok(RecordingState::Complete),
        "partial" => Ok(RecordingState::Partial),
        other => Err(StoreError::damaged("the state of a recording", other)),
    }
}
