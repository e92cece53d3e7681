//! The node as a carrier meets it: text in, text out. What the simulator's
//! well-behaved carriers never do is done here.

#[allow(dead_code)]
#[path = "../stories/stage.rs"]
mod stage;
mod transfers;

use centre::desk::DeskCommand;
use centre::node::{Input, Node, NodeConfig, Output};
use centre::settings::Protection;
use centre::{Now, SdkAppId};
use media::{Command, Event, LegId, PlainParams};
use std::time::Duration;

const APP: SdkAppId = stage::APP;

struct Carrier {
    node: Node,
    now: Duration,
    sent: Vec<String>,
    commands: Vec<Command>,
    ends: Vec<String>,
}

impl Carrier {
    fn new() -> Carrier {
        Carrier::under(Protection::Accepted)
    }

    /// A carrier whose trunk has this rule for its sound.
    fn under(protection: Protection) -> Carrier {
        let now = Now { mono: Duration::ZERO, wall_ms: 0 };
        let config = NodeConfig {
            seed: [9; 32],
            media_address: [192, 0, 2, 1].into(),
            digest: sip::DigestOffer::default(),
            media_address_v6: None,
            rtp_ports: (20_000, 20_009),
        };
        let node = Node::new(config, now);
        let mut carrier =
            Carrier { node, now: Duration::ZERO, sent: Vec::new(), commands: Vec::new(), ends: Vec::new() };
        let mut settings = stage::settings();
        settings.trunks.values_mut().for_each(|trunk| trunk.rules.protection = protection);
        carrier.tell(Input::Settings { app: APP, settings: Some(Box::new(settings)) });
        carrier
    }

    /// A call that is up, and its To header. What led there is forgotten, but for the leg.
    fn talking() -> (Carrier, String) {
        let mut carrier = Carrier::new();
        carrier.send(&invite(&sdp(8, "sendrecv")));
        let (leg, _, _) = carrier.opened().expect("a leg is being opened");
        carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
        let to = carrier.to();
        carrier.send(&request("ACK", 1, &to, ""));
        (carrier, to)
    }

    /// How the leg speaks since the last change, if it was changed at all.
    fn updated(&self) -> Option<PlainParams> {
        self.commands.iter().rev().find_map(|command| match command {
            Command::UpdatePlain { params, .. } => Some(*params),
            _ => None,
        })
    }

    fn tell(&mut self, input: Input<'_>) {
        let now = Now { mono: self.now, wall_ms: self.now.as_millis() as i64 };
        self.node.handle(input, now);
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Transmit { bytes, .. } => self.sent.push(String::from_utf8(bytes).expect("SIP is text")),
                Output::Media(command) => self.commands.push(command),
                Output::Record(record) => {
                    let status = record.end_status.map_or("open", |status| status.word());
                    self.ends.push(format!("{status} {}", record.cause.clone().unwrap_or_default()));
                }
                Output::Journal(_)
                | Output::Desk { .. }
                | Output::SoundAnswer { .. }
                | Output::DeskAnswer { .. }
                | Output::Log(_) => {}
            }
        }
    }

    /// Takes text by another flow; gives the last thing that was sent for it.
    fn receive(&mut self, flow: sip::Flow, text: &str) -> String {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        self.tell(Input::Received { flow, bytes: &bytes });
        self.sent.last().cloned().unwrap_or_default()
    }

    /// The plain legs that were opened, in order.
    fn legs(&self) -> Vec<LegId> {
        let opened = self.commands.iter().filter_map(|command| match command {
            Command::OpenPlain { leg, .. } => Some(*leg),
            _ => None,
        });
        opened.collect()
    }

    fn send(&mut self, text: &str) {
        let flow = sip::Flow {
            transport: sip::Transport::Udp,
            local: ([192, 0, 2, 1], 5060).into(),
            remote: ([127, 0, 0, 9], 5070).into(),
            connection: 0,
        };
        let bytes = text.replace('\n', "\r\n").into_bytes();
        self.tell(Input::Received { flow, bytes: &bytes });
    }

    fn wait(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = at.max(self.now);
            self.tell(Input::Tick);
        }
        self.now = until;
    }

    /// The last final answer.
    fn status(&self) -> &str {
        let mut finals = self.sent.iter().filter(|text| text.starts_with("SIP/2.0") && !text.starts_with("SIP/2.0 1"));
        finals.next_back().and_then(|text| text.get(8..11)).unwrap_or("none")
    }

    fn opened(&self) -> Option<(LegId, u16, PlainParams)> {
        self.commands.iter().rev().find_map(|command| match command {
            Command::OpenPlain { leg, port, params } => Some((*leg, *port, *params)),
            _ => None,
        })
    }

    /// What the last 200 put into its To header.
    fn to(&self) -> String {
        let answer = self.sent.iter().rev().find(|text| text.starts_with("SIP/2.0 200")).expect("a 200");
        answer.lines().find(|line| line.starts_with("To:")).expect("a To header").to_owned()
    }
}

