//! Flows as the API shows and takes them.

use centre::settings::{BranchKey, Flow, FlowNode, Step};
use centre::{NodeName, SkillGroupId, SoundFileId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An IVR flow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Flow)]
pub struct FlowView {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Rises with each publication.
    pub version: u32,
    /// The first node.
    pub start: String,
    /// Its nodes by name.
    pub nodes: BTreeMap<String, FlowNodeView>,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

impl From<&Flow> for FlowView {
    fn from(flow: &Flow) -> Self {
        FlowView {
            id: flow.id.0,
            name: flow.name.clone(),
            version: flow.version,
            start: flow.start.0.clone(),
            nodes: flow.nodes.iter().map(|(name, node)| (name.0.clone(), FlowNodeView::from(node))).collect(),
            modified_at: flow.modified_at,
        }
    }
}

/// A flow to create or to publish anew. What was read may be sent back as it is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct FlowInput {
    /// Its name, unique in the application.
    pub name: String,
    /// The first node.
    pub start: String,
    /// Its nodes by name.
    pub nodes: BTreeMap<String, FlowNodeView>,
    /// The version that this one was made from; only when publishing anew.
    #[serde(default)]
    pub base_version: Option<u32>,
}

impl FlowInput {
    /// The nodes as call control has them.
    pub fn nodes(&self) -> BTreeMap<NodeName, FlowNode> {
        self.nodes.iter().map(|(name, node)| (NodeName(name.clone()), FlowNode::from(node))).collect()
    }
}

/// The id of a published flow, and what should be looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedFlow {
    /// Its id.
    pub id: u64,
    /// The version that is in force now.
    pub version: u32,
    /// Warnings.
    pub warnings: Vec<crate::http::error::ErrorDetail>,
}

/// A node of a flow.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = FlowNode)]
pub struct FlowNodeView {
    /// The node's label, as records show it.
    #[serde(default)]
    pub label: String,
    /// What it does.
    #[serde(flatten)]
    pub step: StepView,
}

/// What a node does.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = Step)]
pub enum StepView {
    /// Plays a sound.
    Prompt {
        /// What is played.
        sound: u64,
        /// How often, 1 to 10.
        #[serde(default = "once")]
        times: u32,
        /// Whether a key ends it.
        #[serde(default)]
        interruptible: bool,
        /// Where the call goes then.
        next: String,
    },
    /// A menu of keys.
    Branch {
        /// Explains the keys.
        prompt: u64,
        /// Seconds to wait for a key after the prompt, 1 to 120.
        timeout_s: u32,
        /// Played when no key came.
        timeout_prompt: Option<u64>,
        /// Played for a key that has no branch.
        invalid_prompt: Option<u64>,
        /// After this many errors the call ends, 1 to 10.
        max_errors: u32,
        /// The keys.
        keys: Vec<BranchKeyView>,
    },
    /// Queues the caller for an agent of a skill group.
    ToAgent {
        /// The group.
        group: u64,
        /// Played once before queueing.
        prompt: Option<u64>,
        /// Looped while the caller waits.
        music: Option<u64>,
        /// Longest wait in seconds, 1 to 3,600.
        max_wait_s: u32,
        /// Played when the wait was too long.
        timeout_prompt: Option<u64>,
        /// Played when no agent of the group is signed in.
        nobody_prompt: Option<u64>,
        /// Where the call goes when no agent took it; null ends it.
        failure: Option<String>,
    },
    /// Ends the call.
    End {
        /// Played first.
        prompt: Option<u64>,
    },
}

fn once() -> u32 {
    1
}

/// One key of a branch.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BranchKey)]
pub struct BranchKeyView {
    /// `0`–`9`, `*` or `#`.
    #[schema(value_type = String, min_length = 1, max_length = 1)]
    pub key: char,
    /// What records call it.
    #[serde(default)]
    pub label: String,
    /// Where it leads.
    pub next: String,
}

fn sound_id(id: Option<SoundFileId>) -> Option<u64> {
    id.map(|id| id.0)
}

impl From<&FlowNode> for FlowNodeView {
    fn from(node: &FlowNode) -> Self {
        let step = match &node.step {
            Step::Prompt { sound, times, interruptible, next } => {
                StepView::Prompt { sound: sound.0, times: *times, interruptible: *interruptible, next: next.0.clone() }
            }
            Step::Branch { prompt, timeout_s, timeout_prompt, invalid_prompt, max_errors, keys } => StepView::Branch {
                prompt: prompt.0,
                timeout_s: *timeout_s,
                timeout_prompt: sound_id(*timeout_prompt),
                invalid_prompt: sound_id(*invalid_prompt),
                max_errors: *max_errors,
                keys: keys
                    .iter()
                    .map(|key| BranchKeyView { key: key.key, label: key.label.clone(), next: key.next.0.clone() })
                    .collect(),
            },
            Step::ToAgent { group, prompt, music, max_wait_s, timeout_prompt, nobody_prompt, failure } => {
                StepView::ToAgent {
                    group: group.0,
                    prompt: sound_id(*prompt),
                    music: sound_id(*music),
                    max_wait_s: *max_wait_s,
                    timeout_prompt: sound_id(*timeout_prompt),
                    nobody_prompt: sound_id(*nobody_prompt),
                    failure: failure.as_ref().map(|node| node.0.clone()),
                }
            }
            Step::End { prompt } => StepView::End { prompt: sound_id(*prompt) },
        };
        FlowNodeView { label: node.label.clone(), step }
    }
}

impl From<&FlowNodeView> for FlowNode {
    fn from(view: &FlowNodeView) -> Self {
        let sound = |id: &Option<u64>| id.map(SoundFileId);
        let step = match &view.step {
            StepView::Prompt { sound, times, interruptible, next } => Step::Prompt {
                sound: SoundFileId(*sound),
                times: *times,
                interruptible: *interruptible,
                next: NodeName(next.clone()),
            },
            StepView::Branch { prompt, timeout_s, timeout_prompt, invalid_prompt, max_errors, keys } => Step::Branch {
                prompt: SoundFileId(*prompt),
                timeout_s: *timeout_s,
                timeout_prompt: sound(timeout_prompt),
                invalid_prompt: sound(invalid_prompt),
                max_errors: *max_errors,
                keys: keys
                    .iter()
                    .map(|key| BranchKey { key: key.key, label: key.label.clone(), next: NodeName(key.next.clone()) })
                    .collect(),
            },
            StepView::ToAgent { group, prompt, music, max_wait_s, timeout_prompt, nobody_prompt, failure } => {
                Step::ToAgent {
                    group: SkillGroupId(*group),
                    prompt: sound(prompt),
                    music: sound(music),
                    max_wait_s: *max_wait_s,
                    timeout_prompt: sound(timeout_prompt),
                    nobody_prompt: sound(nobody_prompt),
                    failure: failure.clone().map(NodeName),
                }
            }
            StepView::End { prompt } => Step::End { prompt: sound(prompt) },
        };
        FlowNode { label: view.label.clone(), step }
    }
}
