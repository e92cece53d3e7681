//! The node as carriers know it outside of calls: who answers our questions, and what
//! becomes of calls when nobody does.

#[allow(dead_code)]
#[path = "stories/stage.rs"]
mod stage;

use centre::desk::DeskCommand;
use centre::node::{Input, Node, NodeConfig, Output, TrunkCondition};
use centre::settings::{AskWhen, Settings};
use centre::{Now, SdkAppId, TrunkId};
use media::{Command, Event, LegId};
use sip::Flow;
use std::collections::BTreeSet;
use std::time::Duration;

const APP: SdkAppId = stage::APP;
const TRUNK: TrunkId = TrunkId(1);

/// A house with one trunk, and gateways of which some answer OPTIONS.
struct House {
    node: Node,
    now: Duration,
    /// Those that answer.
    alive: BTreeSet<Flow>,
    asked: Vec<Flow>,
    invited: Vec<String>,
    commands: Vec<Command>,
    ends: Vec<String>,
    answers: Vec<String>,
}

fn gateway(last: u8) -> Flow {
    Flow {
        transport: sip::Transport::Udp,
        local: ([192, 0, 2, 1], 5060).into(),
        remote: ([127, 0, 0, last], 5070).into(),
        connection: 0,
    }
}

fn settings(change: impl Fn(&mut centre::settings::Trunk)) -> Settings {
    let mut settings = stage::settings();
    settings.trunks.values_mut().for_each(change);
    settings
}

fn asked(when: AskWhen) -> Settings {
    settings(|trunk| trunk.outward.as_mut().expect("it carries calls out").asking.when = when)
}

impl House {
    fn with(settings: Settings) -> House {
        let now = Now { mono: Duration::ZERO, wall_ms: 0 };
        let config = NodeConfig {
            seed: [9; 32],
            media_address: [192, 0, 2, 1].into(),
            digest: sip::DigestOffer::default(),
            media_address_v6: None,
            rtp_ports: (20_000, 20_009),
        };
        let node = Node::new(config, now);
        let (now, alive) = (Duration::ZERO, BTreeSet::new());
        let (asked, invited, commands, ends, answers) = Default::default();
        let mut house = House { node, now, alive, asked, invited, commands, ends, answers };
        house.tell(Input::Settings { app: APP, settings: Some(Box::new(settings)) });
        house
    }

    fn tell(&mut self, input: Input<'_>) {
        self.node.handle(input, Now { mono: self.now, wall_ms: self.now.as_millis() as i64 });
        let mut answers = Vec::new();
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Transmit { flow, bytes } => {
                    let text = String::from_utf8(bytes).expect("SIP is text");
                    if text.starts_with("INVITE") {
                        self.invited.push(text);
                    } else if text.starts_with("OPTIONS") {
                        self.asked.push(flow);
                        answers.extend(self.alive.contains(&flow).then(|| (flow, answer(&text))));
                    } else if text.starts_with("SIP/2.0") {
                        self.answers.push(text);
                    }
                }
                Output::Media(command) => self.commands.push(command),
                Output::Record(record) => self.ends.push(record.cause.clone().unwrap_or_default()),
                Output::Journal(_)
                | Output::Desk { .. }
                | Output::SoundAnswer { .. }
                | Output::DeskAnswer { .. }
                | Output::Log(_) => {}
            }
        }
        for (flow, text) in answers {
            self.now += Duration::from_millis(20);
            self.tell(Input::Received { flow, bytes: text.as_bytes() });
        }
    }

    fn wait(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = at.max(self.now);
            self.tell(Input::Tick);
        }
        self.now = until;
    }

    fn condition(&self) -> TrunkCondition {
        self.node.trunk_standing(TRUNK).expect("it carries calls out").condition()
    }

    /// An agent calls a customer.
    fn dial(&mut self) {
        let (app, agent) = (APP, stage::agent("alice"));
        self.tell(Input::Page { app, agent, page: 1, connected: true });
        self.tell(Input::Desk { app, agent, ticket: 1, command: DeskCommand::OfferSound { sdp: "offer".into() } });
        let seat = self.commands.iter().find_map(|command| match command {
            Command::OpenBrowser { leg, .. } => Some(*leg),
            _ => None,
        });
        let seat = seat.expect("the agent's leg");
        self.tell(Input::Media(Event::LegOpened { leg: seat, answer: Some("answer".into()) }));
        self.tell(Input::Media(Event::BrowserConnected { leg: seat }));
        let call = DeskCommand::Call { to: "13800138000".into(), from: None };
        self.tell(Input::Desk { app, agent, ticket: 2, command: call });
        if let Some(leg) = self.opened() {
            self.tell(Input::Media(Event::LegOpened { leg, answer: None }));
        }
    }

    fn opened(&self) -> Option<LegId> {
        self.commands.iter().find_map(|command| match command {
            Command::OpenPlain { leg, .. } => Some(*leg),
            _ => None,
        })
    }
}