fn request(method: &str, cseq: u32, to: &str, body: &str) -> String {
    let sequence = if method == "ACK" { "ACK" } else { method };
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    format!(
        "{method} sip:{NUMBER}@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.9:5070;branch=z9hG4bK{method}{cseq}\n\
         Max-Forwards: 70\nFrom: <sip:13800138000@127.0.0.9>;tag=a1\n{to}\nCall-ID: c1@127.0.0.9\n\
         CSeq: {cseq} {sequence}\nContact: <sip:13800138000@127.0.0.9:5070>\n{content}Content-Length: {}\n\n{body}",
        body.replace('\n', "\r\n").len(),
        NUMBER = stage::NUMBER,
    )
}

fn invite(body: &str) -> String {
    request("INVITE", 1, &format!("To: <sip:{}@192.0.2.1>", stage::NUMBER), body)
}

fn sdp(codec: u8, direction: &str) -> String {
    format!(
        "v=0\no=- 1 1 IN IP4 127.0.0.9\ns=-\nc=IN IP4 127.0.0.9\nt=0 0\nm=audio 4000 RTP/AVP {codec} 101\n\
         a=rtpmap:101 telephone-event/8000\na={direction}\n"
    )
}

#[test]
fn a_call_is_answered_when_its_sound_is_open() {
    let mut carrier = Carrier::new();
    carrier.send(&invite(&sdp(0, "sendrecv")));
    assert_eq!(carrier.status(), "none", "nothing is answered before there is sound");
    let (leg, port, params) = carrier.opened().expect("a leg is being opened");
    assert_eq!((port % 2, params.payload_type, params.telephone_event), (0, 0, Some(101)));
    carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
    assert_eq!(carrier.status(), "200");
    assert!(carrier.sent.last().expect("a 200").contains(&format!("m=audio {port} RTP/AVP 0 101")));
}

const KEY: &str = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

/// The same with keys for SRTP.
fn protected(profile: &str, sdp: &str) -> String {
    let crypto = format!("a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\n");
    sdp.replace("RTP/AVP", profile) + &crypto
}

#[test]
fn a_call_that_offers_srtp_is_answered_with_srtp_and_its_leg_speaks_it() {
    let mut carrier = Carrier::new();
    carrier.send(&invite(&protected("RTP/SAVP", &sdp(0, "sendrecv"))));
    let (leg, port, params) = carrier.opened().expect("a leg is being opened");
    let srtp = params.transport.srtp.expect("the leg is protected");
    assert_eq!(srtp.theirs, media::SrtpKey::new(*b"wDfvg&T+)xG7@fb5jU,RaA}\\|p0%*#"));
    carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
    let answer = carrier.sent.last().expect("a 200").clone();
    assert!(answer.contains(&format!("m=audio {port} RTP/SAVP 0 101")), "{answer}");
    let ours = answer.lines().find(|line| line.starts_with("a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"));
    let ours = ours.expect("our key").to_owned();
    assert!(!ours.contains(KEY), "our key is our own");
    let to = carrier.to();
    carrier.send(&request("ACK", 1, &to, ""));
    // A hold and its end: our key stays, so that the stream goes on.
    carrier.send(&request("INVITE", 2, &to, &protected("RTP/SAVP", &sdp(0, "sendonly"))));
    assert!(carrier.sent.last().expect("a 200").contains(&ours));
    assert_eq!(carrier.updated().and_then(|params| params.transport.srtp), Some(srtp));
    let debug = format!("{:?}", carrier.commands);
    assert!(!debug.contains("119, 68"), "no key is printed");
}

#[test]
fn two_calls_have_different_keys() {
    let mut carrier = Carrier::new();
    let offer = protected("RTP/SAVP", &sdp(0, "sendrecv"));
    carrier.send(&invite(&offer));
    let first = carrier.opened().and_then(|(_, _, params)| params.transport.srtp).expect("protected");
    carrier.send(&invite(&offer).replace("c1@", "c2@").replace("bKINVITE1", "bKother"));
    let second = carrier.opened().and_then(|(_, _, params)| params.transport.srtp).expect("protected");
    assert_ne!(first.ours, second.ours);
}

#[test]
fn a_trunk_that_demands_srtp_refuses_a_call_without_keys() {
    let mut carrier = Carrier::under(Protection::Demanded);
    carrier.send(&invite(&sdp(0, "sendrecv")));
    assert_eq!(carrier.status(), "488");
    assert_eq!(carrier.ends, ["error sip.not_protected"]);
    assert_eq!(carrier.node.holdings().ports, 0);
    // Keys on a plain line will do, and without an offer ours is protected.
    let mut best_effort = Carrier::under(Protection::Demanded);
    best_effort.send(&invite(&protected("RTP/AVP", &sdp(0, "sendrecv"))));
    assert!(best_effort.opened().is_some_and(|(_, _, params)| params.transport.srtp.is_some()));
    let mut late = Carrier::under(Protection::Demanded);
    late.send(&invite(""));
    let (leg, _, _) = late.opened().expect("a leg is being opened");
    late.tell(Input::Media(Event::LegOpened { leg, answer: None }));
    assert!(late.sent.last().expect("a 200").contains("RTP/SAVP"));
    let to = late.to();
    let answer = protected("RTP/SAVP", &sdp(0, "sendrecv")).replace("crypto:4", "crypto:1");
    late.send(&request("ACK", 1, &to, &answer));
    assert!(late.updated().is_some_and(|params| params.transport.srtp.is_some()));
}

