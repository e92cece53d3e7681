//! Telephones. A digest can only be checked with the password itself, so it is
//! kept, locked under the key file; the program makes it, nobody chooses it.

use crate::limits::PHONES;
use crate::sql::{Row, Tx, values};
use crate::store::{check_name, next_id, now_seconds, require_application, require_free, require_room};
use crate::{NewPhone, Store, StoreError, token};
use centre::settings::Phone;
use centre::{PhoneId, Pii, SdkAppId, StaffId};
use std::collections::BTreeMap;

/// Letters and digits of a password: 119 bits, and still short enough to type into a telephone.
const PASSWORD_CHARS: usize = 20;

impl Store {
    /// A new telephone with a password of its own; its id is unique on the whole platform.
    pub async fn create_phone(&self, app: SdkAppId, phone: NewPhone) -> Result<Phone, StoreError> {
        check_phone(&phone)?;
        let mut tx = self.begin().await?;
        require_application(&mut tx, app).await?;
        require_room(&mut tx, ("SELECT COUNT(*) FROM phones WHERE app = ?", values![app]), "phones", PHONES).await?;
        let id = PhoneId(next_id(&mut tx, "phone").await?);
        require_what_it_names(&mut tx, (app, id), &phone).await?;
        let password = token::letters(PASSWORD_CHARS)?;
        let modified_at = now_seconds();
        tx.execute(
            "INSERT INTO phones (app, id, extension, name, locked_password, agent, enabled, modified_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                app,
                id,
                phone.extension.as_str(),
                phone.name.as_str(),
                self.key().lock(password.as_bytes(), &place(app, id))?,
                phone.agent,
                phone.enabled,
                modified_at
            ],
        )
        .await?;
        tx.commit().await?;
        let NewPhone { extension, name, agent, enabled } = phone;
        Ok(Phone { id, extension, name, password: Pii::new(password), agent, enabled, modified_at })
    }

    /// Replaces all but the id and the password; sets `modified_at`.
    pub async fn update_phone(&self, app: SdkAppId, id: PhoneId, phone: &NewPhone) -> Result<(), StoreError> {
        check_phone(phone)?;
        let mut tx = self.begin().await?;
        require_what_it_names(&mut tx, (app, id), phone).await?;
        let changed = tx
            .execute(
                "UPDATE phones SET extension = ?, name = ?, agent = ?, enabled = ?, modified_at = ? \
                 WHERE app = ? AND id = ?",
                values![
                    phone.extension.as_str(),
                    phone.name.as_str(),
                    phone.agent,
                    phone.enabled,
                    now_seconds(),
                    app,
                    id
                ],
            )
            .await?;
        match changed {
            0 => Err(StoreError::not_found("phone", id)),
            _ => tx.commit().await,
        }
    }

    /// Gives a telephone a new password, which is returned. The old one is over.
    pub async fn renew_phone_password(&self, app: SdkAppId, id: PhoneId) -> Result<Pii<String>, StoreError> {
        let password = token::letters(PASSWORD_CHARS)?;
        let locked = self.key().lock(password.as_bytes(), &place(app, id))?;
        let mut tx = self.begin().await?;
        let sql = "UPDATE phones SET locked_password = ?, modified_at = ? WHERE app = ? AND id = ?";
        if tx.execute(sql, values![locked, now_seconds(), app, id]).await? == 0 {
            return Err(StoreError::not_found("phone", id));
        }
        tx.commit().await?;
        Ok(Pii::new(password))
    }

    /// Deletes a telephone.
    pub async fn delete_phone(&self, app: SdkAppId, id: PhoneId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        match tx.execute("DELETE FROM phones WHERE app = ? AND id = ?", values![app, id]).await? {
            0 => Err(StoreError::not_found("phone", id)),
            _ => tx.commit().await,
        }
    }

    /// All telephones of an application, with their passwords.
    pub(crate) async fn all_phones(&self, tx: &mut Tx, app: SdkAppId) -> Result<BTreeMap<PhoneId, Phone>, StoreError> {
        let sql = "SELECT id, extension, name, locked_password, agent, enabled, modified_at FROM phones WHERE app = ?";
        let rows = tx.rows(sql, values![app]).await?;
        rows.iter().map(|row| self.read_phone(app, row).map(|phone| (phone.id, phone))).collect()
    }

    fn read_phone(&self, app: SdkAppId, row: &Row) -> Result<Phone, StoreError> {
        let id = PhoneId(row.id(0)?);
        Ok(Phone {
            id,
            extension: row.text(1)?,
            name: row.text(2)?,
            password: Pii::new(self.key().unlock_text(&row.bytes(3)?, &place(app, id))?),
            agent: row.opt_id(4)?.map(StaffId),
            enabled: row.flag(5)?,
            modified_at: row.int(6)?,
        })
    }
}

/// Telephones outlive the person who worked at them.
pub(crate) async fn take_from_agent(tx: &mut Tx, app: SdkAppId, agent: StaffId) -> Result<(), StoreError> {
    let sql = "UPDATE phones SET agent = NULL, modified_at = ? WHERE app = ? AND agent = ?";
    tx.execute(sql, values![now_seconds(), app, agent]).await.map(drop)
}

/// A person's extension may be that of the person's own telephone, and of no other.
pub(crate) async fn require_no_phone(
    tx: &mut Tx,
    (app, person): (SdkAppId, StaffId),
    extension: &str,
) -> Result<(), StoreError> {
    hold_extensions(tx, app).await?;
    let taken = "SELECT COUNT(*) FROM phones WHERE app = ? AND extension = ? AND (agent IS NULL OR agent <> ?)";
    require_free(tx, (taken, values![app, extension, person]), "extension", extension).await
}

/// Two tables share one space of extensions, which no index can say: whoever gives
/// one out holds the application's row until the transaction ends.
async fn hold_extensions(tx: &mut Tx, app: SdkAppId) -> Result<(), StoreError> {
    tx.execute("UPDATE applications SET name = name WHERE id = ?", values![app]).await.map(drop)
}

fn check_phone(phone: &NewPhone) -> Result<(), StoreError> {
    check_name("extension", &phone.extension)?;
    check_name("name", &phone.name)
}

async fn require_what_it_names(
    tx: &mut Tx,
    (app, id): (SdkAppId, PhoneId),
    phone: &NewPhone,
) -> Result<(), StoreError> {
    hold_extensions(tx, app).await?;
    let extension = phone.extension.as_str();
    let taken = "SELECT COUNT(*) FROM phones WHERE app = ? AND extension = ? AND id <> ?";
    require_free(tx, (taken, values![app, extension, id]), "extension", extension).await?;
    // 0 is nobody's id.
    let own = phone.agent.unwrap_or(StaffId(0));
    let taken = "SELECT COUNT(*) FROM staff WHERE app = ? AND extension = ? AND id <> ?";
    require_free(tx, (taken, values![app, extension, own]), "extension", extension).await?;
    let Some(agent) = phone.agent else { return Ok(()) };
    match tx.number("SELECT COUNT(*) FROM staff WHERE app = ? AND id = ?", values![app, agent]).await? {
        0 => Err(StoreError::not_found("staff", agent)),
        _ => Ok(()),
    }
}

/// A locked password opens only in its own row.
fn place(app: SdkAppId, id: PhoneId) -> String {
    format!("phones/{app}/{id}")
}