fn answer(request: &str) -> String {
    let same = |name: &str| request.lines().find(|line| line.starts_with(name)).expect("a header");
    let headers = [same("Via:"), same("From:"), same("Call-ID:"), same("CSeq:")].join("\r\n");
    format!("SIP/2.0 200 OK\r\n{headers}\r\n{};tag=g\r\nContent-Length: 0\r\n\r\n", same("To:"))
}

#[test]
fn a_call_goes_to_the_address_that_answers_first() {
    let mut house = House::with(asked(AskWhen::Always));
    house.alive.insert(gateway(8));
    house.tell(Input::TrunkAddresses { trunk: TRUNK, flows: vec![gateway(7), gateway(8)] });
    assert_eq!(house.asked, [gateway(7), gateway(8)], "each address is asked");
    assert_eq!(house.condition(), TrunkCondition::Answers);
    house.wait(150);
    let standing = house.node.trunk_standing(TRUNK).expect("it is known").clone();
    assert!(standing.is_silent_at(gateway(7)), "{standing:?}");
    let round_trip = Duration::from_millis(20);
    assert_eq!(standing.addresses[1].state, Some(sip::AddressState::Answers { round_trip }));
    assert_eq!(house.node.trunk_standings(APP), [(TRUNK, standing)]);
    assert_eq!(house.node.figures().trunks.0.iter().sum::<u64>(), 1);
    house.dial();
    let via = |at: usize| house.invited[at].lines().next().unwrap_or_default().to_owned();
    assert_eq!(house.invited.len(), 1, "{:?}", house.ends);
    assert!(via(0).starts_with("INVITE sip:"), "{}", via(0));
    // The silent one is only asked when the other one has no room.
    let busy = answer(&house.invited[0]).replace("200 OK", "503 Busy");
    house.tell(Input::Received { flow: gateway(8), bytes: busy.as_bytes() });
    assert_eq!(house.invited.len(), 2);
}

#[test]
fn a_call_over_a_trunk_that_answers_nowhere_is_refused_at_once() {
    let mut house = House::with(asked(AskWhen::Always));
    house.tell(Input::TrunkAddresses { trunk: TRUNK, flows: vec![gateway(7), gateway(8)] });
    assert_eq!(house.condition(), TrunkCondition::Unknown, "nothing is known of it before");
    house.wait(150);
    assert_eq!(house.condition(), TrunkCondition::Unreachable);
    house.dial();
    assert_eq!((house.ends.as_slice(), house.opened()), (["trunk.unreachable".to_owned()].as_slice(), None));
    house.alive.insert(gateway(8));
    house.wait(40);
    assert_eq!(house.condition(), TrunkCondition::Answers);
}

