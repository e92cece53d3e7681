//! Calls whose sound is WebRTC, as the node meets them: the media engine writes and reads
//! the descriptions, the node carries them and remembers what they are for.

#[allow(dead_code)]
#[path = "stories/stage.rs"]
mod stage;

use centre::desk::DeskCommand;
use centre::node::{Input, Node, NodeConfig, Output};
use centre::{Now, TrunkId};
use media::{Command, Event, LegFailure, LegId, Negotiation};
use std::time::Duration;

const OFFER: &str = "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nt=0 0\na=ice-ufrag:abcd\na=ice-pwd:0123456789012345678901\n\
                     a=fingerprint:sha-256 AA:BB\nm=audio 9 UDP/TLS/RTP/SAVPF 0\nc=IN IP4 0.0.0.0\na=sendrecv\n";

struct World {
    node: Node,
    now: Duration,
    flow: sip::Flow,
    sent: Vec<String>,
    commands: Vec<Command>,
}

impl World {
    fn new() -> World {
        let config = NodeConfig {
            seed: [9; 32],
            media_address: [192, 0, 2, 1].into(),
            digest: sip::DigestOffer::default(),
            media_address_v6: None,
            rtp_ports: (20_000, 20_009),
        };
        let node = Node::new(config, Now { mono: Duration::ZERO, wall_ms: 0 });
        let flow = sip::Flow {
            transport: sip::Transport::Wss,
            local: ([192, 0, 2, 1], 443).into(),
            remote: ([127, 0, 0, 9], 5070).into(),
            connection: 3,
        };
        let mut world = World { node, now: Duration::ZERO, flow, sent: Vec::new(), commands: Vec::new() };
        world.tell(Input::Settings { app: stage::APP, settings: Some(Box::new(stage::settings())) });
        world
    }

    /// A call that came in with WebRTC and is answered: its leg, and its To header.
    fn talking() -> (World, LegId, String) {
        let mut world = World::new();
        world.send(&request("INVITE", 1, &called(), OFFER));
        let leg = world.opened().expect("a leg is being opened");
        world.tell(Input::Media(Event::LegOpened { leg, answer: Some("v=0 our answer".into()) }));
        let answer = world.sent.last().expect("a 200");
        let to = answer.lines().find(|line| line.starts_with("To:")).expect("a To header").to_owned();
        world.send(&request("ACK", 1, &to, ""));
        world.commands.clear();
        (world, leg, to)
    }

    fn tell(&mut self, input: Input<'_>) {
        self.node.handle(input, Now { mono: self.now, wall_ms: self.now.as_millis() as i64 });
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Transmit { bytes, .. } => self.sent.push(String::from_utf8(bytes).expect("SIP is text")),
                Output::Media(command) => self.commands.push(command),
                Output::Record(_)
                | Output::Journal(_)
                | Output::Desk { .. }
                | Output::SoundAnswer { .. }
                | Output::DeskAnswer { .. }
                | Output::Log(_) => {}
            }
        }
    }

    fn send(&mut self, text: &str) {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        self.tell(Input::Received { flow: self.flow, bytes: &bytes });
    }

    fn negotiated(&mut self, leg: LegId, outcome: Negotiation) {
        self.tell(Input::Media(Event::Negotiated { leg, outcome }));
    }

    fn wait(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = at.max(self.now);
            self.tell(Input::Tick);
        }
        self.now = until;
    }

    fn opened(&self) -> Option<LegId> {
        self.commands.iter().rev().find_map(|command| match command {
            Command::OpenBrowser { leg, .. } | Command::OfferBrowser { leg } => Some(*leg),
            _ => None,
        })
    }

    fn closed(&self, leg: LegId) -> bool {
        self.commands.iter().any(|command| matches!(command, Command::Close { leg: closed } if *closed == leg))
    }

    fn last(&self) -> &str {
        self.sent.last().map_or("", String::as_str)
    }

    fn holds_nothing(&self) -> bool {
        let held = self.node.holdings();
        (held.lines, held.ports, held.dialogs) == (0, 0, 0)
    }
}

fn called() -> String {
    format!("To: <sip:{}@192.0.2.1>", stage::NUMBER)
}

fn request(method: &str, cseq: u32, to: &str, body: &str) -> String {
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    format!(
        "{method} sip:{}@192.0.2.1 SIP/2.0\nVia: SIP/2.0/WSS 127.0.0.9:5070;branch=z9hG4bK{method}{cseq}\n\
         Max-Forwards: 70\nFrom: <sip:13800138000@127.0.0.9>;tag=a1\n{to}\nCall-ID: c1@127.0.0.9\n\
         CSeq: {cseq} {method}\nContact: <sip:13800138000@127.0.0.9:5070;transport=ws>\n{content}Content-Length: {}\n\n{body}",
        stage::NUMBER,
        body.replace('\n', "\r\n").len(),
    )
}

#[test]
fn a_call_with_webrtc_is_answered_with_what_the_engine_wrote() {
    let (mut world, leg, to) = World::talking();
    let answer = world.sent.iter().find(|text| text.starts_with("SIP/2.0 200")).expect("a 200");
    assert!(answer.ends_with("v=0 our answer"), "{answer}");
    assert_eq!(world.node.holdings().ports, 0, "it needs no port of its own");
    world.send(&request("BYE", 2, &to, ""));
    assert!(world.closed(leg));
    world.wait(40);
    assert!(world.holds_nothing(), "{:?}", world.node.holdings());
}

