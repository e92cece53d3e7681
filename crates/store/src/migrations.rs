//! The tables, made and changed in numbered steps at every start, only forward.
//! One text serves both databases; three words differ.

use crate::StoreError;
use crate::sql::{Tx, values};
use centre::settings::matching_key;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// A step that was released is never edited: its checksum is compared.
const STEPS: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("../migrations/0001_first.sql")),
    (NUMBERS_BY_MEANING, "numbers by meaning", include_str!("../migrations/0002_numbers_by_meaning.sql")),
    (RECORDS_BY_MEANING, "records by meaning", include_str!("../migrations/0003_records_by_meaning.sql")),
    (4, "phones and calls out", include_str!("../migrations/0004_phones_and_calls_out.sql")),
    (5, "sound of legs", include_str!("../migrations/0005_sound_of_legs.sql")),
    (6, "carriers prove themselves", include_str!("../migrations/0006_carriers_prove_themselves.sql")),
    (7, "phone licences", include_str!("../migrations/0007_phone_licences.sql")),
];
const NUMBERS_BY_MEANING: i64 = 2;
const RECORDS_BY_MEANING: i64 = 3;
/// Records read at once while their columns are filled in.
const RECORDS_AT_ONCE: u32 = 1_000;

/// Brings the database to this program's form, all steps in the one transaction.
pub(crate) async fn run(tx: &mut Tx) -> Result<(), StoreError> {
    if let Tx::Postgres(_) = tx {
        // Two nodes that start together must not both make the tables.
        tx.rows("SELECT COUNT(*) FROM (SELECT pg_advisory_xact_lock(1128354884)) AS locked", values![]).await?;
    }
    let table = "CREATE TABLE IF NOT EXISTS migrations \
        (version INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT";
    tx.script(&dialect(tx, table)).await?;
    let done = tx.rows("SELECT version, checksum FROM migrations ORDER BY version", values![]).await?;
    for row in &done {
        let (version, checksum) = (row.int(0)?, row.text(1)?);
        match STEPS.iter().find(|(known, _, _)| *known == version) {
            None => {
                return Err(StoreError::damaged(
                    "the database",
                    format!("it was made by a newer version of Callyard (step {version})"),
                ));
            }
            Some((_, _, text)) if checksum_of(text) != checksum => {
                return Err(StoreError::damaged(
                    "the database",
                    format!("it was made by another version of Callyard (step {version} differs)"),
                ));
            }
            Some(_) => {}
        }
    }
    for (version, name, text) in &STEPS[done.len()..] {
        tx.script(&dialect(tx, text)).await?;
        // What SQL alone cannot say.
        match *version {
            NUMBERS_BY_MEANING => give_numbers_their_keys(tx).await?,
            RECORDS_BY_MEANING => give_records_their_keys(tx).await?,
            _ => {}
        }
        tx.execute(
            "INSERT INTO migrations (version, name, checksum) VALUES (?, ?, ?)",
            values![*version, *name, checksum_of(text)],
        )
        .await?;
    }
    Ok(())
}

/// Of two writings of one number the older keeps it.
async fn give_numbers_their_keys(tx: &mut Tx) -> Result<(), StoreError> {
    let mut taken = BTreeSet::new();
    for row in tx.rows("SELECT number FROM numbers ORDER BY modified_at, number", values![]).await? {
        let number = row.text(0)?;
        let key = matching_key(&number);
        if taken.insert(key.clone()) {
            tx.execute("UPDATE numbers SET match_key = ? WHERE number = ?", values![key, number]).await?;
        }
    }
    tx.script("CREATE UNIQUE INDEX numbers_by_match_key ON numbers (match_key)").await
}

async fn give_records_their_keys(tx: &mut Tx) -> Result<(), StoreError> {
    let mut after = (0, String::new());
    loop {
        let page = "SELECT app, call, caller_key, callee_key FROM records WHERE app > ? OR (app = ? AND call > ?) \
            ORDER BY app, call LIMIT ?";
        let rows = tx.rows(page, values![after.0, after.0, after.1.as_str(), RECORDS_AT_ONCE]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = (last.int(0)?, last.text(1)?);
        for row in &rows {
            let (caller, callee) = (row.text(2)?, row.text(3)?);
            let keys = (matching_key(&caller), matching_key(&callee));
            if keys != (caller, callee) {
                let sql = "UPDATE records SET caller_key = ?, callee_key = ? WHERE app = ? AND call = ?";
                tx.execute(sql, values![keys.0, keys.1, row.int(0)?, row.text(1)?]).await?;
            }
        }
    }
}

fn dialect(tx: &Tx, text: &str) -> String {
    match tx {
        Tx::Sqlite(_) => text.to_owned(),
        Tx::Postgres(_) => text.replace(" INTEGER", " BIGINT").replace(" BLOB", " BYTEA").replace(") STRICT", ")"),
    }
}

fn checksum_of(text: &str) -> String {
    crate::token::hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbered_without_gaps() {
        for (place, (version, _, _)) in STEPS.iter().enumerate() {
            assert_eq!(usize::try_from(*version), Ok(place + 1));
        }
    }
}
