//! Sessions: a signed-in browser, or a login token of the SDK. The token is
//! shown once; what is kept is its hash.

use crate::limits::SESSIONS;
use crate::sql::{Row, values};
use crate::store::now_seconds;
use crate::{OperatorId, Secret, Session, SessionKind, SessionOwner, Store, StoreError, TokenUse, token};
use centre::{SdkAppId, StaffId};

const COLUMNS: &str = "app, staff, operator, created_at, expires_at";

impl Store {
    /// A new session until `expires_at` (Unix seconds). Of an account with too
    /// many the oldest end.
    pub async fn create_session(
        &self,
        owner: SessionOwner,
        kind: SessionKind,
        expires_at: i64,
    ) -> Result<Secret, StoreError> {
        let text = token::session_token()?;
        let (app, staff, operator) = match owner {
            SessionOwner::Staff { app, staff } => (Some(app), Some(staff), None),
            SessionOwner::Operator(operator) => (None, None, Some(operator)),
        };
        let mut tx = self.begin().await?;
        let oldest = "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM sessions WHERE \
            ((app = ? AND staff = ?) OR operator = ?) ORDER BY created_at DESC, token_hash LIMIT ? OFFSET ?)";
        tx.execute(oldest, values![app, staff, operator, i64::from(u32::MAX), SESSIONS - 1]).await?;
        let made = tx
            .execute(
                "INSERT INTO sessions (token_hash, app, staff, operator, kind, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                values![token::hash(&text), app, staff, operator, kind_word(kind), now_seconds(), expires_at],
            )
            .await;
        match made {
            Ok(_) => tx.commit().await?,
            // The only references of a session are its owners.
            Err(StoreError::InUse { .. }) => return Err(StoreError::NotFound { what: "such account".into() }),
            Err(error) => return Err(error),
        }
        Ok(Secret::new(text))
    }

    /// A live cookie session. A login token of the SDK is no cookie.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, StoreError> {
        let mut tx = self.look().await?;
        let sql = format!("SELECT {COLUMNS} FROM sessions WHERE token_hash = ? AND kind = ? AND expires_at > ?");
        let row = tx.row(sql, values![token::hash(token), kind_word(SessionKind::Cookie), now_seconds()]).await?;
        row.as_ref().map(read_session).transpose()
    }

    /// A live login token of the SDK; one that is good only once is gone
    /// afterwards, so of two at the same moment one gets nothing.
    pub async fn redeem_sdk_token(&self, token: &str) -> Result<Option<Session>, StoreError> {
        let mut tx = self.begin().await?;
        let hash = token::hash(token);
        let once =
            format!("DELETE FROM sessions WHERE token_hash = ? AND kind = ? AND expires_at > ? RETURNING {COLUMNS}");
        let lasting = format!("SELECT {COLUMNS} FROM sessions WHERE token_hash = ? AND kind = ? AND expires_at > ?");
        for (sql, how) in [(once, TokenUse::OnlyOnce), (lasting, TokenUse::UntilExpiry)] {
            let kind = kind_word(SessionKind::SdkToken(how));
            if let Some(row) = tx.row(sql, values![hash.as_str(), kind, now_seconds()]).await? {
                tx.commit().await?;
                return read_session(&row).map(Some);
            }
        }
        Ok(None)
    }

    /// Ends a session; one that is not there is no error.
    pub async fn delete_session(&self, token: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        tx.execute("DELETE FROM sessions WHERE token_hash = ?", values![token::hash(token)]).await?;
        tx.commit().await
    }

    /// Ends all sessions and tokens of one account; how many there were.
    pub async fn delete_sessions_of(&self, owner: SessionOwner) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let ended = match owner {
            SessionOwner::Staff { app, staff } => {
                tx.execute("DELETE FROM sessions WHERE app = ? AND staff = ?", values![app, staff]).await?
            }
            SessionOwner::Operator(operator) => {
                tx.execute("DELETE FROM sessions WHERE operator = ?", values![operator]).await?
            }
        };
        tx.commit().await?;
        Ok(ended)
    }

    /// Sets the password of an account from one of its sessions, which goes on; all
    /// other sessions and tokens end.
    pub async fn set_own_password(&self, owner: SessionOwner, password: &str, session: &str) -> Result<(), StoreError> {
        let hash = self.passwords().hash(password).await?;
        let mut tx = self.begin().await?;
        let now = now_seconds();
        let (changed, others, mut account) = match owner {
            SessionOwner::Staff { app, staff } => {
                let sql = "UPDATE staff SET password = ?, modified_at = ? WHERE app = ? AND id = ?";
                let others = "DELETE FROM sessions WHERE app = ? AND staff = ? AND token_hash <> ?";
                (tx.execute(sql, values![hash, now, app, staff]).await?, others, values![app, staff])
            }
            SessionOwner::Operator(operator) => {
                let sql = "UPDATE operators SET password = ?, modified_at = ? WHERE id = ?";
                let others = "DELETE FROM sessions WHERE operator = ? AND token_hash <> ?";
                (tx.execute(sql, values![hash, now, operator]).await?, others, values![operator])
            }
        };
        if changed == 0 {
            return Err(StoreError::NotFound { what: "such account".into() });
        }
        account.extend(values![token::hash(session)]);
        tx.execute(others, account).await?;
        tx.commit().await
    }

    /// Removes what has expired; how many there were.
    pub async fn purge_expired(&self) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let gone = tx.execute("DELETE FROM sessions WHERE expires_at <= ?", values![now_seconds()]).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

fn kind_word(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Cookie => "cookie",
        SessionKind::SdkToken(TokenUse::OnlyOnce) => "sdk_once",
        SessionKind::SdkToken(TokenUse::UntilExpiry) => "sdk",
    }
}

fn read_session(row: &Row) -> Result<Session, StoreError> {
    let owner = match (row.opt_id(0)?, row.opt_id(1)?, row.opt_id(2)?) {
        (Some(app), Some(staff), None) => SessionOwner::Staff { app: SdkAppId(app), staff: StaffId(staff) },
        (None, None, Some(operator)) => SessionOwner::Operator(OperatorId(operator)),
        (app, staff, operator) => {
            return Err(StoreError::damaged("a session", format!("its owner is {app:?} {staff:?} {operator:?}")));
        }
    };
    Ok(Session { owner, created_at: row.int(3)?, expires_at: row.int(4)? })
}
