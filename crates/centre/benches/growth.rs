//! Whether a call costs the same in a small house and in a big one: whole calls
//! through the node (INVITE, menu, key, queue, offer, answer, hang-up, wrap-up),
//! once with more and more agents ready, once with more and more calls standing.
//! What the carrier and the pages do in between costs a little too, always the same.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures with the clock of the machine")]

use centre::desk::{DeskCommand, DeskPresence};
use centre::node::{Input, Node, NodeConfig, Output};
use centre::settings::*;
use centre::{FlowId, NodeName, Now, Pii, SdkAppId, SkillGroupId, SoundFileId, StaffId, TrunkId};
use media::{Command, Event};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

const APP: SdkAppId = SdkAppId(1_400_000_001);
const GROUP: SkillGroupId = SkillGroupId(1);
const NUMBER: &str = "0086075512345678";
/// Agents who are free when calls stand: enough that none of the measured ones waits.
const FREE: u64 = 100;
/// Time between two calls: fifty a second, so that their wrap-ups of a second overlap.
const BETWEEN: Duration = Duration::from_millis(20);
/// Calls that are measured for one figure.
const MEASURED: u32 = 2_000;
/// How long the house rests before it is measured: longer than SIP remembers a transaction that is over
/// (RFC 3261 §17: 32 s), so that no call pays for putting away what the calls before it left.
const RESTS: Duration = Duration::from_secs(40);

fn main() {
    let mut first = None;
    for agents in [100, 1_000, 10_000] {
        figure(&format!("{agents} agents ready"), House::new(agents), &mut first);
    }
    let mut first = None;
    for standing in [100, 1_000, 4_900] {
        let mut house = House::new(standing + FREE);
        for call in 0..standing {
            house.call(call);
        }
        assert_eq!(house.node.figures().calls, standing, "all stand");
        figure(&format!("{standing} calls standing"), house, &mut first);
    }
}

fn figure(name: &str, mut house: House, first: &mut Option<f64>) {
    let before = house.node.figures().calls;
    house.rest();
    for call in 0..MEASURED / 10 {
        house.whole_call(u64::from(call) + 100_000);
    }
    let start = Instant::now();
    for call in 0..MEASURED {
        house.whole_call(u64::from(call) + 200_000);
    }
    let cost = start.elapsed().as_secs_f64() / f64::from(MEASURED);
    assert_eq!(house.node.figures().calls, before, "all that began are over");
    let first = *first.get_or_insert(cost);
    println!("bench: growth: a call with {name}\t{:.1}\tus\t{:.2} x the first", cost * 1e6, cost / first);
}

/// A node, and everybody around it who answers at once.
struct House {
    node: Node,
    now: Duration,
    inbox: VecDeque<Event>,
    texts: VecDeque<String>,
    desks: VecDeque<(StaffId, DeskCommand)>,
    to: String,
    ticket: u64,
}

impl House {
    fn new(agents: u64) -> House {
        let config = NodeConfig {
            seed: [9; 32],
            media_address: [192, 0, 2, 1].into(),
            digest: sip::DigestOffer::default(),
            media_address_v6: None,
            rtp_ports: (20_000, 59_999),
        };
        let node = Node::new(config, Now { mono: Duration::ZERO, wall_ms: 0 });
        let (inbox, texts, desks) = Default::default();
        let mut house = House { node, now: Duration::ZERO, inbox, texts, desks, to: String::new(), ticket: 0 };
        house.tell(Input::Settings { app: APP, settings: Some(Box::new(settings(agents))) });
        for agent in 1..=agents {
            house.tell(Input::Page { app: APP, agent: StaffId(agent), page: 1, connected: true });
            house.ask(StaffId(agent), DeskCommand::OfferSound { sdp: "v=0".into() });
            house.everybody_answers();
        }
        house
    }

    fn whole_call(&mut self, number: u64) {
        self.call(number);
        let bye = request("BYE", (number, 2), &self.to, "");
        self.receive(&bye);
        self.now += BETWEEN;
        self.tick();
    }

