//! Whether a flow can be published. Pure: looks at the flow and at what the
//! application has, and lists every fault at once, so that nobody mends them
//! one by one.

use super::checks;
use super::views::{BranchKeyView, FlowInput, FlowNodeView, StepView};
use crate::http::error::{ErrorDetail, Severity};
use crate::http::language::Language;
use centre::settings::Settings;
use centre::{SkillGroupId, SoundFileId};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Most nodes of one flow.
pub const MAX_NODES: usize = 1_000;

/// What a flow may refer to.
#[derive(Debug)]
pub struct Known<'a> {
    /// Everything the application has.
    pub settings: &'a Settings,
    /// In which language the faults are written.
    pub language: Language,
}

/// All faults of a flow, errors before warnings.
pub fn faults(flow: &FlowInput, known: &Known<'_>) -> Vec<ErrorDetail> {
    let mut found = Faults { known, flow, details: Vec::new() };
    if !checks::is_name(&flow.name) {
        found.error("", "name", &LABEL);
    }
    if flow.nodes.is_empty() || flow.nodes.len() > MAX_NODES {
        found.error("", "nodes", &NODES);
    }
    found.target("", "start", &flow.start);
    for (name, node) in &flow.nodes {
        if !checks::is_name(name) {
            found.error(name, "name", &LABEL);
        }
        if !checks::is_optional_name(&node.label) {
            found.error(name, "label", &LABEL);
        }
        found.step(name, node);
    }
    for name in unreachable(flow) {
        found.warning(&name, "", &UNREACHABLE);
    }
    found.details.sort_by_key(|detail| detail.severity == Severity::Warning);
    found.details
}

/// Whether any fault forbids publication.
pub fn refuses(faults: &[ErrorDetail]) -> bool {
    faults.iter().any(|fault| fault.severity == Severity::Error)
}

/// A kind of fault.
struct Fault {
    code: &'static str,
    en: &'static str,
    zh: &'static str,
}

const LABEL: Fault = Fault { code: "flow.name", en: "must have 1 to 64 characters", zh: "应为 1 到 64 个字符" };
const NODES: Fault =
    Fault { code: "flow.nodes", en: "there must be 1 to 1,000 nodes", zh: "应有 1 到 1000 个节点" };
const TARGET: Fault =
    Fault { code: "flow.missing_target", en: "leads to a node that does not exist", zh: "指向不存在的节点" };
const SOUND: Fault = Fault { code: "flow.missing_sound", en: "the sound does not exist", zh: "音频不存在" };
const GROUP: Fault =
    Fault { code: "flow.missing_group", en: "the skill group does not exist", zh: "技能组不存在" };
const RANGE: Fault = Fault { code: "flow.out_of_range", en: "is out of range", zh: "超出范围" };
const NO_KEYS: Fault =
    Fault { code: "flow.no_keys", en: "a branch needs at least one key", zh: "分支至少需要一个按键" };
const BAD_KEY: Fault =
    Fault { code: "flow.bad_key", en: "a key must be 0 to 9, * or #", zh: "按键应为 0 到 9、* 或 #" };
const TWICE: Fault = Fault { code: "flow.duplicate_key", en: "the key stands twice", zh: "按键重复" };
const UNREACHABLE: Fault =
    Fault { code: "flow.unreachable", en: "no path leads to this node", zh: "没有路径到达此节点" };

struct Faults<'a> {
    known: &'a Known<'a>,
    flow: &'a FlowInput,
    details: Vec<ErrorDetail>,
}

