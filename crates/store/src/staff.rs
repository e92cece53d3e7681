//! Staff: accounts, their groups, their passwords.

use crate::limits::{SAME_ACCOUNT, STAFF};
use crate::sql::{Row, Tx, Value, json, values};
use crate::store::{
    account_key, check_name, check_text, next_id, now_seconds, require_application, require_free, require_room,
};
use crate::{NewStaff, SignedIn, Store, StoreError};
use centre::settings::{Role, Staff};
use centre::{Pii, SdkAppId, SkillGroupId, StaffId};
use std::collections::BTreeMap;

const COLUMNS: &str = "SELECT id, user_id, name, nick, staff_number, phone, role, extension, mobile_call_out, mobile_accept, \
    forwarding, modified_at FROM staff";

impl Store {
    /// A new account; without a password nobody can sign in with it yet.
    pub async fn create_staff(
        &self,
        app: SdkAppId,
        staff: NewStaff,
        password: Option<&str>,
    ) -> Result<StaffId, StoreError> {
        check_staff(&staff)?;
        // Before the transaction: hashing takes long, and SQLite has one writer.
        let hash = match password {
            Some(password) => Some(self.passwords().hash(password).await?),
            None => None,
        };
        let mut tx = self.begin().await?;
        require_application(&mut tx, app).await?;
        require_room(&mut tx, ("SELECT COUNT(*) FROM staff WHERE app = ?", values![app]), "staff", STAFF).await?;
        let id = StaffId(next_id(&mut tx, "staff").await?);
        require_unique(&mut tx, app, id, &staff).await?;
        let mut row = values![app, id];
        row.extend(editable(&staff)?);
        row.extend(values![hash, now_seconds()]);
        tx.execute(
            "INSERT INTO staff (app, id, user_id, account_key, name, nick, staff_number, phone, role, extension, \
             mobile_call_out, mobile_accept, forwarding, password, modified_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        .await?;
        bind(&mut tx, (app, id), &staff.groups).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// One account.
    pub async fn staff(&self, app: SdkAppId, staff: StaffId) -> Result<Staff, StoreError> {
        let mut tx = self.look().await?;
        one_staff(&mut tx, app, staff).await
    }

    /// Changes an account and its groups. What `change` makes of the person is written
    /// in the transaction in which the person was read, so that it undoes nothing that
    /// happened meanwhile; sets `modified_at`. The inner error is that of `change`: then
    /// nothing was changed.
    pub async fn change_staff<E>(
        &self,
        app: SdkAppId,
        id: StaffId,
        change: impl FnOnce(&mut Staff) -> Result<(), E>,
    ) -> Result<Result<Staff, E>, StoreError> {
        let mut tx = self.begin().await?;
        hold(&mut tx, app, id).await?;
        let old = one_staff(&mut tx, app, id).await?;
        let mut person = old.clone();
        if let Err(refused) = change(&mut person) {
            return Ok(Err(refused));
        }
        person.id = id;
        let staff = as_new(&person);
        check_staff(&staff)?;
        require_unique(&mut tx, app, id, &staff).await?;
        let mut row = editable(&staff)?;
        row.extend(values![app, id]);
        tx.execute(
            "UPDATE staff SET user_id = ?, account_key = ?, name = ?, nick = ?, staff_number = ?, phone = ?, role = ?, \
             extension = ?, mobile_call_out = ?, mobile_accept = ?, forwarding = ? WHERE app = ? AND id = ?",
            row,
        )
        .await?;
        let gone = old.groups.keys().copied().filter(|group| !staff.groups.contains_key(group));
        unbind(&mut tx, (app, id), gone).await?;
        bind(&mut tx, (app, id), &staff.groups).await?;
        tx.commit().await?;
        Ok(Ok(person))
    }

    /// Removes an account; its sessions end. Journals and records keep its id.
    pub async fn delete_staff(&self, app: SdkAppId, staff: StaffId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        crate::phones::take_from_agent(&mut tx, app, staff).await?;
        match tx.execute("DELETE FROM staff WHERE app = ? AND id = ?", values![app, staff]).await? {
            0 => Err(StoreError::not_found("staff", staff)),
            _ => tx.commit().await,
        }
    }

    /// Adds a person to groups, or changes the priority there.
    pub async fn bind_groups(
        &self,
        app: SdkAppId,
        staff: StaffId,
        groups: &BTreeMap<SkillGroupId, u8>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        hold(&mut tx, app, staff).await?;
        bind(&mut tx, (app, staff), groups).await?;
        tx.commit().await
    }

    /// Removes a person from groups; one they are not in changes nothing.
    pub async fn unbind_groups(
        &self,
        app: SdkAppId,
        staff: StaffId,
        groups: &[SkillGroupId],
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        hold(&mut tx, app, staff).await?;
        unbind(&mut tx, (app, staff), groups.iter().copied()).await?;
        tx.commit().await
    }

    /// Sets a password; all sessions of the person end.
    pub async fn set_password(&self, app: SdkAppId, staff: StaffId, password: &str) -> Result<(), StoreError> {
        let hash = self.passwords().hash(password).await?;
        let mut tx = self.begin().await?;
        let changed = tx
            .execute(
                "UPDATE staff SET password = ?, modified_at = ? WHERE app = ? AND id = ?",
                values![hash, now_seconds(), app, staff],
            )
            .await?;
        if changed == 0 {
            return Err(StoreError::not_found("staff", staff));
        }
        tx.execute("DELETE FROM sessions WHERE app = ? AND staff = ?", values![app, staff]).await?;
        tx.commit().await
    }

    /// Who signs in. Without an application the account is looked for in all of
    /// them, and the password tells which. A wrong password and an unknown
    /// account are the same answer after the same time.
    pub async fn check_password(
        &self,
        app: Option<SdkAppId>,
        user_id: &str,
        password: &str,
    ) -> Result<Option<SignedIn>, StoreError> {
        let mut tx = self.look().await?;
        let account = account_key(user_id);
        let found = match app {
            Some(app) => {
                tx.rows("SELECT app, id, password FROM staff WHERE app = ? AND account_key = ?", values![app, account])
                    .await?
            }
            None => {
                let most = u64::try_from(SAME_ACCOUNT).unwrap_or(u64::MAX);
                tx.rows(
                    "SELECT app, id, password FROM staff WHERE account_key = ? ORDER BY app LIMIT ?",
                    values![account, most],
                )
                .await?
            }
        };
        drop(tx);
        if found.is_empty() {
            self.passwords().check(password, None).await?;
        }
        for row in &found {
            let (app, id) = (SdkAppId(row.id(0)?), StaffId(row.id(1)?));
            if self.passwords().check(password, row.opt_text(2)?.as_deref()).await? {
                return match self.staff(app, id).await {
                    Ok(staff) => Ok(Some(SignedIn { app, staff })),
                    // Deleted while the password was checked.
                    Err(StoreError::NotFound { .. }) => Ok(None),
                    Err(error) => Err(error),
                };
            }
        }
        Ok(None)
    }
}

/// All staff of an application.
pub(crate) async fn all_staff(tx: &mut Tx, app: SdkAppId) -> Result<BTreeMap<StaffId, Staff>, StoreError> {
    let mut staff = BTreeMap::new();
    for row in tx.rows(format!("{COLUMNS} WHERE app = ?"), values![app]).await? {
        let person = read_staff(&row)?;
        staff.insert(person.id, person);
    }
    for row in tx.rows("SELECT staff, skill_group, priority FROM staff_groups WHERE app = ?", values![app]).await? {
        if let Some(person) = staff.get_mut(&StaffId(row.id(0)?)) {
            person.groups.insert(SkillGroupId(row.id(1)?), row.small(2)?);
        }
    }
    Ok(staff)
}

async fn one_staff(tx: &mut Tx, app: SdkAppId, staff: StaffId) -> Result<Staff, StoreError> {
    let row = tx.row(format!("{COLUMNS} WHERE app = ? AND id = ?"), values![app, staff]).await?;
    let mut person = read_staff(&row.ok_or_else(|| StoreError::not_found("staff", staff))?)?;
    for row in tx
        .rows("SELECT skill_group, priority FROM staff_groups WHERE app = ? AND staff = ?", values![app, staff])
        .await?
    {
        person.groups.insert(SkillGroupId(row.id(0)?), row.small(1)?);
    }
    Ok(person)
}

fn read_staff(row: &Row) -> Result<Staff, StoreError> {
    Ok(Staff {
        id: StaffId(row.id(0)?),
        user_id: row.text(1)?,
        name: row.text(2)?,
        nick: row.text(3)?,
        staff_number: row.text(4)?,
        phone: Pii::new(row.text(5)?),
        role: read_role(&row.text(6)?)?,
        extension: row.opt_text(7)?,
        mobile_call_out: row.flag(8)?,
        mobile_accept: row.small(9)?,
        forwarding: match row.opt_text(10)? {
            Some(_) => Some(row.json(10)?),
            None => None,
        },
        groups: BTreeMap::new(),
        modified_at: row.int(11)?,
    })
}

/// The columns of [`NewStaff`], in the order of the table.
fn editable(staff: &NewStaff) -> Result<Vec<Value>, StoreError> {
    let forwarding = match &staff.forwarding {
        Some(forwarding) => Some(json(forwarding)?),
        None => None,
    };
    Ok(values![
        staff.user_id.trim(),
        account_key(&staff.user_id),
        staff.name.as_str(),
        staff.nick.as_str(),
        staff.staff_number.as_str(),
        staff.phone.expose().as_str(),
        role_word(staff.role),
        staff.extension.clone(),
        staff.mobile_call_out,
        u32::from(staff.mobile_accept),
        forwarding,
    ])
}

fn as_new(staff: &Staff) -> NewStaff {
    let staff = staff.clone();
    NewStaff {
        user_id: staff.user_id,
        name: staff.name,
        nick: staff.nick,
        staff_number: staff.staff_number,
        phone: staff.phone,
        role: staff.role,
        extension: staff.extension,
        mobile_call_out: staff.mobile_call_out,
        mobile_accept: staff.mobile_accept,
        forwarding: staff.forwarding,
        groups: staff.groups,
    }
}

fn check_staff(staff: &NewStaff) -> Result<(), StoreError> {
    check_name("user_id", &staff.user_id)?;
    check_name("name", &staff.name)?;
    check_text("nick", &staff.nick)?;
    check_text("staff_number", &staff.staff_number)?;
    check_text("phone", staff.phone.expose())?;
    if let Some(extension) = &staff.extension {
        check_name("extension", extension)?;
    }
    match staff.role {
        Role::Agent | Role::Supervisor | Role::Administrator => Ok(()),
        Role::Operator => Err(StoreError::Invalid {
            what: "role",
            why: "operators belong to the platform, not to an application".into(),
        }),
    }
}

async fn require_unique(tx: &mut Tx, app: SdkAppId, id: StaffId, staff: &NewStaff) -> Result<(), StoreError> {
    let account = account_key(&staff.user_id);
    let taken = "SELECT COUNT(*) FROM staff WHERE app = ? AND account_key = ? AND id <> ?";
    require_free(tx, (taken, values![app, account, id]), "staff account", &staff.user_id).await?;
    if let Some(extension) = &staff.extension {
        let taken = "SELECT COUNT(*) FROM staff WHERE app = ? AND extension = ? AND id <> ?";
        require_free(tx, (taken, values![app, extension.as_str(), id]), "extension", extension).await?;
        crate::phones::require_no_phone(tx, (app, id), extension).await?;
    }
    Ok(())
}

async fn bind(tx: &mut Tx, person: (SdkAppId, StaffId), groups: &BTreeMap<SkillGroupId, u8>) -> Result<(), StoreError> {
    let (app, staff) = person;
    for (group, priority) in groups {
        if !(1..=5).contains(priority) {
            return Err(StoreError::Invalid { what: "priority", why: format!("{priority} is not between 1 and 5") });
        }
        crate::skill_groups::require_group(tx, app, *group).await?;
        tx.execute(
            "INSERT INTO staff_groups (app, staff, skill_group, priority) VALUES (?, ?, ?, ?) \
             ON CONFLICT (app, staff, skill_group) DO UPDATE SET priority = excluded.priority",
            values![app, staff, *group, u32::from(*priority)],
        )
        .await?;
    }
    Ok(())
}

async fn unbind(
    tx: &mut Tx,
    (app, staff): (SdkAppId, StaffId),
    groups: impl Iterator<Item = SkillGroupId>,
) -> Result<(), StoreError> {
    for group in groups {
        let sql = "DELETE FROM staff_groups WHERE app = ? AND staff = ? AND skill_group = ?";
        tx.execute(sql, values![app, staff, group]).await?;
    }
    Ok(())
}

/// Sets `modified_at`. Until the transaction ends, nobody else changes this person.
async fn hold(tx: &mut Tx, app: SdkAppId, staff: StaffId) -> Result<(), StoreError> {
    let sql = "UPDATE staff SET modified_at = ? WHERE app = ? AND id = ?";
    match tx.execute(sql, values![now_seconds(), app, staff]).await? {
        0 => Err(StoreError::not_found("staff", staff)),
        _ => Ok(()),
    }
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Supervisor => "supervisor",
        Role::Administrator => "administrator",
        Role::Operator => "operator",
    }
}

fn read_role(word: &str) -> Result<Role, StoreError> {
    match word {
        "agent" => Ok(Role::Agent),
        "supervisor" => Ok(Role::Supervisor),
        "administrator" => Ok(Role::Administrator),
        "operator" => Ok(Role::Operator),
        other => Err(StoreError::damaged("a role", other)),
    }
}