#[test]
fn an_offer_that_the_engine_cannot_read_is_refused_with_488() {
    let mut world = World::new();
    world.send(&request("INVITE", 1, &called(), OFFER));
    let leg = world.opened().expect("a leg is being opened");
    let cause = LegFailure::BadOffer("no codec".into());
    world.tell(Input::Media(Event::LegFailed { leg, cause }));
    assert!(world.last().starts_with("SIP/2.0 488"), "{}", world.last());
    assert!(!world.closed(leg), "what never was is not closed");
    world.send(&request("ACK", 1, &called(), ""));
    world.wait(40);
    assert!(world.holds_nothing(), "{:?}", world.node.holdings());
}

#[test]
fn a_hold_goes_to_the_engine_and_its_answer_goes_back() {
    let (mut world, leg, to) = World::talking();
    let hold = OFFER.replace("sendrecv", "sendonly");
    world.send(&request("INVITE", 2, &to, &hold));
    let asked = world.commands.iter().any(|command| {
        matches!(command, Command::AnswerBrowser { leg: of, offer } if *of == leg && offer.contains("a=sendonly"))
    });
    assert!(asked, "{:?}", world.commands);
    assert!(world.last().starts_with("SIP/2.0 100"), "{}", world.last());
    world.negotiated(leg, Negotiation::Answered("v=0 held".into()));
    assert!(world.last().starts_with("SIP/2.0 200") && world.last().ends_with("v=0 held"), "{}", world.last());
    world.send(&request("ACK", 2, &to, ""));
    // One that the engine refuses is refused, and the call goes on.
    world.send(&request("INVITE", 3, &to, OFFER));
    world.negotiated(leg, Negotiation::Refused("another certificate".into()));
    assert!(world.last().starts_with("SIP/2.0 488"), "{}", world.last());
    assert!(!world.closed(leg));
    world.send(&request("ACK", 3, &to, ""));
    // A re-INVITE without an offer is answered with ours, and its ACK with an answer to that.
    world.send(&request("INVITE", 4, &to, ""));
    world.negotiated(leg, Negotiation::Offered("v=0 what stands".into()));
    assert!(world.last().ends_with("v=0 what stands"), "{}", world.last());
    world.send(&request("ACK", 4, &to, OFFER));
    let taken =
        world.commands.iter().any(|command| matches!(command, Command::AcceptBrowser { leg: of, .. } if *of == leg));
    assert!(taken, "{:?}", world.commands);
}

#[test]
fn a_page_whose_sound_is_lost_is_asked_whether_it_is_there() {
    let (mut world, leg, _) = World::talking();
    world.tell(Input::Media(Event::BrowserLost { leg }));
    assert!(world.last().starts_with("OPTIONS"), "{}", world.last());
    world.wait(80);
    assert!(world.closed(leg), "nobody answered");
    assert!(world.holds_nothing(), "{:?}", world.node.holdings());
}

/// An agent calls out, by a flow to a WebSocket client: the leg whose offer is awaited.
fn calling(world: &mut World) -> LegId {
    let (app, agent) = (stage::APP, stage::agent("alice"));
    world.tell(Input::TrunkAddresses { trunk: TrunkId(1), flows: vec![world.flow] });
    world.tell(Input::Page { app, agent, page: 1, connected: true });
    let offer = DeskCommand::OfferSound { sdp: "offer".into() };
    world.tell(Input::Desk { app, agent, ticket: 1, command: offer });
    let seat = world.opened().expect("the agent's leg");
    world.tell(Input::Media(Event::LegOpened { leg: seat, answer: Some("answer".into()) }));
    world.tell(Input::Media(Event::BrowserConnected { leg: seat }));
    let call = DeskCommand::Call { to: "+86 138 0013 8000".into(), from: None };
    world.tell(Input::Desk { app, agent, ticket: 2, command: call });
    let leg = world.opened().filter(|leg| *leg != seat).expect("an offer is asked for");
    world.tell(Input::Media(Event::LegOpened { leg, answer: Some("v=0 our offer".into()) }));
    assert!(world.last().starts_with("INVITE") && world.last().ends_with("v=0 our offer"), "{}", world.last());
    leg
}

fn answered(world: &mut World) {
    let invite = world.last().to_owned();
    let same = |name: &str| invite.lines().find(|line| line.starts_with(name)).expect("a header").to_owned();
    let headers = [same("Via:"), same("From:"), format!("{};tag=b1", same("To:")), same("Call-ID:"), same("CSeq:")];
    let length = OFFER.replace('\n', "\r\n").len();
    world.send(&format!(
        "SIP/2.0 200 OK\n{}\nContact: <sip:x@127.0.0.9>\nContent-Type: application/sdp\nContent-Length: {length}\n\n{OFFER}",
        headers.join("\n")
    ));
}

#[test]
fn a_call_to_a_page_stands_once_the_engine_took_its_answer() {
    let mut world = World::new();
    let leg = calling(&mut world);
    answered(&mut world);
    let bridged = |world: &World| world.commands.iter().any(|command| matches!(command, Command::Bridge { .. }));
    assert!(!bridged(&world), "its answer is not read yet");
    world.negotiated(leg, Negotiation::Accepted);
    assert!(bridged(&world));
    assert_eq!(world.node.figures().calls, 1);
}

#[test]
fn a_page_with_an_answer_that_does_not_fit_is_hung_up_on() {
    let mut world = World::new();
    let leg = calling(&mut world);
    answered(&mut world);
    world.negotiated(leg, Negotiation::Refused("no codec".into()));
    assert!(world.last().starts_with("BYE"), "{}", world.last());
    assert!(world.closed(leg));
}
