//! Keys of the cloud API. A signature can only be checked with the secret
//! itself, so it is kept, locked under the key file.

use crate::limits::API_KEYS;
use crate::sql::values;
use crate::store::{check_text, now_seconds, require_application, require_room};
use crate::{ApiKey, ApiKeyRow, Secret, Store, StoreError, token};
use centre::SdkAppId;

impl Store {
    /// A new key, switched on. Its secret is shown here and never in a list.
    pub async fn create_api_key(&self, app: SdkAppId, note: &str) -> Result<ApiKey, StoreError> {
        check_text("note", note)?;
        let secret_id = format!("AKID{}", token::letters(32)?);
        let secret_key = Secret::new(token::letters(32)?);
        let locked = self.key().lock(secret_key.expose().as_bytes(), &place(app, &secret_id))?;
        let mut tx = self.begin().await?;
        require_application(&mut tx, app).await?;
        require_room(&mut tx, ("SELECT COUNT(*) FROM api_keys WHERE app = ?", values![app]), "API keys", API_KEYS)
            .await?;
        tx.execute(
            "INSERT INTO api_keys (secret_id, app, locked_secret, note, enabled, created_at) VALUES (?, ?, ?, ?, 1, ?)",
            values![secret_id.as_str(), app, locked, note, now_seconds()],
        )
        .await?;
        tx.commit().await?;
        Ok(ApiKey { app, secret_id, secret_key, enabled: true })
    }

    /// A key with its secret, to check a signature.
    pub async fn api_key(&self, secret_id: &str) -> Result<Option<ApiKey>, StoreError> {
        let mut tx = self.look().await?;
        let row =
            tx.row("SELECT app, locked_secret, enabled FROM api_keys WHERE secret_id = ?", values![secret_id]).await?;
        let Some(row) = row else { return Ok(None) };
        let app = SdkAppId(row.id(0)?);
        let secret = self.key().unlock(&row.bytes(1)?, &place(app, secret_id))?;
        let secret = String::from_utf8(secret).map_err(|error| StoreError::damaged("an API key", error))?;
        Ok(Some(ApiKey {
            app,
            secret_id: secret_id.to_owned(),
            secret_key: Secret::new(secret),
            enabled: row.flag(2)?,
        }))
    }

    /// The keys of an application, without their secrets.
    pub async fn api_keys(&self, app: SdkAppId) -> Result<Vec<ApiKeyRow>, StoreError> {
        let mut tx = self.look().await?;
        let sql =
            "SELECT secret_id, note, enabled, created_at FROM api_keys WHERE app = ? ORDER BY created_at, secret_id";
        let rows = tx.rows(sql, values![app]).await?;
        rows.iter()
            .map(|row| {
                Ok(ApiKeyRow {
                    secret_id: row.text(0)?,
                    note: row.text(1)?,
                    enabled: row.flag(2)?,
                    created_at: row.int(3)?,
                })
            })
            .collect()
    }

    /// Switches a key on.
    pub async fn enable_api_key(&self, app: SdkAppId, secret_id: &str) -> Result<(), StoreError> {
        self.change_api_key("UPDATE api_keys SET enabled = 1 WHERE app = ? AND secret_id = ?", app, secret_id).await
    }

    /// Switches a key off.
    pub async fn disable_api_key(&self, app: SdkAppId, secret_id: &str) -> Result<(), StoreError> {
        self.change_api_key("UPDATE api_keys SET enabled = 0 WHERE app = ? AND secret_id = ?", app, secret_id).await
    }

    /// Deletes a key.
    pub async fn delete_api_key(&self, app: SdkAppId, secret_id: &str) -> Result<(), StoreError> {
        self.change_api_key("DELETE FROM api_keys WHERE app = ? AND secret_id = ?", app, secret_id).await
    }

    async fn change_api_key(&self, sql: &'static str, app: SdkAppId, secret_id: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        match tx.execute(sql, values![app, secret_id]).await? {
            0 => Err(StoreError::not_found("API key", secret_id)),
            _ => tx.commit().await,
        }
    }
}

/// A locked secret opens only in its own row.
fn place(app: SdkAppId, secret_id: &str) -> String {
    format!("api_keys/{app}/{secret_id}")
}
