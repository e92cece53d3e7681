//! Operators: accounts of the platform itself. They belong to no application.

use crate::limits::OPERATORS;
use crate::sql::{Row, values};
use crate::store::{account_key, check_name, next_id, now_seconds, require_free, require_room};
use crate::{Operator, OperatorId, Store, StoreError};

const COLUMNS: &str = "SELECT id, user_id, name, modified_at FROM operators";

impl Store {
    /// All operators.
    pub async fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        let mut tx = self.look().await?;
        let rows = tx.rows(format!("{COLUMNS} ORDER BY id"), values![]).await?;
        rows.iter().map(read_operator).collect()
    }

    /// One operator.
    pub async fn operator(&self, operator: OperatorId) -> Result<Operator, StoreError> {
        let mut tx = self.look().await?;
        let row = tx.row(format!("{COLUMNS} WHERE id = ?"), values![operator]).await?;
        read_operator(&row.ok_or_else(|| StoreError::not_found("operator", operator.0))?)
    }

    /// A new operator.
    pub async fn create_operator(&self, user_id: &str, name: &str, password: &str) -> Result<OperatorId, StoreError> {
        check_name("user_id", user_id)?;
        check_name("name", name)?;
        let hash = self.passwords().hash(password).await?;
        let mut tx = self.begin().await?;
        require_room(&mut tx, ("SELECT COUNT(*) FROM operators", values![]), "operators", OPERATORS).await?;
        let account = account_key(user_id);
        let taken = "SELECT COUNT(*) FROM operators WHERE account_key = ?";
        require_free(&mut tx, (taken, values![account.as_str()]), "operator", user_id).await?;
        let id = OperatorId(next_id(&mut tx, "operator").await?);
        tx.execute(
            "INSERT INTO operators (id, user_id, account_key, name, password, modified_at) VALUES (?, ?, ?, ?, ?, ?)",
            values![id, user_id.trim(), account, name, hash, now_seconds()],
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Sets an operator's password; all their sessions end.
    pub async fn set_operator_password(&self, operator: OperatorId, password: &str) -> Result<(), StoreError> {
        let hash = self.passwords().hash(password).await?;
        let mut tx = self.begin().await?;
        let sql = "UPDATE operators SET password = ?, modified_at = ? WHERE id = ?";
        if tx.execute(sql, values![hash, now_seconds(), operator]).await? == 0 {
            return Err(StoreError::not_found("operator", operator.0));
        }
        tx.execute("DELETE FROM sessions WHERE operator = ?", values![operator]).await?;
        tx.commit().await
    }

    /// Who signs in as an operator; an unknown account takes the same time.
    pub async fn check_operator_password(&self, user_id: &str, password: &str) -> Result<Option<Operator>, StoreError> {
        let mut tx = self.look().await?;
        let sql = "SELECT id, user_id, name, modified_at, password FROM operators WHERE account_key = ?";
        let row = tx.row(sql, values![account_key(user_id)]).await?;
        drop(tx);
        match row {
            Some(row) => match self.passwords().check(password, Some(&row.text(4)?)).await? {
                true => Ok(Some(read_operator(&row)?)),
                false => Ok(None),
            },
            None => self.passwords().check(password, None).await.map(|_| None),
        }
    }
}

fn read_operator(row: &Row) -> Result<Operator, StoreError> {
    Ok(Operator { id: OperatorId(row.id(0)?), user_id: row.text(1)?, name: row.text(2)?, modified_at: row.int(3)? })
}
