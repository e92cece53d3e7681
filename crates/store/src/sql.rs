//! One way to talk to two databases. A query is written once, with `?` for its
//! values; on PostgreSQL they become `$1`, `$2` … There are only three kinds of
//! values, so that nothing depends on a dialect.

use crate::StoreError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, PgPool, Postgres, Row as _, Sqlite, SqlitePool, Transaction};
use std::borrow::Cow;
use std::future::Future;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// How long to wait for a free connection, or for SQLite's lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// After this long without an answer the database counts as gone.
const SILENCE: Duration = Duration::from_secs(30);
/// Readers beside SQLite's one writer.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 10;

/// The two databases.
pub(crate) enum Database {
    Sqlite {
        /// One connection: SQLite has one writer, so waiting happens here and not in its lock.
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres(PgPool),
}

impl Database {
    pub(crate) async fn open(url: &str) -> Result<Database, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            return Database::open_sqlite(Path::new(path)).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // The error of a bad URL may quote it with its password, so it is not passed on.
            let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Invalid {
                what: "database",
                why: "is no address of a PostgreSQL database (postgres://user:password@host/name)".into(),
            })?;
            let pool = PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(PATIENCE)
                .connect_with(options.disable_statement_logging())
                .await
                .map_err(translate)?;
            return Ok(Database::Postgres(pool));
        }
        Err(StoreError::Invalid {
            what: "database",
            why: "must be sqlite:/path/to/file or postgres://user:password@host/name".into(),
        })
    }

    async fn open_sqlite(path: &Path) -> Result<Database, StoreError> {
        if path.as_os_str().is_empty() || path == Path::new(":memory:") {
            return Err(StoreError::Invalid { what: "database", why: "sqlite: needs the path of a file".into() });
        }
        crate::disk::make_private_file(path)?;
        // The spool forgets what the database has confirmed, so a commit must
        // survive a power cut: FULL, not NORMAL.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .disable_statement_logging();
        let pool = |most| SqlitePoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        let write = pool(1).connect_with(options.clone()).await.map_err(translate)?;
        let read = pool(SQLITE_READERS).connect_with(options.read_only(true)).await.map_err(translate)?;
        Ok(Database::Sqlite { write, read })
    }

    /// A transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Database::Sqlite { write, .. } => Tx::Sqlite(begin_sqlite(write, "BEGIN IMMEDIATE").await?),
            Database::Postgres(pool) => Tx::Postgres(patient(pool.begin()).await?),
        })
    }

    /// A transaction that only reads, all of it from one moment.
    pub(crate) async fn look(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Database::Sqlite { read, .. } => Tx::Sqlite(begin_sqlite(read, "BEGIN").await?),
            Database::Postgres(pool) => {
                Tx::Postgres(patient(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")).await?)
            }
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Database::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Database::Postgres(pool) => pool.close().await,
        }
    }
}

/// SQLite ends a transaction by itself when the disk is full or fails; sqlx
/// (0.9.0) does not notice, its ROLLBACK fails, and it takes the connection to be
/// inside a transaction for ever. Such a connection is closed, and a new one begins.
async fn begin_sqlite(pool: &SqlitePool, how: &'static str) -> Result<Transaction<'static, Sqlite>, StoreError> {
    for _ in 0..SQLITE_READERS {
        match tokio::time::timeout(SILENCE, pool.begin_with(how)).await {
            Ok(Err(sqlx::Error::InvalidSavePointStatement)) => {
                patient(async { pool.acquire().await?.close().await }).await?
            }
            Ok(begun) => return begun.map_err(translate),
            Err(_) => return Err(no_answer()),
        }
    }
    patient(pool.begin_with(how)).await
}

/// A transaction; dropped without [`Tx::commit`] it changes nothing.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Runs a statement; how many rows it changed.
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        match self {
            Tx::Sqlite(tx) => {
                let query = sqlx::query(AssertSqlSafe(sql.into()));
                Ok(patient(bind_sqlite(query, values).execute(&mut **tx)).await?.rows_affected())
            }
            Tx::Postgres(tx) => {
                let query = sqlx::query(AssertSqlSafe(numbered(sql.into())));
                Ok(patient(bind_postgres(query, values).execute(&mut **tx)).await?.rows_affected())
            }
        }
    }

    /// All rows of a query.
    pub(crate) async fn rows(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Tx::Sqlite(tx) => {
                let query = sqlx::query(AssertSqlSafe(sql.into()));
                let rows = patient(bind_sqlite(query, values).fetch_all(&mut **tx)).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Tx::Postgres(tx) => {
                let query = sqlx::query(AssertSqlSafe(numbered(sql.into())));
                let rows = patient(bind_postgres(query, values).fetch_all(&mut **tx)).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The first row of a query, if there is one.
    pub(crate) async fn row(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// A query whose answer is one number, like a count.
    pub(crate) async fn number(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<i64, StoreError> {
        match self.row(sql, values).await? {
            Some(row) => row.int(0),
            None => Err(StoreError::Failed("a count had no row".into())),
        }
    }

    /// Runs several statements without values: a migration.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Tx::Sqlite(tx) => {
                patient(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut **tx)).await.map(|_| ())
            }
            Tx::Postgres(tx) => {
                patient(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut **tx)).await.map(|_| ())
            }
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Tx::Sqlite(tx) => patient(tx.commit()).await,
            Tx::Postgres(tx) => patient(tx.commit()).await,
        }
    }
}

