//! Trunks, and the numbers that they carry. A number belongs to one application
//! of the whole platform, because the called number is what chooses it.

use crate::limits::{HOST_BYTES, NUMBERS, TRUNK_REWRITES, TRUNK_SOURCES, TRUNKS};
use crate::sql::{Tx, json, values};
use crate::store::{check_name, check_text, next_id, now_seconds, require_application, require_free, require_room};
use crate::{NewTrunk, Store, StoreError};
use centre::settings::{Number, Outward, Rewrite, Trunk, TrunkAccount, TrunkRules, canonical_number, matching_key};
use centre::{FlowId, Pii, SdkAppId, SkillGroupId, TrunkId};
use ipnet::IpNet;
use std::collections::BTreeMap;

impl Store {
    /// A new trunk; its id is unique on the whole platform.
    pub async fn create_trunk(&self, app: SdkAppId, trunk: NewTrunk) -> Result<TrunkId, StoreError> {
        check_trunk(&trunk.name, &trunk.sources)?;
        check_carrying(&trunk.rules, trunk.outward.as_ref())?;
        let mut tx = self.begin().await?;
        require_application(&mut tx, app).await?;
        require_room(&mut tx, ("SELECT COUNT(*) FROM trunks WHERE app = ?", values![app]), "trunks", TRUNKS).await?;
        let id = TrunkId(next_id(&mut tx, "trunk").await?);
        require_free_name(&mut tx, app, id, &trunk.name).await?;
        tx.execute(
            "INSERT INTO trunks (app, id, name, sources, max_calls, enabled, rules, modified_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                app,
                id,
                trunk.name,
                json(&trunk.sources)?,
                trunk.max_calls.map(i64::from),
                trunk.enabled,
                json(&without_password(&trunk.rules))?,
                now_seconds()
            ],
        )
        .await?;
        self.write_account(&mut tx, (app, id), trunk.rules.account.as_ref()).await?;
        self.write_outward(&mut tx, (app, id), trunk.outward.as_ref()).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Replaces all but the id, the password too; sets `modified_at`.
    pub async fn update_trunk(&self, app: SdkAppId, trunk: &Trunk) -> Result<(), StoreError> {
        check_trunk(&trunk.name, &trunk.sources)?;
        check_carrying(&trunk.rules, trunk.outward.as_ref())?;
        let mut tx = self.begin().await?;
        require_free_name(&mut tx, app, trunk.id, &trunk.name).await?;
        let changed = tx
            .execute(
                "UPDATE trunks SET name = ?, sources = ?, max_calls = ?, enabled = ?, rules = ?, modified_at = ? \
                 WHERE app = ? AND id = ?",
                values![
                    trunk.name.as_str(),
                    json(&trunk.sources)?,
                    trunk.max_calls.map(i64::from),
                    trunk.enabled,
                    json(&without_password(&trunk.rules))?,
                    now_seconds(),
                    app,
                    trunk.id
                ],
            )
            .await?;
        if changed == 0 {
            return Err(StoreError::not_found("trunk", trunk.id));
        }
        self.write_account(&mut tx, (app, trunk.id), trunk.rules.account.as_ref()).await?;
        self.write_outward(&mut tx, (app, trunk.id), trunk.outward.as_ref()).await?;
        tx.commit().await
    }

    /// Deletes a trunk that carries no number.
    pub async fn delete_trunk(&self, app: SdkAppId, trunk: TrunkId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        require_trunk(&mut tx, app, trunk).await?;
        let user = "SELECT number FROM numbers WHERE app = ? AND trunk = ? ORDER BY number LIMIT 1";
        if let Some(row) = tx.row(user, values![app, trunk]).await? {
            return Err(StoreError::InUse { what: format!("trunk {trunk}"), by: format!("number {}", row.text(0)?) });
        }
        tx.execute("DELETE FROM trunks WHERE app = ? AND id = ?", values![app, trunk]).await?;
        tx.commit().await
    }

    /// A new number, brought to its canonical form, which is returned.
    /// `modified_at` is set here.
    pub async fn create_number(&self, app: SdkAppId, number: &Number) -> Result<String, StoreError> {
        let canonical = canonical_number(&number.number);
        check_name("number", &canonical)?;
        let mut tx = self.begin().await?;
        require_application(&mut tx, app).await?;
        require_room(&mut tx, ("SELECT COUNT(*) FROM numbers WHERE app = ?", values![app]), "numbers", NUMBERS).await?;
        // Calls find a number by what all its writings have in common, so that is what belongs to one.
        let key = matching_key(&canonical);
        let taken = "SELECT app FROM numbers WHERE number = ? OR match_key = ?";
        if let Some(row) = tx.row(taken, values![canonical.as_str(), key.as_str()]).await? {
            return Err(match SdkAppId(row.id(0)?) == app {
                true => StoreError::Exists { what: "number", name: canonical },
                false => StoreError::NumberTaken { number: canonical },
            });
        }
        require_what_it_names(&mut tx, app, number).await?;
        tx.execute(
            "INSERT INTO numbers (number, match_key, app, trunk, flow, state, modified_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            values![canonical.as_str(), key, app, number.trunk, number.flow, u32::from(number.state), now_seconds()],
        )
        .await?;
        write_groups(&mut tx, app, &canonical, &number.call_out_groups).await?;
        tx.commit().await?;
        Ok(canonical)
    }

