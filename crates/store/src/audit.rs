//! The audit: who did what, only ever added to. Each line carries a hash over
//! itself and the line before, so that a change or a removal shows.

use crate::limits::{AUDIT_DETAIL_BYTES, PAGE};
use crate::sql::{Row, Tx, values};
use crate::store::{check_name, now_ms};
use crate::{AuditCheck, AuditEntry, NewAudit, Store, StoreError};
use centre::SdkAppId;
use sha2::{Digest, Sha256};

/// The platform's own chain.
const PLATFORM: SdkAppId = SdkAppId(0);
/// Lines read at once while a chain is checked.
const STRIDE: i64 = 1_000;

impl Store {
    /// Adds a line.
    pub async fn append_audit(&self, entry: NewAudit) -> Result<(), StoreError> {
        check_name("who", &entry.who)?;
        check_name("what", &entry.what)?;
        if entry.detail.len() > AUDIT_DETAIL_BYTES {
            return Err(StoreError::Invalid {
                what: "detail",
                why: format!("is longer than {AUDIT_DETAIL_BYTES} bytes"),
            });
        }
        let app = entry.app.unwrap_or(PLATFORM);
        let mut tx = self.begin().await?;
        // The head's row is the lock of its chain.
        let (start, nothing) = (0_i64, Vec::<u8>::new());
        tx.execute(
            "INSERT INTO audit_heads (app, sequence, hash) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            values![app, start, nothing],
        )
        .await?;
        let head = tx
            .row("UPDATE audit_heads SET sequence = sequence + 1 WHERE app = ? RETURNING sequence, hash", values![app])
            .await?;
        let head = head.ok_or_else(|| StoreError::damaged("the audit", "its head is missing"))?;
        let line = AuditEntry {
            sequence: head.id(0)?,
            at_ms: now_ms(),
            who: entry.who,
            what: entry.what,
            // As the database will give it back, or the hash would not fit.
            detail: entry.detail.replace('\0', "\u{fffd}"),
        };
        let hash = link(app, &head.bytes(1)?, &line);
        tx.execute("UPDATE audit_heads SET hash = ? WHERE app = ?", values![hash.clone(), app]).await?;
        tx.execute(
            "INSERT INTO audit (app, sequence, at_ms, who, what, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
            values![app, line.sequence, line.at_ms, line.who, line.what, line.detail, hash],
        )
        .await?;
        tx.commit().await
    }

    /// Lines of an application (`None`: of the platform), newest first.
    pub async fn audit(&self, app: Option<SdkAppId>, limit: u32, offset: u64) -> Result<Vec<AuditEntry>, StoreError> {
        let mut tx = self.look().await?;
        let sql = "SELECT sequence, at_ms, who, what, detail FROM audit WHERE app = ? ORDER BY sequence DESC LIMIT ? OFFSET ?";
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let rows = tx.rows(sql, values![app.unwrap_or(PLATFORM), limit.min(PAGE), offset]).await?;
        rows.iter().map(read_line).collect()
    }

    /// Follows a chain from its first line to its head.
    pub async fn check_audit(&self, app: Option<SdkAppId>) -> Result<AuditCheck, StoreError> {
        let app = app.unwrap_or(PLATFORM);
        let mut tx = self.look().await?;
        let head = tx.row("SELECT sequence, hash FROM audit_heads WHERE app = ?", values![app]).await?;
        let (length, end) = match head {
            Some(head) => (head.id(0)?, head.bytes(1)?),
            None => (0, Vec::new()),
        };
        let mut hash = Vec::new();
        let mut sequence = 0;
        loop {
            let lines = next_lines(&mut tx, app, sequence).await?;
            if lines.is_empty() {
                break;
            }
            for (line, written) in lines {
                sequence += 1;
                hash = link(app, &hash, &line);
                if line.sequence != sequence || hash != written {
                    return Ok(AuditCheck::Broken { sequence });
                }
            }
        }
        match sequence == length && hash == end {
            true => Ok(AuditCheck::Whole { entries: length }),
            false => Ok(AuditCheck::Broken { sequence: sequence + 1 }),
        }
    }
}

async fn next_lines(tx: &mut Tx, app: SdkAppId, after: u64) -> Result<Vec<(AuditEntry, Vec<u8>)>, StoreError> {
    let sql = "SELECT sequence, at_ms, who, what, detail, hash FROM audit WHERE app = ? AND sequence > ? ORDER BY sequence LIMIT ?";
    tx.rows(sql, values![app, after, STRIDE]).await?.iter().map(|row| Ok((read_line(row)?, row.bytes(5)?))).collect()
}

fn read_line(row: &Row) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        sequence: row.id(0)?,
        at_ms: row.int(1)?,
        who: row.text(2)?,
        what: row.text(3)?,
        detail: row.text(4)?,
    })
}

/// The hash of a line: of the hash before it and of all its parts, each with its
/// length, so that no two lines read the same.
fn link(app: SdkAppId, before: &[u8], line: &AuditEntry) -> Vec<u8> {
    let mut hash = Sha256::new();
    let (app, sequence, at) = (app.0.to_be_bytes(), line.sequence.to_be_bytes(), line.at_ms.to_be_bytes());
    let parts: [&[u8]; 7] =
        [before, &app, &sequence, &at, line.who.as_bytes(), line.what.as_bytes(), line.detail.as_bytes()];
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}