/// A value to be bound. Each knows its type even when it is absent, because
/// PostgreSQL wants to know.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Vec<u8>),
}

/// `values![app, name]`: anything that has a `From` below.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::sql::Value::from($value)),*] };
}
pub(crate) use values;

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Value::Int(value)
    }
}

impl From<u64> for Value {
    /// Ids use all 64 bits; they come back from [`Row::id`] as they went in.
    fn from(value: u64) -> Self {
        Value::Int(Some(value.cast_signed()))
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Value::Int(Some(value.into()))
    }
}

impl From<Option<u32>> for Value {
    fn from(value: Option<u32>) -> Self {
        Value::Int(value.map(i64::from))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Int(Some(value.into()))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::from(value.to_owned())
    }
}

impl From<String> for Value {
    /// PostgreSQL takes no NUL in a text, and a caller chooses what stands in a
    /// From header: such a byte must not stop the journals behind it.
    fn from(value: String) -> Self {
        Value::Text(Some(if value.contains('\0') { value.replace('\0', "\u{fffd}") } else { value }))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        match value {
            Some(text) => Value::from(text),
            None => Value::Text(None),
        }
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Value::Bytes(value)
    }
}

macro_rules! id_value {
    ($($id:ty),*) => { $(
        impl From<$id> for Value {
            fn from(id: $id) -> Self {
                Value::from(id.0)
            }
        }
        impl From<Option<$id>> for Value {
            fn from(id: Option<$id>) -> Self {
                Value::Int(id.map(|id| id.0.cast_signed()))
            }
        }
    )* };
}
id_value!(
    centre::SdkAppId,
    centre::StaffId,
    centre::SkillGroupId,
    centre::TrunkId,
    centre::PhoneId,
    centre::FlowId,
    centre::SoundFileId,
    crate::OperatorId
);

macro_rules! uuid_value {
    ($($id:ty),*) => { $(
        impl From<$id> for Value {
            fn from(id: $id) -> Self {
                Value::Text(Some(id.to_string()))
            }
        }
    )* };
}
uuid_value!(centre::CallId, centre::RecordingId);

/// A row of an answer; columns by their place.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self {
            Row::Sqlite(row) => row.try_get(column),
            Row::Postgres(row) => row.try_get(column),
        }
        .map_err(translate)
    }

    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        match self {
            Row::Sqlite(row) => row.try_get(column),
            Row::Postgres(row) => row.try_get(column),
        }
        .map_err(translate)
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<Vec<u8>, StoreError> {
        match self {
            Row::Sqlite(row) => row.try_get(column),
            Row::Postgres(row) => row.try_get(column),
        }
        .map_err(translate)
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| missing(column))
    }

    pub(crate) fn id(&self, column: usize) -> Result<u64, StoreError> {
        self.int(column).map(i64::cast_unsigned)
    }

    pub(crate) fn opt_id(&self, column: usize) -> Result<Option<u64>, StoreError> {
        Ok(self.opt_int(column)?.map(i64::cast_unsigned))
    }

    pub(crate) fn text(&self, column: usize) -> Result<String, StoreError> {
        self.opt_text(column)?.ok_or_else(|| missing(column))
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// A number that must fit a smaller type.
    pub(crate) fn small<T: TryFrom<i64>>(&self, column: usize) -> Result<T, StoreError> {
        self.opt_small(column)?.ok_or_else(|| missing(column))
    }

    pub(crate) fn opt_small<T: TryFrom<i64>>(&self, column: usize) -> Result<Option<T>, StoreError> {
        let out_of_range = |value| StoreError::damaged(format!("column {column}"), format!("{value} is out of range"));
        self.opt_int(column)?.map(|value| T::try_from(value).map_err(|_| out_of_range(value))).transpose()
    }

    /// A text column that holds JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?)
            .map_err(|error| StoreError::damaged(format!("column {column}"), error))
    }
}