    /// Replaces all but the number itself; sets `modified_at`.
    pub async fn update_number(&self, app: SdkAppId, number: &Number) -> Result<(), StoreError> {
        let canonical = canonical_number(&number.number);
        let mut tx = self.begin().await?;
        require_what_it_names(&mut tx, app, number).await?;
        let changed = tx
            .execute(
                "UPDATE numbers SET trunk = ?, flow = ?, state = ?, modified_at = ? WHERE app = ? AND number = ?",
                values![number.trunk, number.flow, u32::from(number.state), now_seconds(), app, canonical.as_str()],
            )
            .await?;
        if changed == 0 {
            return Err(StoreError::not_found("number", canonical));
        }
        tx.execute("DELETE FROM number_groups WHERE app = ? AND number = ?", values![app, canonical.as_str()]).await?;
        write_groups(&mut tx, app, &canonical, &number.call_out_groups).await?;
        tx.commit().await
    }

    /// Deletes a number; any form of it will do.
    pub async fn delete_number(&self, app: SdkAppId, number: &str) -> Result<(), StoreError> {
        let canonical = canonical_number(number);
        let mut tx = self.begin().await?;
        match tx.execute("DELETE FROM numbers WHERE app = ? AND number = ?", values![app, canonical.as_str()]).await? {
            0 => Err(StoreError::not_found("number", canonical)),
            _ => tx.commit().await,
        }
    }

    /// All trunks of an application, with their passwords.
    pub(crate) async fn all_trunks(&self, tx: &mut Tx, app: SdkAppId) -> Result<BTreeMap<TrunkId, Trunk>, StoreError> {
        let mut trunks = BTreeMap::new();
        let sql = "SELECT id, name, sources, max_calls, enabled, rules, modified_at FROM trunks WHERE app = ?";
        for row in tx.rows(sql, values![app]).await? {
            let id = TrunkId(row.id(0)?);
            let trunk = Trunk {
                id,
                name: row.text(1)?,
                sources: row.json(2)?,
                max_calls: match row.opt_int(3)? {
                    Some(_) => Some(row.small(3)?),
                    None => None,
                },
                enabled: row.flag(4)?,
                rules: row.json(5)?,
                outward: None,
                modified_at: row.int(6)?,
            };
            trunks.insert(id, trunk);
        }
        let sql = "SELECT trunk, user_name, locked_password FROM trunks_account WHERE app = ?";
        for row in tx.rows(sql, values![app]).await? {
            let id = TrunkId(row.id(0)?);
            let password = Pii::new(self.key().unlock_text(&row.bytes(2)?, &account_place(app, id))?);
            if let Some(trunk) = trunks.get_mut(&id) {
                trunk.rules.account = Some(TrunkAccount { user: row.text(1)?, password });
            }
        }
        let sql = "SELECT trunk, outward, locked_password FROM trunks_outward WHERE app = ?";
        for row in tx.rows(sql, values![app]).await? {
            let id = TrunkId(row.id(0)?);
            let password = Pii::new(self.key().unlock_text(&row.bytes(2)?, &place(app, id))?);
            if let Some(trunk) = trunks.get_mut(&id) {
                trunk.outward = Some(Outward { password, ..row.json(1)? });
            }
        }
        Ok(trunks)
    }

    /// What the carrier proves to us.
    async fn write_account(
        &self,
        tx: &mut Tx,
        (app, trunk): (SdkAppId, TrunkId),
        account: Option<&TrunkAccount>,
    ) -> Result<(), StoreError> {
        tx.execute("DELETE FROM trunks_account WHERE app = ? AND trunk = ?", values![app, trunk]).await?;
        let Some(TrunkAccount { user, password }) = account else { return Ok(()) };
        let taken = "SELECT COUNT(*) FROM trunks_account WHERE app = ? AND user_name = ?";
        require_free(tx, (taken, values![app, user.as_str()]), "trunk account", user).await?;
        let locked = self.key().lock(password.expose().as_bytes(), &account_place(app, trunk))?;
        tx.execute(
            "INSERT INTO trunks_account (app, trunk, user_name, locked_password) VALUES (?, ?, ?, ?)",
            values![app, trunk, user.as_str(), locked],
        )
        .await
        .map(drop)
    }