#[test]
fn keys_on_a_plain_line_do_not_bind_who_accepts_plain_sound() {
    let mut carrier = Carrier::new();
    carrier.send(&invite(&protected("RTP/AVP", &sdp(0, "sendrecv"))));
    let (_, _, params) = carrier.opened().expect("a leg is being opened");
    assert_eq!(params.transport.srtp, None);
}

#[test]
fn an_unknown_number_gets_404() {
    let mut carrier = Carrier::new();
    carrier.send(&invite(&sdp(0, "sendrecv")).replace(stage::NUMBER, "12345"));
    assert_eq!(carrier.status(), "404");
    assert!(carrier.ends.is_empty(), "no application was called, so nobody gets a record");
}

#[test]
fn a_call_without_a_codec_of_ours_gets_488_and_a_record() {
    let mut carrier = Carrier::new();
    carrier.send(&invite(&sdp(18, "sendrecv")));
    assert_eq!(carrier.status(), "488");
    assert_eq!(carrier.ends, ["error sip.no_codec"]);
    assert_eq!(carrier.node.holdings().ports, 0);
}

#[test]
fn a_taken_port_is_replaced_by_another_and_then_the_call_is_refused() {
    let mut carrier = Carrier::new();
    carrier.send(&invite(&sdp(8, "sendrecv")));
    for _ in 0..5 {
        let (leg, _, _) = carrier.opened().expect("a leg is being opened");
        carrier.tell(Input::Media(Event::LegFailed { leg, cause: media::LegFailure::PortTaken }));
    }
    assert_eq!(carrier.status(), "503");
    assert_eq!(carrier.ends, ["error media.failed"]);
    let tried = carrier.commands.iter().filter(|command| matches!(command, Command::OpenPlain { .. })).count();
    assert_eq!(tried, 5);
    assert_eq!(carrier.node.holdings().ports, 0);
}

#[test]
fn a_media_engine_that_says_nothing_ends_the_call() {
    let mut carrier = Carrier::new();
    carrier.send(&invite(&sdp(8, "sendrecv")));
    carrier.wait(11);
    assert_eq!(carrier.status(), "503");
    assert_eq!(carrier.ends, ["error media.failed"]);
}

#[test]
fn a_hold_is_answered_and_stops_our_sound() {
    let mut carrier = Carrier::new();
    carrier.send(&invite(&sdp(8, "sendrecv")));
    let (leg, _, _) = carrier.opened().expect("a leg is being opened");
    carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
    let to = carrier.to();
    carrier.send(&request("ACK", 1, &to, ""));
    carrier.send(&request("INVITE", 2, &to, &sdp(8, "sendonly")));
    let held = carrier
        .commands
        .iter()
        .any(|command| matches!(command, Command::UpdatePlain { params, .. } if !params.sending));
    assert!(held, "the media engine is told");
    assert!(carrier.sent.last().expect("a 200").contains("a=recvonly"));
    carrier.send(&request("ACK", 2, &to, ""));
    carrier.send(&request("BYE", 3, &to, ""));
    assert_eq!(carrier.ends, ["ivrGiveUp "]);
    carrier.wait(40);
    let held = carrier.node.holdings();
    assert_eq!((held.lines, held.ports, held.dialogs, held.centre.calls), (0, 0, 0, 0));
}

#[test]
fn an_invite_without_an_offer_gets_ours_and_the_ack_answers_it() {
    let mut carrier = Carrier::new();
    carrier.send(&invite(""));
    let (leg, _, params) = carrier.opened().expect("a leg is being opened");
    assert_eq!(params.remote, None);
    carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
    assert!(carrier.sent.last().expect("a 200").contains("m=audio"));
    let to = carrier.to();
    carrier.send(&request("ACK", 1, &to, &sdp(0, "sendrecv")));
    let updated = carrier.updated().expect("the media engine is told where to send");
    assert_eq!((updated.remote.map(|remote| remote.port()), updated.payload_type), (Some(4000), 0));
}

