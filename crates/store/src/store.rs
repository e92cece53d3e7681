//! The store's door: opening, closing, and the checks that all its rooms share.

use crate::limits::NAME_BYTES;
use crate::password::Passwords;
use crate::sql::{Database, Tx, Value, values};
use crate::{KeyFile, StoreError, migrations};
use centre::SdkAppId;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A handle to the database; cheap to clone, all clones are the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    key: KeyFile,
    passwords: Passwords,
}

impl Store {
    /// Opens `sqlite:/path/to/file` (made if missing) or `postgres://…`, brings its
    /// tables up to date and checks that the key file belongs to it.
    pub async fn open(database: &str, key: &KeyFile) -> Result<Store, StoreError> {
        let database = Database::open(database).await?;
        let mut tx = database.begin().await?;
        migrations::run(&mut tx).await?;
        check_key(&mut tx, key).await?;
        tx.commit().await?;
        Ok(Store { inner: Arc::new(Inner { database, key: key.clone(), passwords: Passwords::new() }) })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut tx = self.look().await?;
        tx.number("SELECT COUNT(*) FROM migrations", values![]).await.map(|_| ())
    }

    /// Closes the connections; what was confirmed is kept with or without it.
    pub async fn close(&self) {
        self.inner.database.close().await;
    }

    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        self.inner.database.begin().await
    }

    pub(crate) async fn look(&self) -> Result<Tx, StoreError> {
        self.inner.database.look().await
    }

    pub(crate) fn key(&self) -> &KeyFile {
        &self.inner.key
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.inner.passwords
    }
}

/// A known text locked under the key stands in the database: with another key
/// it does not open, which is better heard now than at the first signature.
async fn check_key(tx: &mut Tx, key: &KeyFile) -> Result<(), StoreError> {
    const PLACE: &str = "facts/key_check";
    match tx.row("SELECT fact FROM facts WHERE name = ?", values!["key_check"]).await? {
        Some(row) => key.unlock(&row.bytes(0)?, PLACE).map(|_| ()).map_err(|_| {
            StoreError::damaged("the database", "the key file is not the one this database was made with")
        }),
        None => {
            let locked = key.lock(b"callyard", PLACE)?;
            tx.execute("INSERT INTO facts (name, fact) VALUES (?, ?)", values!["key_check", locked]).await.map(|_| ())
        }
    }
}

/// Wall time in Unix seconds.
pub(crate) fn now_seconds() -> i64 {
    now_ms() / 1_000
}

/// Wall time in Unix milliseconds.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The next id of a kind. Ids never come back, not even after a deletion.
pub(crate) async fn next_id(tx: &mut Tx, kind: &'static str) -> Result<u64, StoreError> {
    let row = tx.row("UPDATE counters SET last = last + 1 WHERE name = ? RETURNING last", values![kind]).await?;
    row.ok_or_else(|| StoreError::damaged("the table of counters", format!("{kind} is missing")))?.id(0)
}

pub(crate) async fn require_application(tx: &mut Tx, app: SdkAppId) -> Result<(), StoreError> {
    match tx.number("SELECT COUNT(*) FROM applications WHERE id = ?", values![app]).await? {
        0 => Err(StoreError::not_found("application", app)),
        _ => Ok(()),
    }
}

/// Refuses one more than `most`.
pub(crate) async fn require_room(
    tx: &mut Tx,
    count: (&'static str, Vec<Value>),
    what: &'static str,
    most: usize,
) -> Result<(), StoreError> {
    let there = tx.number(count.0, count.1).await?;
    if usize::try_from(there).unwrap_or(usize::MAX) >= most {
        return Err(StoreError::Limit { what, most });
    }
    Ok(())
}

/// Refuses a name that a query finds taken.
pub(crate) async fn require_free(
    tx: &mut Tx,
    taken: (&'static str, Vec<Value>),
    what: &'static str,
    name: &str,
) -> Result<(), StoreError> {
    match tx.number(taken.0, taken.1).await? {
        0 => Ok(()),
        _ => Err(StoreError::Exists { what, name: name.to_owned() }),
    }
}

/// A name: something visible on one line, not too long.
pub(crate) fn check_name(what: &'static str, name: &str) -> Result<(), StoreError> {
    if name.trim().is_empty() {
        return Err(StoreError::Invalid { what, why: "must not be empty".into() });
    }
    check_text(what, name)
}

/// A text that may be empty.
pub(crate) fn check_text(what: &'static str, text: &str) -> Result<(), StoreError> {
    if text.len() > NAME_BYTES {
        return Err(StoreError::Invalid { what, why: format!("is longer than {NAME_BYTES} bytes") });
    }
    if text.chars().any(char::is_control) {
        return Err(StoreError::Invalid { what, why: "contains a control character".into() });
    }
    Ok(())
}

/// An account as it is compared: the same person with or without capitals.
pub(crate) fn account_key(user_id: &str) -> String {
    user_id.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewSkillGroup;

    #[tokio::test]
    async fn a_full_disk_under_sqlite_is_said_and_costs_nothing_older() {
        let dir = crate::disk::tests::folder("full-sqlite");
        let key = KeyFile::open(&dir.join("key")).unwrap();
        let store = Store::open(&format!("sqlite:{}", dir.join("callyard.db").display()), &key).await.unwrap();
        let app = store.create_application("Shop").await.unwrap().id;
        let most_pages = async |count: &str| {
            let Database::Sqlite { write, .. } = &store.inner.database else { panic!("this is SQLite") };
            let sql = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {count}"));
            sqlx::raw_sql(sql).execute(write).await.unwrap();
        };
        most_pages("1").await;
        let error = store.put_sound(app, "long", &[7; 80_000]).await.unwrap_err();
        assert!(matches!(error, StoreError::Full(_)), "{error:?}");
        assert!(error.is_transient());
        assert_eq!(error.code().id, "store.full");
        assert!(store.settings(app).await.unwrap().sounds.is_empty());
        most_pages("1000000").await;
        store.put_sound(app, "long", &[7; 80_000]).await.unwrap();
        store.create_skill_group(app, NewSkillGroup::phone("Sales")).await.unwrap();
        store.close().await;
    }
}