    /// The password is locked; the rest is written without it.
    async fn write_outward(
        &self,
        tx: &mut Tx,
        (app, trunk): (SdkAppId, TrunkId),
        outward: Option<&Outward>,
    ) -> Result<(), StoreError> {
        tx.execute("DELETE FROM trunks_outward WHERE app = ? AND trunk = ?", values![app, trunk]).await?;
        let Some(outward) = outward else { return Ok(()) };
        let locked = self.key().lock(outward.password.expose().as_bytes(), &place(app, trunk))?;
        let open = Outward { password: Pii::default(), ..outward.clone() };
        tx.execute(
            "INSERT INTO trunks_outward (app, trunk, outward, locked_password) VALUES (?, ?, ?, ?)",
            values![app, trunk, json(&open)?, locked],
        )
        .await
        .map(drop)
    }
}

/// What is written beside the account, which has a row of its own.
fn without_password(rules: &TrunkRules) -> TrunkRules {
    TrunkRules { account: None, ..rules.clone() }
}

/// As [`place`], for what the carrier proves to us.
fn account_place(app: SdkAppId, trunk: TrunkId) -> String {
    format!("trunks_account/{app}/{trunk}")
}

/// A locked password opens only in its own row.
fn place(app: SdkAppId, trunk: TrunkId) -> String {
    format!("trunks/{app}/{trunk}")
}

/// All numbers of an application.
pub(crate) async fn all_numbers(tx: &mut Tx, app: SdkAppId) -> Result<BTreeMap<String, Number>, StoreError> {
    let mut numbers = BTreeMap::new();
    for row in
        tx.rows("SELECT number, trunk, flow, state, modified_at FROM numbers WHERE app = ?", values![app]).await?
    {
        let number = Number {
            number: row.text(0)?,
            trunk: TrunkId(row.id(1)?),
            flow: row.opt_id(2)?.map(FlowId),
            state: row.small(3)?,
            call_out_groups: Vec::new(),
            modified_at: row.int(4)?,
        };
        numbers.insert(number.number.clone(), number);
    }
    let groups = "SELECT number, skill_group FROM number_groups WHERE app = ? ORDER BY skill_group";
    for row in tx.rows(groups, values![app]).await? {
        if let Some(number) = numbers.get_mut(&row.text(0)?) {
            number.call_out_groups.push(SkillGroupId(row.id(1)?));
        }
    }
    Ok(numbers)
}

fn check_trunk(name: &str, sources: &[IpNet]) -> Result<(), StoreError> {
    check_name("name", name)?;
    if sources.len() > TRUNK_SOURCES {
        return Err(StoreError::Limit { what: "source networks of a trunk", most: TRUNK_SOURCES });
    }
    Ok(())
}

fn check_carrying(rules: &TrunkRules, outward: Option<&Outward>) -> Result<(), StoreError> {
    check_rewrites(&rules.inward_rewrites)?;
    if let Some(account) = &rules.account {
        check_name("account user", &account.user)?;
        check_name("account password", account.password.expose())?;
    }
    let Some(outward) = outward else { return Ok(()) };
    check_name("host", &outward.host)?;
    if outward.host.len() > HOST_BYTES {
        return Err(StoreError::Invalid { what: "host", why: format!("is longer than {HOST_BYTES} bytes") });
    }
    check_text("user", &outward.user)?;
    check_text("password", outward.password.expose())?;
    check_rewrites(&outward.rewrites)
}

fn check_rewrites(rewrites: &[Rewrite]) -> Result<(), StoreError> {
    if rewrites.len() > TRUNK_REWRITES {
        return Err(StoreError::Limit { what: "rules for rewriting numbers", most: TRUNK_REWRITES });
    }
    for rewrite in rewrites {
        check_text("prefix", &rewrite.prefix)?;
        check_text("replacement", &rewrite.replacement)?;
    }
    Ok(())
}

async fn require_free_name(tx: &mut Tx, app: SdkAppId, id: TrunkId, name: &str) -> Result<(), StoreError> {
    let taken = "SELECT COUNT(*) FROM trunks WHERE app = ? AND name = ? AND id <> ?";
    require_free(tx, (taken, values![app, name, id]), "trunk", name).await
}

async fn require_trunk(tx: &mut Tx, app: SdkAppId, trunk: TrunkId) -> Result<(), StoreError> {
    match tx.number("SELECT COUNT(*) FROM trunks WHERE app = ? AND id = ?", values![app, trunk]).await? {
        0 => Err(StoreError::not_found("trunk", trunk)),
        _ => Ok(()),
    }
}

/// The trunk, the flow and the groups, all of the same application.
async fn require_what_it_names(tx: &mut Tx, app: SdkAppId, number: &Number) -> Result<(), StoreError> {
    require_trunk(tx, app, number.trunk).await?;
    if let Some(flow) = number.flow {
        crate::flows::require_flow(tx, app, flow).await?;
    }
    for group in &number.call_out_groups {
        crate::skill_groups::require_group(tx, app, *group).await?;
    }
    Ok(())
}

async fn write_groups(tx: &mut Tx, app: SdkAppId, number: &str, groups: &[SkillGroupId]) -> Result<(), StoreError> {
    for group in groups {
        let sql = "INSERT INTO number_groups (app, number, skill_group) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        tx.execute(sql, values![app, number, *group]).await?;
    }
    Ok(())
}