    /// Nobody calls for a while.
    fn rest(&mut self) {
        let until = self.now + RESTS;
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = at.max(self.now);
            self.tick();
        }
        self.now = until;
    }

    fn tick(&mut self) {
        while self.node.poll_timeout().is_some_and(|(at, _)| at <= self.now) {
            self.tell(Input::Tick);
        }
        self.everybody_answers();
    }

    /// A call until its talk.
    fn call(&mut self, number: u64) {
        self.now += Duration::from_millis(1);
        let offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\n\
                     a=rtpmap:101 telephone-event/8000\r\n";
        self.receive(&request("INVITE", (number, 1), &format!("To: <sip:{NUMBER}@192.0.2.1>"), offer));
        self.everybody_answers();
        let ack = request("ACK", (number, 1), &self.to, "");
        self.receive(&ack);
        self.everybody_answers();
    }

    fn receive(&mut self, text: &str) {
        let flow = sip::Flow {
            transport: sip::Transport::Udp,
            local: ([192, 0, 2, 1], 5060).into(),
            remote: ([127, 0, 0, 9], 5070).into(),
            connection: 0,
        };
        self.tell(Input::Received { flow, bytes: text.as_bytes() });
    }

    fn ask(&mut self, agent: StaffId, command: DeskCommand) {
        self.ticket += 1;
        self.tell(Input::Desk { app: APP, agent, ticket: self.ticket, command });
    }

    fn everybody_answers(&mut self) {
        loop {
            if let Some(event) = self.inbox.pop_front() {
                self.tell(Input::Media(event));
            } else if let Some((agent, command)) = self.desks.pop_front() {
                self.ask(agent, command);
            } else if let Some(text) = self.texts.pop_front() {
                self.remember(&text);
            } else {
                return;
            }
        }
    }

    fn remember(&mut self, text: &str) {
        if text.starts_with("SIP/2.0 200") && text.contains("INVITE\r\n") {
            self.to = text.lines().find(|line| line.starts_with("To:")).expect("a To header").to_owned();
        }
    }

    fn tell(&mut self, input: Input<'_>) {
        self.node.handle(input, Now { mono: self.now, wall_ms: self.now.as_millis() as i64 });
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Transmit { bytes, .. } => {
                    self.texts.push_back(String::from_utf8(bytes).expect("SIP is text"));
                }
                Output::Media(Command::OpenPlain { leg, .. }) => {
                    self.inbox.push_back(Event::LegOpened { leg, answer: None });
                }
                Output::Media(Command::OpenBrowser { leg, .. }) => {
                    self.inbox.push_back(Event::LegOpened { leg, answer: Some("v=0".into()) });
                    self.inbox.push_back(Event::BrowserConnected { leg });
                }
                // The menu speaks: its key is pressed at once.
                Output::Media(Command::Play { leg, .. }) => self.inbox.push_back(Event::Digit { leg, digit: '1' }),
                Output::Desk { desk, .. } => {
                    if let DeskPresence::Offered { offer, .. } = desk.presence {
                        self.desks.push_back((desk.agent, DeskCommand::Accept { offer }));
                    }
                }
                _ => {}
            }
        }
    }
}

fn request(method: &str, (call, sequence): (u64, u32), to: &str, body: &str) -> String {
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} sip:{NUMBER}@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9:5070;branch=z9hG4bK{call}{method}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:13800138000@127.0.0.9>;tag=a{call}\r\n{to}\r\nCall-ID: {call}@127.0.0.9\r\n\
         CSeq: {sequence} {method}\r\nContact: <sip:13800138000@127.0.0.9:5070>\r\n{content}Content-Length: {}\r\n\r\n{body}",
        body.len(),
    )
}

fn settings(agents: u64) -> Settings {
    let name = |text: &str| NodeName(text.to_owned());
    let menu = Step::Branch {
        prompt: SoundFileId(1),
        timeout_s: 10,
        timeout_prompt: None,
        invalid_prompt: None,
        max_errors: 3,
        keys: vec![BranchKey { key: '1', label: "Sales".into(), next: name("sales") }],
    };
    let to_agent = Step::ToAgent {
        group: GROUP,
        prompt: None,
        music: None,
        max_wait_s: 60,
        timeout_prompt: None,
        nobody_prompt: None,
        failure: None,
    };
    let nodes = [("menu", menu), ("sales", to_agent)]
        .map(|(node, step)| (name(node), FlowNode { label: node.to_owned(), step }));
    let desk_rules = DeskRules { wrap_up_s: 1, ..DeskRules::default() };
    let flow = Flow {
        id: FlowId(1),
        name: "Flow".into(),
        version: 1,
        start: name("menu"),
        nodes: BTreeMap::from(nodes),
        modified_at: 0,
    };
    let number = Number {
        number: NUMBER.into(),
        trunk: TrunkId(1),
        flow: Some(FlowId(1)),
        state: 1,
        call_out_groups: Vec::new(),
        modified_at: 0,
    };
    Settings {
        application: Application { id: APP, name: "Growth".into(), desk_rules, phone_licences: None },
        staff: (1..=agents).map(|id| (StaffId(id), person(id))).collect(),
        skill_groups: [(GROUP, group())].into(),
        trunks: [(TrunkId(1), trunk())].into(),
        phones: [].into(),
        numbers: [(NUMBER.to_owned(), number)].into(),
        flows: [(FlowId(1), flow)].into(),
        sounds: [(SoundFileId(1), SoundFile { id: SoundFileId(1), name: "menu".into(), duration_ms: 3_000 })].into(),
    }
}

fn person(id: u64) -> Staff {
    Staff {
        id: StaffId(id),
        user_id: format!("agent{id}@example.com"),
        name: format!("Agent {id}"),
        nick: String::new(),
        staff_number: id.to_string(),
        phone: Pii::new(String::new()),
        role: Role::Agent,
        extension: None,
        mobile_call_out: false,
        mobile_accept: 0,
        forwarding: None,
        groups: [(GROUP, 1)].into(),
        modified_at: 0,
    }
}

fn group() -> SkillGroup {
    SkillGroup {
        id: GROUP,
        name: "Sales".into(),
        kind: 0,
        max_concurrency: 1,
        alias: String::new(),
        last_agent_first: false,
        ring_all: false,
        modified_at: 0,
    }
}

fn trunk() -> Trunk {
    Trunk {
        id: TrunkId(1),
        name: "carrier".into(),
        sources: vec!["127.0.0.0/8".parse().expect("a network")],
        max_calls: None,
        enabled: true,
        rules: TrunkRules::default(),
        outward: None,
        modified_at: 0,
    }
}