fn missing(column: usize) -> StoreError {
    StoreError::damaged(format!("column {column}"), "it is empty")
}

/// `serde_json` cannot fail on our types: they have no maps with odd keys.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))
}

type SqliteQuery = sqlx::query::Query<'static, Sqlite, <Sqlite as sqlx::Database>::Arguments>;
type PostgresQuery = sqlx::query::Query<'static, Postgres, <Postgres as sqlx::Database>::Arguments>;

fn bind_sqlite(query: SqliteQuery, values: Vec<Value>) -> SqliteQuery {
    values.into_iter().fold(query, |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

fn bind_postgres(query: PostgresQuery, values: Vec<Value>) -> PostgresQuery {
    values.into_iter().fold(query, |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

/// `?` becomes `$1`, `$2` … No query of ours has a question mark in a literal.
fn numbered(sql: Cow<'static, str>) -> String {
    let mut text = String::with_capacity(sql.len() + 16);
    let mut count = 0;
    for part in sql.split_inclusive('?') {
        match part.strip_suffix('?') {
            Some(before) => {
                count += 1;
                text.push_str(before);
                text.push('$');
                text.push_str(&count.to_string());
            }
            None => text.push_str(part),
        }
    }
    text
}

/// `(?, ?), (?, ?)`: so many rows of so many values.
pub(crate) fn rows_of(rows: usize, columns: usize) -> String {
    let row = format!("({})", places(columns));
    vec![row; rows].join(", ")
}

/// `?, ?, ?`.
pub(crate) fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}

async fn patient<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    match tokio::time::timeout(SILENCE, work).await {
        Ok(result) => result.map_err(translate),
        Err(_) => Err(no_answer()),
    }
}

fn no_answer() -> StoreError {
    StoreError::Unavailable(format!("no answer in {} s", SILENCE.as_secs()))
}

/// What the database said, in our words.
fn translate(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            let text = format!("{} ({code})", database.message());
            if database.is_unique_violation() {
                StoreError::Exists { what: "entry", name: "the same key".into() }
            } else if database.is_foreign_key_violation() {
                StoreError::InUse { what: "it".into(), by: "something that changed at the same moment".into() }
            } else if database.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
                sqlite_code(&code, text)
            } else {
                postgres_code(&code, text)
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => StoreError::Unavailable(error.to_string()),
        // The library's list is open; what remains are errors of our own queries.
        _ => StoreError::Failed(error.to_string()),
    }
}

/// SQLite's extended result codes; the low byte is the kind. (sqlite.org/rescode.html)
fn sqlite_code(code: &str, text: String) -> StoreError {
    match code.parse::<i64>().unwrap_or_default() & 0xff {
        13 => StoreError::Full(text),
        5 | 6 | 8 | 10 | 14 => StoreError::Unavailable(text),
        11 | 26 => StoreError::damaged("the database file", text),
        _ => StoreError::Failed(text),
    }
}

/// PostgreSQL's SQLSTATE; its first two characters are the class. (PostgreSQL manual, appendix A)
fn postgres_code(code: &str, text: String) -> StoreError {
    if code == "53100" {
        return StoreError::Full(text);
    }
    match code.get(..2).unwrap_or_default() {
        // Connection, resources, operator intervention, deadlock, wrong password.
        "08" | "53" | "57" | "40" | "28" | "58" => StoreError::Unavailable(text),
        "XX" => StoreError::damaged("the database", text),
        _ => StoreError::Failed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_marks_become_numbers_in_order() {
        assert_eq!(
            numbered("SELECT a FROM b WHERE c = ? AND d IN (?, ?)".into()),
            "SELECT a FROM b WHERE c = $1 AND d IN ($2, $3)"
        );
        assert_eq!(numbered("SELECT 1".into()), "SELECT 1");
        assert_eq!(rows_of(2, 3), "(?, ?, ?), (?, ?, ?)");
    }

    #[test]
    fn a_full_disk_and_a_missing_database_have_names_of_their_own() {
        assert!(matches!(sqlite_code("13", String::new()), StoreError::Full(_)));
        assert!(matches!(sqlite_code("266", String::new()), StoreError::Unavailable(_)));
        assert!(matches!(sqlite_code("11", String::new()), StoreError::Damaged { .. }));
        assert!(matches!(postgres_code("53100", String::new()), StoreError::Full(_)));
        assert!(matches!(postgres_code("57P01", String::new()), StoreError::Unavailable(_)));
        assert!(matches!(postgres_code("42601", String::new()), StoreError::Failed(_)));
    }
}
