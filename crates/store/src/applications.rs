//! Applications: the tenants.

use crate::limits::APPLICATIONS;
use crate::sql::{Row, json, values};
use crate::store::{check_name, next_id, now_seconds, require_application, require_room};
use crate::{OwnPurpose, Store, StoreError};
use centre::SdkAppId;
use centre::settings::{Application, DeskRules, OutsideCalls};

const COLUMNS: &str = "SELECT id, name, desk_rules, outside_calls, phone_licences FROM applications";

impl Store {
    /// All applications, oldest first.
    pub async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        let mut tx = self.look().await?;
        let rows = tx.rows(format!("{COLUMNS} ORDER BY id"), values![]).await?;
        rows.iter().map(read_application).collect()
    }

    /// One application.
    pub async fn application(&self, app: SdkAppId) -> Result<Application, StoreError> {
        let mut tx = self.look().await?;
        one_application(&mut tx, app).await
    }

    /// A new application with the default rules. The first is 1400000001.
    pub async fn create_application(&self, name: &str) -> Result<Application, StoreError> {
        check_name("name", name)?;
        let mut tx = self.begin().await?;
        require_room(&mut tx, ("SELECT COUNT(*) FROM applications", values![]), "applications", APPLICATIONS).await?;
        let application = Application {
            id: SdkAppId(next_id(&mut tx, "application").await?),
            name: name.to_owned(),
            desk_rules: DeskRules::default(),
            outside_calls: OutsideCalls::default(),
            phone_licences: None,
        };
        tx.execute(
            "INSERT INTO applications (id, name, desk_rules, outside_calls, modified_at) VALUES (?, ?, ?, ?, ?)",
            values![
                application.id,
                name,
                json(&application.desk_rules)?,
                json(&application.outside_calls)?,
                now_seconds()
            ],
        )
        .await?;
        tx.commit().await?;
        Ok(application)
    }

    /// The application that the program made for a purpose of its own. Its name says
    /// nothing: anybody may call an application so.
    pub async fn own_application(&self, purpose: OwnPurpose) -> Result<Option<SdkAppId>, StoreError> {
        let mut tx = self.look().await?;
        let Some(row) = tx.row("SELECT fact FROM facts WHERE name = ?", values![purpose.key()]).await? else {
            return Ok(None);
        };
        let id = String::from_utf8(row.bytes(0)?).ok().and_then(|text| text.parse().ok());
        let id = id.ok_or_else(|| StoreError::damaged("the table of facts", purpose.key()))?;
        match tx.number("SELECT COUNT(*) FROM applications WHERE id = ?", values![SdkAppId(id)]).await? {
            0 => Ok(None),
            _ => Ok(Some(SdkAppId(id))),
        }
    }

    /// Remembers which application the program made for a purpose.
    pub async fn set_own_application(&self, purpose: OwnPurpose, app: SdkAppId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        require_application(&mut tx, app).await?;
        tx.execute(
            "INSERT INTO facts (name, fact) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET fact = excluded.fact",
            values![purpose.key(), app.0.to_string().into_bytes()],
        )
        .await?;
        tx.commit().await
    }

    /// Sets how many telephones of an application may be registered at once.
    pub async fn set_phone_licences(&self, app: SdkAppId, licences: Option<u32>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE applications SET phone_licences = ?, modified_at = ? WHERE id = ?";
        match tx.execute(sql, values![licences, now_seconds(), app]).await? {
            0 => Err(StoreError::not_found("application", app)),
            _ => tx.commit().await,
        }
    }

    /// Changes an application's name and rules.
    pub async fn update_application(&self, application: &Application) -> Result<(), StoreError> {
        check_name("name", &application.name)?;
        let mut tx = self.begin().await?;
        let changed = tx
            .execute(
                "UPDATE applications SET name = ?, desk_rules = ?, outside_calls = ?, modified_at = ? WHERE id = ?",
                values![
                    application.name.as_str(),
                    json(&application.desk_rules)?,
                    json(&application.outside_calls)?,
                    now_seconds(),
                    application.id
                ],
            )
            .await?;
        if changed == 0 {
            return Err(StoreError::not_found("application", application.id));
        }
        tx.commit().await
    }
}

impl OwnPurpose {
    fn key(self) -> &'static str {
        match self {
            OwnPurpose::Demo => "demo_application",
            OwnPurpose::Doctor => "doctor_application",
        }
    }
}

pub(crate) async fn one_application(tx: &mut crate::sql::Tx, app: SdkAppId) -> Result<Application, StoreError> {
    let row = tx.row(format!("{COLUMNS} WHERE id = ?"), values![app]).await?;
    read_application(&row.ok_or_else(|| StoreError::not_found("application", app))?)
}

fn read_application(row: &Row) -> Result<Application, StoreError> {
    Ok(Application {
        id: SdkAppId(row.id(0)?),
        name: row.text(1)?,
        desk_rules: row.json(2)?,
        outside_calls: row.json(3)?,
        phone_licences: row.opt_small(4)?,
    })
}