/// A carrier's session border controller asks for our offer whenever it moves the sound.
#[test]
fn a_reinvite_without_an_offer_moves_the_sound_when_its_ack_answers() {
    let (mut carrier, to) = Carrier::talking();
    for (cseq, port) in [(2, 4_100), (3, 4_200)] {
        carrier.send(&request("INVITE", cseq, &to, ""));
        assert!(carrier.sent.last().expect("a 200").contains("m=audio"), "our offer");
        let answer = sdp(0, "sendrecv").replace("4000", &port.to_string());
        carrier.send(&request("ACK", cseq, &to, &answer));
        let params = carrier.updated().expect("the media engine is told where to send");
        assert_eq!(params.remote.map(|remote| remote.port()), Some(port));
    }
}

#[test]
fn an_answer_that_cannot_be_read_leaves_a_standing_call_as_it_was() {
    let (mut carrier, to) = Carrier::talking();
    for (cseq, answer) in [(2, sdp(18, "sendrecv")), (3, String::new())] {
        carrier.send(&request("INVITE", cseq, &to, ""));
        carrier.send(&request("ACK", cseq, &to, &answer));
        assert_eq!(carrier.updated(), None);
        assert_eq!(carrier.ends, [] as [&str; 0], "nobody is cut off");
    }
    carrier.send(&request("INVITE", 4, &to, &sdp(8, "sendonly")));
    assert_eq!(carrier.updated().map(|params| params.sending), Some(false), "and the call can still be held");
}

/// A caller whose network dies sends no BYE. Nothing else would ever end the call.
#[test]
fn a_silent_caller_is_asked_for_and_let_go_if_nobody_answers() {
    let silence = |carrier: &mut Carrier| {
        let (leg, _, _) = carrier.opened().expect("a leg");
        let sent = carrier.sent.len();
        carrier.tell(Input::Media(Event::NoSound { leg, lasted: Duration::from_secs(95), held: false }));
        assert_eq!(carrier.sent.len(), sent, "a peer that sends no sound for a while is left in peace");
        carrier.tell(Input::Media(Event::NoSound { leg, lasted: Duration::from_secs(125), held: false }));
        let asked = carrier.sent.last().expect("a question").clone();
        assert!(asked.starts_with("OPTIONS sip:13800138000@127.0.0.9:5070 SIP/2.0"), "{asked}");
        asked
    };
    let (mut held, _) = Carrier::talking();
    let asked = silence(&mut held);
    let same = |name: &str| asked.lines().find(|line| line.starts_with(name)).expect("a header").to_owned();
    let headers: Vec<String> = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().map(|name| same(name)).collect();
    held.send(&format!("SIP/2.0 200 OK\n{}\nContent-Length: 0\n\n", headers.join("\n")));
    let (mut gone, _) = Carrier::talking();
    silence(&mut gone);
    for carrier in [&mut held, &mut gone] {
        carrier.wait(33);
    }
    assert_eq!(gone.ends, ["error sip.no_ack"]);
    assert_eq!(held.ends, [] as [&str; 0]);
}

/// Some gateways send every key twice, in RTP and as INFO; a menu would take both.
#[test]
fn a_key_that_comes_both_ways_counts_once() {
    let plays =
        |carrier: &Carrier| carrier.commands.iter().filter(|command| matches!(command, Command::Play { .. })).count();
    let info = |carrier: &mut Carrier, cseq: u32, to: &str| {
        let text = request("INFO", cseq, to, "Signal=7\n").replace("application/sdp", "application/dtmf-relay");
        carrier.send(&text);
        assert_eq!(carrier.status(), "200");
    };
    let (mut carrier, to) = Carrier::talking();
    let (leg, _, _) = carrier.opened().expect("a leg");
    // The greeting is over; the menu listens.
    let playback = carrier.commands.iter().find_map(|command| match command {
        Command::Play { playback, .. } => Some(*playback),
        _ => None,
    });
    let playback = playback.expect("a greeting");
    carrier.tell(Input::Media(Event::PlaybackEnded { leg, playback, how: media::PlaybackEnd::Finished }));
    let before = plays(&carrier);
    info(&mut carrier, 2, &to);
    let after_info = plays(&carrier);
    assert!(after_info > before, "a carrier that knows INFO only is understood");
    let rests = |command: &Command| matches!(command, Command::DetectTones { on: false, .. });
    assert!(!carrier.commands.iter().any(rests), "events were agreed, so that tones are not listened for anyway");
    carrier.tell(Input::Media(Event::Digit { leg, digit: '7' }));
    let after_rtp = plays(&carrier);
    assert!(after_rtp > after_info);
    info(&mut carrier, 3, &to);
    assert_eq!(plays(&carrier), after_rtp, "RTP has brought it already");
}

