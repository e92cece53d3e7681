//! Flows. What a flow refers to is taken from its nodes at every change, so that
//! a sound or a group in use cannot disappear under it. Whether its nodes make
//! sense is the business of `centre`.

use crate::limits::{FLOW_BYTES, FLOWS};
use crate::sql::{Tx, json, values};
use crate::store::{check_name, next_id, now_seconds, require_application, require_free, require_room};
use crate::{NewFlow, Store, StoreError};
use centre::settings::{Flow, FlowNode, Step};
use centre::{FlowId, NodeName, SdkAppId, SkillGroupId, SoundFileId};
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    /// A new flow, version 1.
    pub async fn create_flow(&self, app: SdkAppId, flow: NewFlow) -> Result<FlowId, StoreError> {
        check_name("name", &flow.name)?;
        let nodes = nodes_text(&flow.nodes)?;
        let mut tx = self.begin().await?;
        require_application(&mut tx, app).await?;
        require_room(&mut tx, ("SELECT COUNT(*) FROM flows WHERE app = ?", values![app]), "flows", FLOWS).await?;
        let id = FlowId(next_id(&mut tx, "flow").await?);
        require_free_name(&mut tx, app, id, &flow.name).await?;
        tx.execute(
            "INSERT INTO flows (app, id, name, version, start_node, nodes, modified_at) VALUES (?, ?, ?, 1, ?, ?, ?)",
            values![app, id, flow.name, json(&flow.start)?, nodes, now_seconds()],
        )
        .await?;
        write_references(&mut tx, app, id, &flow.nodes).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Publishes a flow anew, if it still has the version it was made from, where one
    /// is named. The version rises by one, whatever `flow.version` says, and is
    /// returned; `modified_at` is set here.
    pub async fn publish_flow(&self, app: SdkAppId, flow: &Flow, base: Option<u32>) -> Result<u32, StoreError> {
        check_name("name", &flow.name)?;
        let nodes = nodes_text(&flow.nodes)?;
        let mut tx = self.begin().await?;
        require_flow(&mut tx, app, flow.id).await?;
        require_free_name(&mut tx, app, flow.id, &flow.name).await?;
        let base = base.map(i64::from);
        let changed = tx
            .row(
                "UPDATE flows SET name = ?, version = version + 1, start_node = ?, nodes = ?, modified_at = ? \
                 WHERE app = ? AND id = ? AND version = COALESCE(?, version) RETURNING version",
                values![flow.name.as_str(), json(&flow.start)?, nodes, now_seconds(), app, flow.id, base],
            )
            .await?;
        let version = changed.ok_or_else(|| StoreError::ChangedMeanwhile { flow: flow.name.clone() })?.small(0)?;
        tx.execute("DELETE FROM flow_sounds WHERE app = ? AND flow = ?", values![app, flow.id]).await?;
        tx.execute("DELETE FROM flow_groups WHERE app = ? AND flow = ?", values![app, flow.id]).await?;
        write_references(&mut tx, app, flow.id, &flow.nodes).await?;
        tx.commit().await?;
        Ok(version)
    }

    /// Deletes a flow that answers no number.
    pub async fn delete_flow(&self, app: SdkAppId, flow: FlowId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        require_flow(&mut tx, app, flow).await?;
        let user = "SELECT number FROM numbers WHERE app = ? AND flow = ? ORDER BY number LIMIT 1";
        if let Some(row) = tx.row(user, values![app, flow]).await? {
            return Err(StoreError::InUse { what: format!("flow {flow}"), by: format!("number {}", row.text(0)?) });
        }
        tx.execute("DELETE FROM flows WHERE app = ? AND id = ?", values![app, flow]).await?;
        tx.commit().await
    }
}

/// All flows of an application.
pub(crate) async fn all_flows(tx: &mut Tx, app: SdkAppId) -> Result<BTreeMap<FlowId, Flow>, StoreError> {
    let rows = tx
        .rows("SELECT id, name, version, start_node, nodes, modified_at FROM flows WHERE app = ?", values![app])
        .await?;
    rows.iter()
        .map(|row| {
            let id = FlowId(row.id(0)?);
            let flow = Flow {
                id,
                name: row.text(1)?,
                version: row.small(2)?,
                start: row.json(3)?,
                nodes: row.json(4)?,
                modified_at: row.int(5)?,
            };
            Ok((id, flow))
        })
        .collect()
}

pub(crate) async fn require_flow(tx: &mut Tx, app: SdkAppId, flow: FlowId) -> Result<(), StoreError> {
    match tx.number("SELECT COUNT(*) FROM flows WHERE app = ? AND id = ?", values![app, flow]).await? {
        0 => Err(StoreError::not_found("flow", flow)),
        _ => Ok(()),
    }
}

async fn require_free_name(tx: &mut Tx, app: SdkAppId, id: FlowId, name: &str) -> Result<(), StoreError> {
    let taken = "SELECT COUNT(*) FROM flows WHERE app = ? AND name = ? AND id <> ?";
    require_free(tx, (taken, values![app, name, id]), "flow", name).await
}

fn nodes_text(nodes: &BTreeMap<NodeName, FlowNode>) -> Result<String, StoreError> {
    let text = json(nodes)?;
    if text.len() > FLOW_BYTES {
        return Err(StoreError::Invalid { what: "nodes", why: format!("are more than {FLOW_BYTES} bytes") });
    }
    Ok(text)
}

async fn write_references(
    tx: &mut Tx,
    app: SdkAppId,
    flow: FlowId,
    nodes: &BTreeMap<NodeName, FlowNode>,
) -> Result<(), StoreError> {
    let (sounds, groups) = references(nodes);
    for sound in sounds {
        crate::sounds::require_sound(tx, app, sound).await?;
        tx.execute("INSERT INTO flow_sounds (app, flow, sound) VALUES (?, ?, ?)", values![app, flow, sound]).await?;
    }
    for group in groups {
        crate::skill_groups::require_group(tx, app, group).await?;
        tx.execute("INSERT INTO flow_groups (app, flow, skill_group) VALUES (?, ?, ?)", values![app, flow, group])
            .await?;
    }
    Ok(())
}

fn references(nodes: &BTreeMap<NodeName, FlowNode>) -> (BTreeSet<SoundFileId>, BTreeSet<SkillGroupId>) {
    let (mut sounds, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for node in nodes.values() {
        match &node.step {
            Step::Prompt { sound, .. } => {
                sounds.insert(*sound);
            }
            Step::Branch { prompt, timeout_prompt, invalid_prompt, .. } => {
                sounds.insert(*prompt);
                sounds.extend(timeout_prompt.iter().chain(invalid_prompt));
            }
            Step::ToAgent { group, prompt, music, timeout_prompt, nobody_prompt, .. } => {
                groups.insert(*group);
                sounds.extend(prompt.iter().chain(music).chain(timeout_prompt).chain(nobody_prompt));
            }
            Step::End { prompt } => sounds.extend(prompt),
        }
    }
    (sounds, groups)
}
