//! The settings of the world's one application, and how an administrator
//! changes them while calls go on.

use crate::luck::Luck;
use centre::settings::*;
use centre::{FlowId, NodeName, Pii, SdkAppId, SkillGroupId, SoundFileId, StaffId, TrunkId};
use std::net::{IpAddr, SocketAddr};

pub(crate) const APP: SdkAppId = SdkAppId(1_400_000_001);
pub(crate) const NUMBER: &str = "0086075512345678";
pub(crate) const CARRIERS: u8 = 2;
const SALES: SkillGroupId = SkillGroupId(1);
const SERVICE: SkillGroupId = SkillGroupId(2);

/// Where the node is.
pub(crate) fn node_address() -> SocketAddr {
    (IpAddr::from([192, 0, 2, 1]), 5060).into()
}

/// Where a carrier is.
pub(crate) fn carrier_address(carrier: u8) -> SocketAddr {
    (IpAddr::from([198, 51, 100, 10 + carrier]), 5060).into()
}

/// Lengths of the sounds, in milliseconds; id 1 is the first.
pub(crate) const SOUNDS_MS: [u64; 8] = [3_000, 5_000, 2_000, 2_500, 20_000, 3_000, 3_500, 2_000];

/// The settings at the beginning.
pub(crate) fn settings(agents: u64) -> Settings {
    let staff = (1..=agents).map(|id| person(id, agents)).map(|staff| (staff.id, staff)).collect();
    let trunks = (0..CARRIERS).map(trunk).map(|trunk| (trunk.id, trunk)).collect();
    let number = Number {
        number: NUMBER.to_owned(),
        trunk: TrunkId(1),
        flow: Some(FlowId(1)),
        state: 1,
        call_out_groups: vec![SALES, SERVICE],
        modified_at: 0,
    };
    let sounds = (1..).zip(SOUNDS_MS).map(|(id, duration_ms)| {
        let id = SoundFileId(id);
        (id, SoundFile { id, name: format!("sound {id}"), duration_ms })
    });
    Settings {
        application: Application {
            id: APP,
            name: "Town".to_owned(),
            desk_rules: DeskRules::default(),
            outside_calls: Default::default(),
            phone_licences: None,
        },
        staff,
        skill_groups: [group(SALES, "Sales"), group(SERVICE, "Service")].into_iter().map(|g| (g.id, g)).collect(),
        trunks,
        phones: [].into(),
        numbers: [(NUMBER.to_owned(), number)].into(),
        flows: [(FlowId(1), flow())].into(),
        sounds: sounds.collect(),
    }
}

/// An administrator does something. What was done is said in a few words.
pub(crate) fn change(settings: &mut Settings, luck: &mut Luck, agents: u64) -> &'static str {
    let rules = &mut settings.application.desk_rules;
    match luck.below(7) {
        0 => {
            rules.ring_timeout_s = 5 + luck.below(20) as u32;
            "ring timeout"
        }
        1 => {
            rules.wrap_up_s = [0, 5, 10, 30][luck.below(4) as usize];
            "wrap-up"
        }
        2 => {
            let id = 1 + luck.below(agents);
            match settings.staff.remove(&StaffId(id)) {
                Some(_) => "somebody was removed",
                None => {
                    settings.staff.insert(StaffId(id), person(id, agents));
                    "somebody was hired"
                }
            }
        }
        3 => {
            let group = *luck.pick(&[SALES, SERVICE]);
            if let Some(staff) = settings.staff.get_mut(&StaffId(1 + luck.below(agents))) {
                let had = staff.groups.remove(&group).is_some();
                if !had {
                    staff.groups.insert(group, 3);
                }
            }
            "somebody's groups"
        }
        4 => {
            let group = *luck.pick(&[SALES, SERVICE]);
            let mut had = false;
            for staff in settings.staff.values_mut() {
                had |= staff.groups.remove(&group).is_some();
            }
            if had {
                return "everybody lost a group";
            }
            for staff in settings.staff.values_mut() {
                staff.groups.insert(group, 3);
            }
            "everybody got a group"
        }
        5 => {
            let (id, duration_ms) = *luck.pick(&[(SoundFileId(5), SOUNDS_MS[4]), (SoundFileId(6), SOUNDS_MS[5])]);
            match settings.sounds.remove(&id) {
                Some(_) => "a sound was deleted",
                None => {
                    settings.sounds.insert(id, SoundFile { id, name: format!("sound {id}"), duration_ms });
                    "a sound came back"
                }
            }
        }
        _ => {
            for flow in settings.flows.values_mut() {
                flow.version += 1;
            }
            "the flow was published again"
        }
    }
}