/// A gateway without telephone-events sends keys as tones, as INFO or as both.
#[test]
fn a_key_that_comes_as_a_tone_and_as_info_counts_once() {
    let silent = sdp(8, "sendrecv").replace(" 101\n", "\n").replace("a=rtpmap:101 telephone-event/8000\n", "");
    for tone_first in [true, false] {
        let mut carrier = Carrier::new();
        carrier.send(&invite(&silent));
        let (leg, _, params) = carrier.opened().expect("a leg");
        assert_eq!(params.telephone_event, None);
        let listens = |command: &Command| matches!(command, Command::DetectTones { leg: on, on: true } if *on == leg);
        assert!(carrier.commands.iter().any(listens), "its sound is listened to");
        carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
        let to = carrier.to();
        if tone_first {
            carrier.tell(Input::Media(Event::Digit { leg, digit: '7' }));
        }
        let info = request("INFO", 2, &to, "Signal=7\n").replace("application/sdp", "application/dtmf-relay");
        carrier.send(&info);
        assert_eq!(carrier.status(), "200");
        let rests = |command: &Command| matches!(command, Command::DetectTones { on: false, .. });
        assert_eq!(carrier.commands.iter().any(rests), !tone_first, "INFO that came first is enough");
    }
}

#[test]
fn a_carrier_that_never_acknowledges_is_let_go() {
    let mut carrier = Carrier::new();
    carrier.send(&invite(&sdp(8, "sendrecv")));
    let (leg, _, _) = carrier.opened().expect("a leg is being opened");
    carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
    carrier.wait(120);
    assert_eq!(carrier.ends, ["error sip.no_ack"]);
    assert_eq!(carrier.node.holdings().dialogs, 0);
}

#[test]
fn when_draining_new_calls_get_503_and_old_ones_go_on() {
    let mut carrier = Carrier::new();
    carrier.send(&invite(&sdp(8, "sendrecv")));
    let (leg, _, _) = carrier.opened().expect("a leg is being opened");
    carrier.tell(Input::Drain);
    carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
    assert_eq!(carrier.status(), "200");
    carrier.send(&invite(&sdp(8, "sendrecv")).replace("c1@", "c2@").replace("bKINVITE1", "bKother"));
    assert_eq!(carrier.status(), "503");
    assert_eq!(carrier.node.figures().calls, 1);
}

#[test]
fn noise_changes_nothing() {
    let mut carrier = Carrier::new();
    carrier.send("INVITE");
    carrier.send("\0\0\0\0");
    carrier.send(&invite(&sdp(8, "sendrecv")).replace("CSeq: 1 INVITE", "CSeq: one"));
    carrier.tell(Input::Media(Event::BrowserConnected { leg: LegId(77) }));
    carrier.tell(Input::Media(Event::Digit { leg: LegId(77), digit: '1' }));
    assert_eq!(carrier.node.figures().calls, 0);
    assert!(carrier.node.figures().sip_rejected > 0);
}

/// The desk of an agent whose sound stands, who has called a customer.
fn dialling(carrier: &mut Carrier) -> LegId {
    let (app, agent) = (APP, stage::agent("alice"));
    let local = ([192, 0, 2, 1], 5060).into();
    let gateway = |port: u16| sip::Flow {
        transport: sip::Transport::Udp,
        local,
        remote: ([127, 0, 0, 9], port).into(),
        connection: 0,
    };
    let flows = vec![gateway(5070), gateway(5090)];
    carrier.tell(Input::TrunkAddresses { trunk: centre::TrunkId(1), flows });
    carrier.tell(Input::Page { app, agent, page: 1, connected: true });
    let offer = DeskCommand::OfferSound { sdp: "offer".into() };
    carrier.tell(Input::Desk { app, agent, ticket: 1, command: offer });
    let seat = carrier.commands.iter().find_map(|command| match command {
        Command::OpenBrowser { leg, .. } => Some(*leg),
        _ => None,
    });
    let seat = seat.expect("the agent's leg");
    carrier.tell(Input::Media(Event::LegOpened { leg: seat, answer: Some("answer".into()) }));
    carrier.tell(Input::Media(Event::BrowserConnected { leg: seat }));
    let call = DeskCommand::Call { to: "+86 138 0013 8000".into(), from: None };
    carrier.tell(Input::Desk { app, agent, ticket: 2, command: call });
    assert!(carrier.sent.is_empty(), "nobody is called before there is a place to hear them");
    let (leg, _, params) = carrier.opened().expect("a leg is being opened");
    assert_eq!(params.remote, None);
    carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
    leg
}

/// What a called carrier answers to the last INVITE.
fn reply(carrier: &mut Carrier, status: &str, body: &str) {
    let flow = sip::Flow {
        transport: sip::Transport::Udp,
        local: ([192, 0, 2, 1], 5060).into(),
        remote: ([127, 0, 0, 9], 5070).into(),
        connection: 0,
    };
    reply_from(carrier, flow, (status, body));
}

fn reply_from(carrier: &mut Carrier, flow: sip::Flow, (status, body): (&str, &str)) {
    let invite = carrier.sent.iter().rev().find(|text| text.starts_with("INVITE")).expect("an INVITE").clone();
    let same = |name: &str| invite.lines().find(|line| line.starts_with(name)).expect("a header").to_owned();
    let to = format!("{};tag=b1", same("To:"));
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    let headers = [same("Via:"), same("From:"), to, same("Call-ID:"), same("CSeq:")].join("\n");
    let text = format!(
        "SIP/2.0 {status}\n{headers}\nContact: <sip:{}>\n{content}Content-Length: {}\n\n{body}",
        flow.remote,
        body.replace('\n', "\r\n").len()
    );
    carrier.receive(flow, &text);
}

