//! The tables, made and changed in numbered steps at every start, only forward.
//! One text serves both databases; three words differ.

use crate::StoreError;
use crate::sql::{Tx, values};
use sha2::{Digest, Sha256};

/// A step that was released is never edited: its checksum is compared.
const STEPS: &[(i64, &str, &str)] = &[(1, "first", include_str!("../migrations/0001_first.sql"))];

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
        tx.execute(
            "INSERT INTO migrations (version, name, checksum) VALUES (?, ?, ?)",
            values![*version, *name, checksum_of(text)],
        )
        .await?;
    }
    Ok(())
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