impl Faults<'_> {
    fn error(&mut self, node: &str, field: &str, fault: &Fault) {
        self.add(node, field, (Severity::Error, fault));
    }

    fn warning(&mut self, node: &str, field: &str, fault: &Fault) {
        self.add(node, field, (Severity::Warning, fault));
    }

    fn add(&mut self, node: &str, field: &str, (severity, fault): (Severity, &Fault)) {
        self.add_about(node, field, (severity, fault, ""));
    }

    fn add_about(&mut self, node: &str, field: &str, (severity, fault, about): (Severity, &Fault, &str)) {
        let text = match self.known.language {
            Language::Chinese => fault.zh,
            Language::English => fault.en,
        };
        let text = match (about.is_empty(), self.known.language) {
            (true, Language::Chinese | Language::English) => text.to_owned(),
            (false, Language::Chinese) => format!("{text}：{about}"),
            (false, Language::English) => format!("{text}: {about}"),
        };
        self.details.push(ErrorDetail {
            node: node.to_owned(),
            field: field.to_owned(),
            severity,
            code: fault.code.to_owned(),
            message: text,
        });
    }

    fn step(&mut self, name: &str, node: &FlowNodeView) {
        match &node.step {
            StepView::Prompt { sound, times, interruptible: _, next } => {
                self.sound(name, "sound", Some(*sound));
                self.range(name, "times", (*times, 1..=10));
                self.target(name, "next", next);
            }
            StepView::Branch { prompt, timeout_s, timeout_prompt, invalid_prompt, max_errors, keys } => {
                self.sound(name, "prompt", Some(*prompt));
                self.sound(name, "timeout_prompt", *timeout_prompt);
                self.sound(name, "invalid_prompt", *invalid_prompt);
                self.range(name, "timeout_s", (*timeout_s, 1..=120));
                self.range(name, "max_errors", (*max_errors, 1..=10));
                self.keys(name, keys);
            }
            StepView::ToAgent { group, prompt, music, max_wait_s, timeout_prompt, nobody_prompt, failure } => {
                if !self.known.settings.skill_groups.contains_key(&SkillGroupId(*group)) {
                    self.error(name, "group", &GROUP);
                }
                self.sound(name, "prompt", *prompt);
                self.sound(name, "music", *music);
                self.sound(name, "timeout_prompt", *timeout_prompt);
                self.sound(name, "nobody_prompt", *nobody_prompt);
                self.range(name, "max_wait_s", (*max_wait_s, 1..=3_600));
                if let Some(failure) = failure {
                    self.target(name, "failure", failure);
                }
            }
            StepView::End { prompt } => self.sound(name, "prompt", *prompt),
        }
    }

    fn sound(&mut self, node: &str, field: &str, sound: Option<u64>) {
        let missing = sound.filter(|sound| !self.known.settings.sounds.contains_key(&SoundFileId(*sound)));
        if let Some(missing) = missing {
            self.add_about(node, field, (Severity::Error, &SOUND, &missing.to_string()));
        }
    }

    fn target(&mut self, node: &str, field: &str, target: &str) {
        if !self.flow.nodes.contains_key(target) {
            let shown: String = target.chars().take(checks::MAX_NAME_CHARS).collect();
            self.add_about(node, field, (Severity::Error, &TARGET, &shown));
        }
    }

    fn range(&mut self, node: &str, field: &str, (value, bounds): (u32, RangeInclusive<u32>)) {
        if !bounds.contains(&value) {
            self.error(node, field, &RANGE);
        }
    }

    fn keys(&mut self, name: &str, keys: &[BranchKeyView]) {
        if keys.is_empty() {
            self.error(name, "keys", &NO_KEYS);
        }
        let mut seen = BTreeSet::new();
        // There are twelve keys; a longer list repeats one and says so once each.
        for (at, key) in keys.iter().enumerate().take(100) {
            let field = format!("keys[{at}]");
            if !matches!(key.key, '0'..='9' | '*' | '#') {
                self.error(name, &format!("{field}.key"), &BAD_KEY);
            }
            if !seen.insert(key.key) {
                self.error(name, &format!("{field}.key"), &TWICE);
            }
            if !checks::is_optional_name(&key.label) {
                self.error(name, &format!("{field}.label"), &LABEL);
            }
            self.target(name, &format!("{field}.next"), &key.next);
        }
    }
}

/// Nodes that no path from the start reaches.
fn unreachable(flow: &FlowInput) -> Vec<String> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![flow.start.as_str()];
    while let Some(name) = ahead.pop() {
        if let Some(node) = flow.nodes.get(name)
            && reached.insert(name)
        {
            ahead.extend(exits(&node.step));
        }
    }
    flow.nodes.keys().filter(|name| !reached.contains(name.as_str())).cloned().collect()
}