#[test]
fn a_plain_carrier_is_asked_only_if_somebody_wants_it() {
    for (when, questions) in [(AskWhen::WhereRegistered, 0), (AskWhen::Never, 0), (AskWhen::Always, 1)] {
        let mut house = House::with(asked(when));
        house.alive.insert(gateway(7));
        house.tell(Input::TrunkAddresses { trunk: TRUNK, flows: vec![gateway(7)] });
        house.wait(20);
        assert_eq!(house.asked.len(), questions, "{when:?}");
    }
    let mut house = House::with(asked(AskWhen::Always));
    house.alive.insert(gateway(7));
    house.tell(Input::TrunkAddresses { trunk: TRUNK, flows: vec![gateway(7)] });
    house.tell(Input::Settings { app: APP, settings: Some(Box::new(asked(AskWhen::Never))) });
    assert_eq!(house.condition(), TrunkCondition::Unknown, "what is not asked is not known");
    let slow = settings(|trunk| {
        let outward = trunk.outward.as_mut().expect("it carries calls out");
        outward.asking = centre::settings::Asking { when: AskWhen::Always, every_s: 300 };
    });
    house.tell(Input::Settings { app: APP, settings: Some(Box::new(slow)) });
    let before = house.asked.len();
    house.wait(290);
    assert_eq!(house.asked.len(), before, "as often as it is set");
    house.wait(20);
    assert_eq!(house.asked.len(), before + 1);
}

/// A call of a carrier, with the proof of this password for the challenge, if there is one.
fn call(cseq: u32, (from, challenge, password): (Flow, &str, &str)) -> String {
    let uri = format!("sip:{}@192.0.2.1", stage::NUMBER);
    let proof = quoted(challenge, "nonce").map(|nonce| {
        let realm = quoted(challenge, "realm").expect("a realm");
        let secret = md5(&format!("carrier-7:{realm}:{password}"));
        let response = md5(&format!("{secret}:{nonce}:00000001:c:auth:{}", md5(&format!("INVITE:{uri}"))));
        format!(
            "Proxy-Authorization: Digest username=\"carrier-7\",realm=\"{realm}\",nonce=\"{nonce}\",uri=\"{uri}\",\
             response=\"{response}\",algorithm=MD5,qop=auth,nc=00000001,cnonce=\"c\"\r\n"
        )
    });
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    format!(
        "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bKi{cseq}\r\nMax-Forwards: 70\r\n\
         From: <sip:13800138000@carrier.example>;tag=a1\r\nTo: <{uri}>\r\nCall-ID: c1@carrier\r\n\
         CSeq: {cseq} INVITE\r\nContact: <sip:13800138000@{}>\r\n{}Content-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        from.remote,
        from.remote,
        proof.unwrap_or_default(),
        sdp.len()
    )
}

fn quoted<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(&format!("{name}=\"")).nth(1)?.split('"').next()
}

fn md5(text: &str) -> String {
    use md5::Digest;
    md5::Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_carrier_with_an_account_calls_only_with_its_password() {
    let account = |password: &str| {
        let password = centre::Pii::new(password.to_owned());
        Some(centre::settings::TrunkAccount { user: "carrier-7".into(), password })
    };
    // Known by its address and its password; and by the password alone, wherever it is.
    for sources in [vec!["127.0.0.0/8".parse().expect("a network")], Vec::new()] {
        let mut house = House::with(settings(|trunk| {
            trunk.sources = sources.clone();
            trunk.rules.account = account("a long password");
        }));
        let from = gateway(9);
        let mut says = |cseq, challenge: &str, password: &str| {
            let text = call(cseq, (from, challenge, password));
            house.tell(Input::Received { flow: from, bytes: text.as_bytes() });
            house.answers.iter().rev().find(|text| !text.starts_with("SIP/2.0 100")).cloned().unwrap_or_default()
        };
        let first = says(1, "", "");
        assert!(first.starts_with("SIP/2.0 407"), "its address is not enough: {first}");
        let second = says(2, &first, "a wrong password");
        assert!(second.starts_with("SIP/2.0 407"), "{second}");
        says(3, &second, "a long password");
        assert!(house.opened().is_some(), "{:?}", house.answers);
        let debug = format!("{:?}", house.node);
        assert!(!debug.contains("a long password"), "a password is printed");
    }
}
