//! The application that the stories play in: its people, groups, telephones, number
//! and flow.

use centre::settings::*;
use centre::{FlowId, NodeName, PhoneId, Pii, SdkAppId, SkillGroupId, SoundFileId, StaffId, TrunkId};

pub const APP: SdkAppId = SdkAppId(1_400_000_001);
pub const SALES: SkillGroupId = SkillGroupId(1);
pub const SERVICE: SkillGroupId = SkillGroupId(2);
pub const NUMBER: &str = "0086075512345678";

fn application() -> Application {
    Application {
        id: APP,
        name: "Shop".into(),
        desk_rules: DeskRules::default(),
        outside_calls: Default::default(),
        phone_licences: None,
    }
}

/// Alice and Bob in Sales, Bob and Carol in Service; a menu of two keys.
pub fn settings() -> Settings {
    let staff = |id: u64, name: &str, groups: &[SkillGroupId]| Staff {
        id: StaffId(id),
        user_id: format!("{name}@example.com"),
        name: name.to_owned(),
        nick: String::new(),
        staff_number: String::new(),
        phone: Pii::new(String::new()),
        role: Role::Agent,
        extension: None,
        mobile_call_out: false,
        mobile_accept: 0,
        forwarding: None,
        groups: groups.iter().map(|group| (*group, 3)).collect(),
        modified_at: 0,
    };
    let group = |id: SkillGroupId, name: &str| SkillGroup {
        id,
        name: name.to_owned(),
        kind: 0,
        max_concurrency: 1,
        alias: String::new(),
        last_agent_first: false,
        ring_all: false,
        modified_at: 0,
    };
    let people = [staff(1, "alice", &[SALES]), staff(2, "bob", &[SALES, SERVICE]), staff(3, "carol", &[SERVICE])];
    let trunk = Trunk {
        id: TrunkId(1),
        name: "carrier".into(),
        sources: vec!["127.0.0.0/8".parse().expect("a network")],
        max_calls: Some(3),
        enabled: true,
        rules: Default::default(),
        outward: Some(Outward {
            host: "127.0.0.9".into(),
            port: Some(5070),
            transport: sip::Transport::Udp,
            user: String::new(),
            password: Pii::default(),
            registers: false,
            caller_id: CallerId::From,
            rewrites: vec![Rewrite { prefix: "0086".into(), replacement: "0".into() }],
            asking: centre::settings::Asking::default(),
        }),
        modified_at: 0,
    };
    let number = |number: &str, flow: Option<FlowId>, state: u8| Number {
        number: number.to_owned(),
        trunk: TrunkId(1),
        flow,
        state,
        call_out_groups: vec![SALES],
        modified_at: 0,
    };
    let numbers = [number(NUMBER, Some(FlowId(1)), 1), number("4001", Some(FlowId(1)), 4), number("4002", None, 1)];
    Settings {
        application: application(),
        staff: people.into_iter().map(|staff| (staff.id, staff)).collect(),
        skill_groups: [group(SALES, "Sales"), group(SERVICE, "Service")].into_iter().map(|g| (g.id, g)).collect(),
        trunks: [(trunk.id, trunk)].into(),
        phones: [phone(71, "8001", Some(1)), phone(72, "8002", None), phone(73, "8003", Some(2))].into(),
        numbers: numbers.into_iter().map(|number| (number.number.clone(), number)).collect(),
        flows: [(FlowId(1), flow())].into(),
        sounds: (1..=9)
            .map(SoundFileId)
            .map(|id| (id, SoundFile { id, name: format!("s{id}"), duration_ms: 3_000 }))
            .collect(),
    }
}

fn phone(id: u64, extension: &str, agent: Option<u64>) -> (PhoneId, Phone) {
    let id = PhoneId(id);
    let phone = Phone {
        id,
        extension: extension.to_owned(),
        name: String::new(),
        password: Pii::new("secret".to_owned()),
        agent: agent.map(StaffId),
        enabled: true,
        modified_at: 0,
    };
    (id, phone)
}

pub fn node(step: Step) -> FlowNode {
    FlowNode { label: "label".into(), step }
}

pub fn to_agent(group: SkillGroupId, failure: Option<&str>) -> FlowNode {
    node(Step::ToAgent {
        group,
        prompt: None,
        music: Some(SoundFileId(5)),
        max_wait_s: 60,
        timeout_prompt: Some(SoundFileId(6)),
        nobody_prompt: Some(SoundFileId(7)),
        failure: failure.map(|name| NodeName(name.into())),
    })
}

fn flow() -> Flow {
    let name = |text: &str| NodeName(text.to_owned());
    let key = |key: char, label: &str, next: &str| BranchKey { key, label: label.into(), next: name(next) };
    let nodes = [
        (
            name("welcome"),
            node(Step::Prompt { sound: SoundFileId(1), times: 1, interruptible: true, next: name("menu") }),
        ),
        (
            name("menu"),
            node(Step::Branch {
                prompt: SoundFileId(2),
                timeout_s: 5,
                timeout_prompt: Some(SoundFileId(3)),
                invalid_prompt: Some(SoundFileId(4)),
                max_errors: 3,
                keys: vec![key('1', "sales", "sales"), key('2', "service", "service"), key('9', "nowhere", "nowhere")],
            }),
        ),
        (name("sales"), to_agent(SALES, None)),
        (name("service"), to_agent(SERVICE, Some("bye"))),
        (name("bye"), node(Step::End { prompt: Some(SoundFileId(8)) })),
    ];
    Flow { id: FlowId(1), name: "main".into(), version: 1, start: name("welcome"), nodes: nodes.into(), modified_at: 0 }
}