#[test]
fn an_agents_call_reaches_the_carrier_and_its_answer_opens_both_ways() {
    let mut carrier = Carrier::new();
    let leg = dialling(&mut carrier);
    let invite = carrier.sent.last().expect("an INVITE").clone();
    assert!(invite.starts_with("INVITE sip:013800138000@127.0.0.9:5070 SIP/2.0"), "{invite}");
    assert!(invite.contains(&format!("From: <sip:{}@192.0.2.1>", stage::NUMBER)), "{invite}");
    assert!(invite.contains("m=audio"), "{invite}");
    reply(&mut carrier, "180 Ringing", "");
    assert!(carrier.commands.iter().any(|command| matches!(command, Command::Play { .. })), "the agent hears it ring");
    reply(&mut carrier, "183 Session Progress", &sdp(8, "sendrecv"));
    let bridges =
        |carrier: &Carrier| carrier.commands.iter().filter(|command| matches!(command, Command::Bridge { .. })).count();
    assert_eq!(bridges(&carrier), 1, "early media is heard");
    assert_eq!(carrier.updated().and_then(|params| params.remote).map(|remote| remote.port()), Some(4000));
    reply(&mut carrier, "200 OK", &sdp(0, "sendrecv").replace("4000", "4002"));
    assert!(carrier.sent.last().expect("an ACK").starts_with("ACK"));
    assert_eq!(
        carrier.updated().map(|params| (params.payload_type, params.remote.map(|it| it.port()))),
        Some((0, Some(4002)))
    );
    assert_eq!(bridges(&carrier), 1);
    carrier.tell(Input::Desk { app: APP, agent: stage::agent("alice"), ticket: 3, command: DeskCommand::SignOut });
    assert!(carrier.ends.is_empty(), "nobody signs out of a talk");
    carrier.tell(Input::Stop);
    assert!(carrier.sent.last().expect("a BYE").starts_with("BYE"));
    assert_eq!(carrier.ends, ["ok node.stopped"]);
    assert!(carrier.commands.iter().any(|command| matches!(command, Command::Close { leg: closed } if *closed == leg)));
    assert_eq!((carrier.node.holdings().lines, carrier.node.holdings().ports), (0, 0));
}

#[test]
fn a_busy_customer_is_told_and_nothing_is_left() {
    let mut carrier = Carrier::new();
    dialling(&mut carrier);
    reply(&mut carrier, "486 Busy Here", "");
    assert_eq!(carrier.ends, ["busy SIP;486"]);
    carrier.wait(40);
    let held = carrier.node.holdings();
    assert_eq!((held.lines, held.ports, held.dialogs, held.centre.calls, held.centre.dials), (0, 0, 0, 0, 0));
}

#[test]
fn a_gateway_that_has_no_room_is_passed_over_for_the_next() {
    let mut carrier = Carrier::new();
    dialling(&mut carrier);
    let invites = |carrier: &Carrier| carrier.sent.iter().filter(|text| text.starts_with("INVITE")).count();
    reply(&mut carrier, "503 Service Unavailable", "");
    assert_eq!(invites(&carrier), 2, "the second address is tried");
    assert!(carrier.ends.is_empty());
    reply(&mut carrier, "503 Service Unavailable", "");
    assert_eq!(carrier.ends, ["operatorError SIP;503"]);
    assert_eq!(carrier.node.holdings().lines, 0);
}

#[test]
fn a_carrier_sends_a_call_on_to_its_own_numbers_only() {
    let mut carrier = Carrier::new();
    dialling(&mut carrier);
    let moved = "302 Moved\nContact: <sip:013900139000@192.0.2.99>;q=1, <sip:013900139001@127.0.0.9>;q=0.5";
    reply(&mut carrier, moved, "");
    let (leg, _, _) = carrier.opened().expect("a leg is being opened");
    carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
    let invite = carrier.sent.last().expect("an INVITE").clone();
    assert!(invite.starts_with("INVITE sip:013900139001@127.0.0.9:5070 SIP/2.0"), "{invite}");
    reply(&mut carrier, moved, "");
    assert_eq!(carrier.ends, ["notAnswer SIP;302"], "nobody goes in circles");
    assert_eq!((carrier.node.holdings().lines, carrier.node.holdings().ports), (0, 0));
}

#[test]
fn an_agent_who_gives_up_cancels_the_call() {
    let mut carrier = Carrier::new();
    dialling(&mut carrier);
    reply(&mut carrier, "180 Ringing", "");
    carrier.tell(Input::Desk { app: APP, agent: stage::agent("alice"), ticket: 3, command: DeskCommand::SignOut });
    assert!(carrier.sent.last().expect("a CANCEL").starts_with("CANCEL"));
    assert_eq!(carrier.ends, ["callerCancelWhileRing "]);
    assert_eq!((carrier.node.holdings().lines, carrier.node.holdings().ports), (0, 0));
}

