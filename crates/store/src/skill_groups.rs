//! Skill groups. One that staff, flows or numbers refer to cannot be deleted.

use crate::limits::SKILL_GROUPS;
use crate::sql::{Tx, values};
use crate::store::{check_name, check_text, next_id, now_seconds, require_application, require_free, require_room};
use crate::{NewSkillGroup, Store, StoreError};
use centre::settings::{Forwarding, ForwardingTarget, SkillGroup};
use centre::{SdkAppId, SkillGroupId};
use std::collections::BTreeMap;

impl Store {
    /// A new skill group.
    pub async fn create_skill_group(&self, app: SdkAppId, group: NewSkillGroup) -> Result<SkillGroupId, StoreError> {
        check_name("name", &group.name)?;
        check_text("alias", &group.alias)?;
        let mut tx = self.begin().await?;
        require_application(&mut tx, app).await?;
        let count = "SELECT COUNT(*) FROM skill_groups WHERE app = ?";
        require_room(&mut tx, (count, values![app]), "skill groups", SKILL_GROUPS).await?;
        let id = SkillGroupId(next_id(&mut tx, "skill_group").await?);
        require_free_name(&mut tx, app, id, &group.name).await?;
        tx.execute(
            "INSERT INTO skill_groups (app, id, name, kind, max_concurrency, alias, last_agent_first, ring_all, modified_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                app,
                id,
                group.name,
                u32::from(group.kind),
                group.max_concurrency,
                group.alias,
                group.last_agent_first,
                group.ring_all,
                now_seconds()
            ],
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Replaces all but the id; sets `modified_at`.
    pub async fn update_skill_group(&self, app: SdkAppId, group: &SkillGroup) -> Result<(), StoreError> {
        check_name("name", &group.name)?;
        check_text("alias", &group.alias)?;
        let mut tx = self.begin().await?;
        require_free_name(&mut tx, app, group.id, &group.name).await?;
        let changed = tx
            .execute(
                "UPDATE skill_groups SET name = ?, kind = ?, max_concurrency = ?, alias = ?, last_agent_first = ?, \
                 ring_all = ?, modified_at = ? WHERE app = ? AND id = ?",
                values![
                    group.name.as_str(),
                    u32::from(group.kind),
                    group.max_concurrency,
                    group.alias.as_str(),
                    group.last_agent_first,
                    group.ring_all,
                    now_seconds(),
                    app,
                    group.id
                ],
            )
            .await?;
        match changed {
            0 => Err(StoreError::not_found("skill group", group.id)),
            _ => tx.commit().await,
        }
    }

    /// Deletes a group that nothing refers to.
    pub async fn delete_skill_group(&self, app: SdkAppId, group: SkillGroupId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        require_group(&mut tx, app, group).await?;
        if let Some(by) = group_user(&mut tx, app, group).await? {
            return Err(StoreError::InUse { what: format!("skill group {group}"), by });
        }
        tx.execute("DELETE FROM skill_groups WHERE app = ? AND id = ?", values![app, group]).await?;
        tx.commit().await
    }
}

/// The first thing that refers to a group.
async fn group_user(tx: &mut Tx, app: SdkAppId, group: SkillGroupId) -> Result<Option<String>, StoreError> {
    let flow = "SELECT name FROM flows JOIN flow_groups ON flow_groups.app = flows.app AND flow_groups.flow = flows.id \
        WHERE flow_groups.app = ? AND flow_groups.skill_group = ? ORDER BY id LIMIT 1";
    let number = "SELECT number FROM number_groups WHERE app = ? AND skill_group = ? ORDER BY number LIMIT 1";
    let staff = "SELECT user_id FROM staff JOIN staff_groups ON staff_groups.app = staff.app AND staff_groups.staff = staff.id \
        WHERE staff_groups.app = ? AND staff_groups.skill_group = ? ORDER BY id LIMIT 1";
    for (kind, sql) in [("flow", flow), ("number", number), ("staff", staff)] {
        if let Some(row) = tx.row(sql, values![app, group]).await? {
            return Ok(Some(format!("{kind} {}", row.text(0)?)));
        }
    }
    let forwarding = "SELECT user_id, forwarding FROM staff WHERE app = ? AND forwarding IS NOT NULL ORDER BY id";
    for row in tx.rows(forwarding, values![app]).await? {
        let forwarding: Forwarding = row.json(1)?;
        if forwarding.target == ForwardingTarget::SkillGroup(group) {
            return Ok(Some(format!("the forwarding of staff {}", row.text(0)?)));
        }
    }
    Ok(None)
}

/// All skill groups of an application.
pub(crate) async fn all_groups(tx: &mut Tx, app: SdkAppId) -> Result<BTreeMap<SkillGroupId, SkillGroup>, StoreError> {
    let sql = "SELECT id, name, kind, max_concurrency, alias, last_agent_first, ring_all, modified_at FROM skill_groups WHERE app = ?";
    let rows = tx.rows(sql, values![app]).await?;
    rows.iter()
        .map(|row| {
            let id = SkillGroupId(row.id(0)?);
            let group = SkillGroup {
                id,
                name: row.text(1)?,
                kind: row.small(2)?,
                max_concurrency: row.small(3)?,
                alias: row.text(4)?,
                last_agent_first: row.flag(5)?,
                ring_all: row.flag(6)?,
                modified_at: row.int(7)?,
            };
            Ok((id, group))
        })
        .collect()
}

pub(crate) async fn require_group(tx: &mut Tx, app: SdkAppId, group: SkillGroupId) -> Result<(), StoreError> {
    match tx.number("SELECT COUNT(*) FROM skill_groups WHERE app = ? AND id = ?", values![app, group]).await? {
        0 => Err(StoreError::not_found("skill group", group)),
        _ => Ok(()),
    }
}

async fn require_free_name(tx: &mut Tx, app: SdkAppId, id: SkillGroupId, name: &str) -> Result<(), StoreError> {
    let taken = "SELECT COUNT(*) FROM skill_groups WHERE app = ? AND name = ? AND id <> ?";
    require_free(tx, (taken, values![app, name, id]), "skill group", name).await
}