fn person(id: u64, agents: u64) -> Staff {
    let groups = if id * 2 <= agents { vec![SALES, SERVICE] } else { vec![SERVICE] };
    // With two agents both serve both groups, as in the demo.
    let groups = if agents <= 2 { vec![SALES, SERVICE] } else { groups };
    Staff {
        id: StaffId(id),
        user_id: format!("agent{id}@example.com"),
        name: format!("Agent {id}"),
        nick: String::new(),
        staff_number: String::new(),
        phone: Pii::new(String::new()),
        role: Role::Agent,
        extension: None,
        mobile_call_out: false,
        mobile_accept: 0,
        forwarding: None,
        groups: groups.into_iter().map(|group| (group, 3)).collect(),
        modified_at: 0,
    }
}

fn group(id: SkillGroupId, name: &str) -> SkillGroup {
    SkillGroup {
        id,
        name: name.to_owned(),
        kind: 0,
        max_concurrency: 1,
        alias: String::new(),
        last_agent_first: false,
        ring_all: false,
        modified_at: 0,
    }
}

fn trunk(carrier: u8) -> Trunk {
    let id = TrunkId(1 + u64::from(carrier));
    Trunk {
        id,
        name: format!("Carrier {carrier}"),
        sources: vec![carrier_address(carrier).ip().into()],
        max_calls: Some(150),
        enabled: true,
        rules: Default::default(),
        outward: Some(Outward {
            host: carrier_address(carrier).ip().to_string(),
            port: Some(carrier_address(carrier).port()),
            transport: sip::Transport::Udp,
            user: String::new(),
            password: Pii::default(),
            registers: false,
            caller_id: CallerId::From,
            rewrites: Vec::new(),
            asking: centre::settings::Asking::default(),
        }),
        modified_at: 0,
    }
}

fn flow() -> Flow {
    let name = |text: &str| NodeName(text.to_owned());
    let node = |label: &str, step| (name(label), FlowNode { label: label.to_owned(), step });
    let to_agent = |group, failure: Option<&str>| Step::ToAgent {
        group,
        prompt: Some(SoundFileId(8)),
        music: Some(SoundFileId(5)),
        max_wait_s: 90,
        timeout_prompt: Some(SoundFileId(6)),
        nobody_prompt: Some(SoundFileId(7)),
        failure: failure.map(name),
    };
    let key = |key, label: &str| BranchKey { key, label: label.to_owned(), next: name(label) };
    let menu = Step::Branch {
        prompt: SoundFileId(2),
        timeout_s: 6,
        timeout_prompt: Some(SoundFileId(3)),
        invalid_prompt: Some(SoundFileId(4)),
        max_errors: 3,
        keys: vec![key('1', "sales"), key('2', "service"), key('3', "bye"), key('4', "broken")],
    };
    let nodes = [
        node("welcome", Step::Prompt { sound: SoundFileId(1), times: 1, interruptible: true, next: name("menu") }),
        node("menu", menu),
        node("sales", to_agent(SALES, Some("service"))),
        node("service", to_agent(SERVICE, None)),
        node("bye", Step::End { prompt: Some(SoundFileId(8)) }),
        node("broken", Step::Prompt { sound: SoundFileId(99), times: 1, interruptible: false, next: name("nowhere") }),
    ];
    Flow {
        id: FlowId(1),
        name: "Town".to_owned(),
        version: 1,
        start: name("welcome"),
        nodes: nodes.into_iter().collect(),
        modified_at: 0,
    }
}