#[test]
fn without_an_address_of_the_gateway_no_call_goes_out() {
    let mut carrier = Carrier::new();
    let (app, agent) = (APP, stage::agent("alice"));
    carrier.tell(Input::Page { app, agent, page: 1, connected: true });
    carrier.tell(Input::Desk { app, agent, ticket: 1, command: DeskCommand::OfferSound { sdp: "offer".into() } });
    let seat = carrier.commands.iter().find_map(|command| match command {
        Command::OpenBrowser { leg, .. } => Some(*leg),
        _ => None,
    });
    carrier.tell(Input::Media(Event::BrowserConnected { leg: seat.expect("the agent's leg") }));
    let call = DeskCommand::Call { to: "13800138000".into(), from: None };
    carrier.tell(Input::Desk { app, agent, ticket: 2, command: call });
    assert_eq!(carrier.ends, ["operatorError trunk.unreachable"]);
}

/// A telephone of the house, by its extension, as it speaks SIP.
struct Telephone {
    extension: &'static str,
    port: u16,
    cseq: u32,
    /// Its calls have names of their own.
    line: u8,
    /// Headers that its requests carry beside the usual ones.
    headers: String,
}

impl Telephone {
    fn new(extension: &'static str, port: u16) -> Telephone {
        Telephone { extension, port, cseq: 0, line: 1, headers: String::new() }
    }

    fn flow(&self) -> sip::Flow {
        sip::Flow {
            transport: sip::Transport::Udp,
            local: ([192, 0, 2, 1], 5060).into(),
            remote: ([10, 0, 0, 5], self.port).into(),
            connection: 0,
        }
    }

    /// Sends a request, and once more with its password when it is asked for it. Gives the last answer.
    fn asks(&mut self, carrier: &mut Carrier, (method, to, body): (&str, &str, &str)) -> String {
        let first = self.request((method, to, body), "");
        let challenge = carrier.receive(self.flow(), &first);
        assert!(challenge.starts_with("SIP/2.0 40"), "{challenge}");
        if method == "INVITE" {
            let ack = self.request(("ACK", to, ""), "");
            carrier.receive(self.flow(), &ack);
        }
        let realm = format!("{APP}.callyard");
        let line = challenge.lines().find(|line| line.contains("algorithm=MD5")).expect("an MD5 challenge");
        let nonce = line.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a nonce");
        let uri = format!("sip:{to}");
        let secret = md5(&format!("{}:{realm}:secret", self.extension));
        let response = md5(&format!("{secret}:{nonce}:00000001:c:auth:{}", md5(&format!("{method}:{uri}"))));
        let name = if challenge.contains("407") { "Proxy-Authorization" } else { "Authorization" };
        let proof = format!(
            "{name}: Digest username=\"{}\",realm=\"{realm}\",nonce=\"{nonce}\",uri=\"{uri}\",\
             response=\"{response}\",algorithm=MD5,qop=auth,nc=00000001,cnonce=\"c\"\n",
            self.extension
        );
        let second = self.request((method, to, body), &proof);
        carrier.receive(self.flow(), &second)
    }

    fn request(&mut self, (method, to, body): (&str, &str, &str), proof: &str) -> String {
        if method != "ACK" {
            self.cseq += 1;
        }
        let Telephone { extension, port, cseq, line, headers } = self;
        let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\n" };
        let to_header = if method == "REGISTER" { format!("{extension}@{APP}.callyard") } else { to.to_owned() };
        format!(
            "{method} sip:{to} SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.5:{port};branch=z9hG4bKp{extension}{line}{cseq}\n\
             Max-Forwards: 70\nFrom: <sip:{extension}@{APP}.callyard>;tag=p{extension}\nTo: <sip:{to_header}>\n\
             Call-ID: p{extension}{line}{method}\nCSeq: {cseq} {method}\nContact: <sip:{extension}@10.0.0.5:{port}>\n\
             {headers}{proof}{content}Content-Length: {}\n\n{body}",
            body.replace('\n', "\r\n").len()
        )
        .replace(&format!("p{extension}{line}ACK"), &format!("p{extension}{line}INVITE"))
    }
}