fn exits(step: &StepView) -> Vec<&str> {
    match step {
        StepView::Prompt { next, .. } => vec![next],
        StepView::Branch { keys, .. } => keys.iter().map(|key| key.next.as_str()).collect(),
        StepView::ToAgent { failure, .. } => failure.iter().map(String::as_str).collect(),
        StepView::End { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use centre::SdkAppId;
    use centre::settings::{Application, DeskRules, SkillGroup, SoundFile};
    use std::collections::BTreeMap;

    fn settings() -> Settings {
        let sound = SoundFile { id: SoundFileId(1), name: "welcome".into(), duration_ms: 1_000 };
        let group = SkillGroup {
            id: SkillGroupId(7),
            name: "Sales".into(),
            kind: 0,
            max_concurrency: 1,
            alias: String::new(),
            last_agent_first: false,
            ring_all: false,
            modified_at: 0,
        };
        Settings {
            application: Application {
                id: SdkAppId(1_400_000_000),
                name: "A".into(),
                desk_rules: DeskRules::default(),
                outside_calls: Default::default(),
                phone_licences: None,
            },
            staff: BTreeMap::new(),
            skill_groups: BTreeMap::from([(group.id, group)]),
            trunks: BTreeMap::new(),
            phones: BTreeMap::new(),
            numbers: BTreeMap::new(),
            flows: BTreeMap::new(),
            sounds: BTreeMap::from([(sound.id, sound)]),
        }
    }

    fn flow(nodes: &str) -> FlowInput {
        serde_json::from_str(&format!(r#"{{"name":"F","start":"a","nodes":{nodes}}}"#)).unwrap()
    }

    /// `node.field code` of each fault.
    fn found(nodes: &str) -> Vec<String> {
        let settings = settings();
        faults(&flow(nodes), &Known { settings: &settings, language: Language::English })
            .iter()
            .map(|fault| format!("{}.{} {}", fault.node, fault.field, fault.code))
            .collect()
    }

    const SOUND_FLOW: &str = r#"{
        "a":{"label":"Menu","kind":"branch","prompt":1,"timeout_s":5,"max_errors":3,"keys":[{"key":"1","label":"Sales","next":"b"}]},
        "b":{"label":"Queue","kind":"to_agent","group":7,"max_wait_s":300,"music":1,"failure":"c"},
        "c":{"label":"Bye","kind":"end"}}"#;

    #[test]
    fn a_sound_flow_has_no_fault() {
        assert_eq!(found(SOUND_FLOW), Vec::<String>::new());
    }

    #[test]
    fn every_fault_is_found_and_named() {
        let table: [(&str, &str, &str); 10] = [
            (r#""next":"b""#, r#""next":"x""#, "a.keys[0].next flow.missing_target"),
            (r#""failure":"c""#, r#""failure":"x""#, "b.failure flow.missing_target"),
            (r#""prompt":1"#, r#""prompt":2"#, "a.prompt flow.missing_sound"),
            (r#""group":7"#, r#""group":8"#, "b.group flow.missing_group"),
            (r#""timeout_s":5"#, r#""timeout_s":0"#, "a.timeout_s flow.out_of_range"),
            (r#""max_errors":3"#, r#""max_errors":11"#, "a.max_errors flow.out_of_range"),
            (r#""max_wait_s":300"#, r#""max_wait_s":3601"#, "b.max_wait_s flow.out_of_range"),
            (r#""key":"1""#, r#""key":"x""#, "a.keys[0].key flow.bad_key"),
            (r#"{"key":"1""#, r#"{"key":"1","next":"b"},{"key":"1""#, "a.keys[1].key flow.duplicate_key"),
            (r#""keys":[{"key":"1","label":"Sales","next":"b"}]"#, r#""keys":[]"#, "a.keys flow.no_keys"),
        ];
        for (whole, broken, fault) in table {
            assert!(SOUND_FLOW.contains(whole), "{whole}");
            let found = found(&SOUND_FLOW.replacen(whole, broken, 1));
            assert!(found.iter().any(|one| one == fault), "{broken}: {found:?}");
        }
    }

    #[test]
    fn all_faults_are_listed_at_once_and_warnings_come_last() {
        let found = found(r#"{"z":{"kind":"end"},"b":{"kind":"prompt","sound":9,"times":0,"next":"q"}}"#);
        assert_eq!(
            found,
            [
                ".start flow.missing_target",
                "b.sound flow.missing_sound",
                "b.times flow.out_of_range",
                "b.next flow.missing_target",
                "b. flow.unreachable",
                "z. flow.unreachable",
            ]
        );
    }

    #[test]
    fn an_unreachable_node_only_warns() {
        let settings = settings();
        let flow = flow(r#"{"a":{"kind":"end"},"b":{"kind":"end"}}"#);
        let faults = faults(&flow, &Known { settings: &settings, language: Language::Chinese });
        assert_eq!(faults.len(), 1);
        assert!(!refuses(&faults));
    }
}