fn md5(text: &str) -> String {
    use md5::Digest;
    md5::Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_telephone_registers_and_calls_another_and_both_are_joined() {
    let mut carrier = Carrier::new();
    let mut caller = Telephone::new("8001", 6001);
    let mut called = Telephone::new("8002", 6002);
    let domain = format!("{APP}.callyard");
    let early = caller.asks(&mut carrier, ("INVITE", &format!("8002@{domain}"), &sdp(8, "sendrecv")));
    assert!(early.starts_with("SIP/2.0 480"), "nobody is there yet: {early}");
    let answer = called.asks(&mut carrier, ("REGISTER", &domain, ""));
    assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
    carrier.sent.clear();
    caller.asks(&mut carrier, ("INVITE", &format!("8002@{domain}"), &sdp(8, "sendrecv")));
    let legs: Vec<LegId> = carrier.legs();
    let [near, far] = legs[..] else { panic!("two legs are opened: {legs:?}") };
    for leg in [near, far] {
        carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
    }
    let invite = carrier.sent.last().expect("an INVITE").clone();
    assert!(invite.starts_with("INVITE sip:8002@10.0.0.5:6002 SIP/2.0"), "{invite}");
    assert!(invite.contains("From: <sip:8001@192.0.2.1>"), "{invite}");
    reply_from(&mut carrier, called.flow(), ("180 Ringing", ""));
    assert!(carrier.sent.last().expect("a 180").starts_with("SIP/2.0 180"));
    reply_from(&mut carrier, called.flow(), ("200 OK", &sdp(0, "sendrecv")));
    assert_eq!(carrier.status(), "200");
    let joined = carrier
        .commands
        .iter()
        .any(|command| matches!(command, Command::Bridge { left, right } if (*left, *right) == (far, near)));
    assert!(joined, "they hear each other");
    carrier.tell(Input::Stop);
    assert_eq!(carrier.ends, ["ok node.stopped"]);
    assert_eq!((carrier.node.holdings().lines, carrier.node.holdings().ports), (0, 0));
}

#[test]
fn a_busy_telephone_is_told_to_the_one_that_calls() {
    let mut carrier = Carrier::new();
    let mut caller = Telephone::new("8001", 6001);
    let mut called = Telephone::new("8002", 6002);
    let domain = format!("{APP}.callyard");
    called.asks(&mut carrier, ("REGISTER", &domain, ""));
    caller.asks(&mut carrier, ("INVITE", &format!("8002@{domain}"), &sdp(8, "sendrecv")));
    for leg in carrier.legs() {
        carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
    }
    reply_from(&mut carrier, called.flow(), ("486 Busy Here", ""));
    assert_eq!(carrier.status(), "486");
    assert_eq!(carrier.ends, ["busy SIP;486"]);
    assert_eq!((carrier.node.holdings().lines, carrier.node.holdings().ports), (0, 0));
}

/// A trunk with an account: we register, and its state is known by what the registrar says.
#[test]
fn a_carrier_that_wants_it_is_registered_at() {
    let mut carrier = Carrier::new();
    let mut settings = stage::settings();
    let trunk = settings.trunks.get_mut(&centre::TrunkId(1)).expect("a trunk");
    let outward = trunk.outward.as_mut().expect("it carries calls out");
    (outward.registers, outward.user) = (true, "0755123".into());
    let id = trunk.id;
    carrier.tell(Input::Settings { app: APP, settings: Some(Box::new(settings)) });
    assert!(carrier.sent.is_empty(), "nobody is asked before it is known where they are");
    let flow = sip::Flow {
        transport: sip::Transport::Udp,
        local: ([192, 0, 2, 1], 5060).into(),
        remote: ([203, 0, 113, 5], 5060).into(),
        connection: 0,
    };
    carrier.tell(Input::TrunkAddresses { trunk: id, flows: vec![flow] });
    let register = carrier.sent.iter().find(|text| text.starts_with("REGISTER")).expect("a REGISTER").clone();
    assert!(register.contains("sip:0755123@"), "{register}");
    let standing = carrier.node.trunk_standing(id).expect("it is known");
    assert_eq!(standing.registration.map(|it| it.state), Some(sip::TrunkState::Registering));
    let same = |name: &str| register.lines().find(|line| line.starts_with(name)).expect("a header").to_owned();
    let headers = [same("Via:"), same("From:"), format!("{};tag=r", same("To:")), same("Call-ID:"), same("CSeq:")];
    let answer =
        format!("SIP/2.0 200 OK\n{}\n{};expires=600\nContent-Length: 0\n\n", headers.join("\n"), same("Contact:"));
    carrier.receive(flow, &answer);
    let standing = carrier.node.trunk_standing(id).expect("it is known");
    assert_eq!(standing.condition(), centre::node::TrunkCondition::Registered, "{standing:?}");
    // Its calls come from there, whether or not that address was written down.
    carrier.sent.clear();
    carrier.receive(flow, &invite(&sdp(8, "sendrecv")));
    assert!(carrier.opened().is_some(), "the carrier's call is let in: {:?}", carrier.sent);
    // When the account is taken back, so is the binding.
    carrier.tell(Input::Settings { app: APP, settings: Some(Box::new(stage::settings())) });
    assert!(
        carrier.sent.iter().any(|text| text.starts_with("REGISTER") && text.contains("expires=0")
            || text.starts_with("REGISTER") && text.contains("Expires: 0")),
        "{:?}",
        carrier.sent
    );
}
