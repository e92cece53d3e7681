//! Phones: registering with digest, being challenged, calling and being called.

mod world;

use md5::{Digest, Md5};
use sha2::Sha256;
use sip::{Command, Directory, EndCause, Event, PhoneEntry, PhoneKey, Rejection, Transport};
use world::{ANSWER, CARRIER, FAIR, World, YARD, header, seconds, uris};

const PHONE: PhoneKey = PhoneKey(9);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash(algorithm: &str, text: &str) -> String {
    match algorithm {
        "MD5" => hex(&Md5::digest(text.as_bytes())),
        _ => hex(&Sha256::digest(text.as_bytes())),
    }
}

/// A hand-made phone, so that wrong ones can be made too.
struct Phone {
    user: &'static str,
    password: &'static str,
    algorithm: &'static str,
    contact: &'static str,
    cseq: u32,
    nc: u32,
}

impl Phone {
    fn new() -> Phone {
        Phone {
            user: "1001",
            password: "secret",
            algorithm: "SHA-256",
            contact: "<sip:1001@10.0.0.1:5060>",
            cseq: 0,
            nc: 0,
        }
    }

    fn register(&mut self, extra: &str) -> String {
        self.cseq += 1;
        let Phone { user, contact, cseq, .. } = self;
        let contact = if contact.is_empty() { String::new() } else { format!("Contact: {contact}\r\n") };
        format!(
            "REGISTER sip:callyard SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKr{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{user}@callyard>;tag=r\r\nTo: <sip:{user}@callyard>\r\nCall-ID: phone\r\n\
             CSeq: {cseq} REGISTER\r\n{contact}{extra}\r\n"
        )
    }

    /// The credentials for a challenge.
    fn proof(&mut self, challenge: &str) -> String {
        self.nc += 1;
        let line = challenge.lines().find(|line| line.contains(&format!("algorithm={}", self.algorithm)));
        let line = line.unwrap_or_else(|| panic!("no {} challenge in {challenge}", self.algorithm));
        let nonce = line.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a nonce");
        self.proof_with(nonce)
    }

    fn proof_with(&self, nonce: &str) -> String {
        let Phone { user, password, algorithm, nc, .. } = self;
        let (uri, nc) = ("sip:callyard", format!("{nc:08x}"));
        let secret = hash(algorithm, &format!("{user}:callyard:{password}"));
        let request = hash(algorithm, &format!("REGISTER:{uri}"));
        let response = hash(algorithm, &format!("{secret}:{nonce}:{nc}:c:auth:{request}"));
        format!(
            "Authorization: Digest username=\"{user}\",realm=\"callyard\",nonce=\"{nonce}\",uri=\"{uri}\",\
             response=\"{response}\",algorithm={algorithm},qop=auth,nc={nc},cnonce=\"c\"\r\n"
        )
    }
}

fn yard() -> World {
    let mut world = World::fair();
    world.phone_instead_of_trunk("1001", "secret");
    world
}

fn status(answers: &[String]) -> &str {
    answers.first().and_then(|text| text.split(' ').nth(1)).unwrap_or("nothing")
}

/// Registers with a fresh challenge; returns the answer.
fn register(world: &mut World, phone: &mut Phone, extra: &str) -> Vec<String> {
    let ask = phone.register("");
    let challenge = world.inject(YARD, &ask);
    assert_eq!(status(&challenge), "401");
    phone.nc = 0;
    let proof = phone.proof(&challenge[0]);
    let text = phone.register(&format!("{proof}{extra}"));
    world.inject(YARD, &text)
}

fn contacts(world: &mut World) -> Vec<String> {
    match world.next_event(YARD) {
        Some(Event::Registered { phone: PHONE, contacts }) => uris(&contacts).into_iter().map(str::to_owned).collect(),
        other => panic!("the contacts should have changed: {other:?}"),
    }
}

#[test]
fn a_phone_registers_refreshes_and_goes() {
    for algorithm in ["SHA-256", "MD5"] {
        let mut world = yard();
        let mut phone = Phone { algorithm, ..Phone::new() };
        let answer = register(&mut world, &mut phone, "Expires: 120\r\n");
        assert_eq!(status(&answer), "200");
        assert_eq!(header(&answer[0], "Contact"), "<sip:1001@10.0.0.1:5060>;expires=120");
        assert_eq!(contacts(&mut world), ["sip:1001@10.0.0.1:5060"]);
        world.run(seconds(30));
        assert_eq!(status(&register(&mut world, &mut phone, "Expires: 0\r\n")), "200");
        assert_eq!(contacts(&mut world), [] as [&str; 0]);
        world.rest();
    }
}

#[test]
fn a_phone_behind_a_proxy_tells_its_path() {
    let mut world = yard();
    let mut phone = Phone::new();
    let long = format!("<sip:{}@edge>", "x".repeat(600));
    let path = format!("Path: <sip:edge.example;lr>, {long}\r\nPath: <sip:10.0.0.1;lr>\r\n");
    let answer = register(&mut world, &mut phone, &path);
    assert!(answer[0].contains("Path: <sip:edge.example;lr>"), "RFC 3327 §5.3: {answer:?}");
    let Some(Event::Registered { contacts, .. }) = world.next_event(YARD) else { panic!("it is registered") };
    let kept: Vec<&str> = contacts.iter().flat_map(|contact| contact.path.iter().map(String::as_str)).collect();
    assert_eq!(kept, ["<sip:edge.example;lr>", "<sip:10.0.0.1;lr>"]);
}

#[test]
fn a_registration_lapses() {
    let mut world = yard();
    register(&mut world, &mut Phone::new(), "Expires: 60\r\n");
    assert_eq!(contacts(&mut world).len(), 1);
    world.run(seconds(59));
    assert_eq!(world.next_event(YARD), None);
    world.run(seconds(2));
    assert_eq!(contacts(&mut world), [] as [&str; 0]);
    world.rest();
}

#[test]
fn expiry_is_kept_within_bounds() {
    let mut world = yard();
    let mut phone = Phone::new();
    let brief = register(&mut world, &mut phone, "Expires: 30\r\n");
    assert_eq!((status(&brief), header(&brief[0], "Min-Expires")), ("423", "60"));
    let long = register(&mut world, &mut phone, "Expires: 99999999999999999999999\r\n");
    assert!(header(&long[0], "Contact").ends_with(";expires=3600"), "{long:?}");
}

#[test]
fn known_and_unknown_users_get_the_same_answer() {
    let shape = |user, password| {
        let mut world = yard();
        let mut phone = Phone { user, password, ..Phone::new() };
        let answer = register(&mut world, &mut phone, "");
        let from = world.sides[CARRIER].address;
        assert!(world.sides[YARD].events.contains(&Event::Rejected { from, why: Rejection::BadCredentials }));
        let names: Vec<String> =
            answer[0].lines().map(|line| line.split(['=', ':']).next().unwrap_or("").into()).collect();
        (status(&answer).to_owned(), names, answer[0].len())
    };
    assert_eq!(shape("1001", "wrong"), shape("9999", "wrong"));
}

#[test]
fn whoever_guesses_is_not_answered_for_five_minutes() {
    let mut world = yard();
    let mut guesser = Phone { password: "guess", ..Phone::new() };
    for _ in 0..11 {
        assert_eq!(status(&register(&mut world, &mut guesser, "")), "401");
    }
    let ask = Phone { cseq: 100, ..Phone::new() }.register("");
    assert!(world.inject(YARD, &ask).is_empty(), "silence, even for the right password");
    world.run(seconds(301));
    assert_eq!(status(&world.inject(YARD, &ask)), "401");
}

#[test]
fn counters_must_rise_and_copies_change_nothing() {
    let mut world = yard();
    let mut phone = Phone::new();
    let ask = phone.register("");
    let challenge = world.inject(YARD, &ask);
    let first = {
        let proof = phone.proof(&challenge[0]);
        phone.register(&proof)
    };
    assert_eq!(status(&world.inject(YARD, &first)), "200");
    assert_eq!(status(&world.inject(YARD, &first)), "200", "a copy of the datagram");
    assert_eq!(contacts(&mut world).len(), 1);
    assert_eq!(world.next_event(YARD), None, "the copy changed nothing");
    // The nonce may be used again with a higher count …
    let second = {
        let proof = phone.proof(&challenge[0]);
        phone.register(&proof)
    };
    assert_eq!(status(&world.inject(YARD, &second)), "200");
    // … but not with one that was used, in another request.
    phone.nc = 1;
    let proof = phone.proof(&challenge[0]);
    phone.nc = 1;
    let replay = phone.register(&proof);
    assert_eq!(status(&world.inject(YARD, &replay)), "401");
}

#[test]
fn an_old_nonce_is_stale_and_a_foreign_one_proves_nothing() {
    let mut world = yard();
    let mut phone = Phone::new();
    let ask = phone.register("");
    let challenge = world.inject(YARD, &ask);
    world.run(seconds(61));
    let late = {
        let proof = phone.proof(&challenge[0]);
        phone.register(&proof)
    };
    let answer = world.inject(YARD, &late);
    assert_eq!(status(&answer), "401");
    assert!(answer[0].contains("stale=true"));
    let forged = {
        let proof = phone.proof_with("00000000000000000000000000");
        phone.register(&proof)
    };
    let answer = world.inject(YARD, &forged);
    assert_eq!(status(&answer), "401");
    assert!(!answer[0].contains("stale"), "or guesses could be tried without ever being counted: {answer:?}");
    assert!(!world.sides[YARD].events.iter().any(|event| matches!(event, Event::Registered { .. })));
}

/// A REGISTER with somebody else's address on it must not be worth its while.
#[test]
fn nobody_can_aim_our_challenges_at_somebody_else() {
    let mut world = yard();
    let victim = sip::Flow { remote: "203.0.113.9:5060".parse().expect("an address"), ..world.flow_from(YARD) };
    let (mut asked, mut answered) = (0, 0);
    let ask = |cseq| Phone { cseq, ..Phone::new() }.register("");
    for cseq in 1..1_000 {
        let text = ask(cseq);
        asked += text.len();
        answered += world.inject_by(YARD, victim, &text).iter().map(String::len).sum::<usize>();
    }
    assert!(answered < asked / 10, "{asked} bytes made us send {answered}");
    let long = ask(2_000).replace("Max-Forwards", &format!("User-Agent: {}\r\nMax-Forwards", "x".repeat(1_000)));
    assert!(world.inject_by(YARD, victim, &long)[0].contains("SHA-256"), "who asks at length is answered at length");
    let short = ask(2_001).replace("Max-Forwards", &format!("User-Agent: {}\r\nMax-Forwards", "x".repeat(170)));
    let answer = world.inject_by(YARD, victim, &short);
    assert!(answer[0].contains("MD5") && !answer[0].contains("SHA-256") && answer[0].len() <= short.len());
    let stream = sip::Flow { transport: Transport::Tcp, connection: 4, ..victim };
    let text = ask(2_002).replace("Max-Forwards", "Content-Length: 0\r\nMax-Forwards");
    assert_eq!(status(&world.inject_by(YARD, stream, &text)), "401", "a connection's address is true");
    assert_eq!(status(&world.inject(YARD, &ask(2_003))), "401", "other phones notice nothing");
}

#[test]
fn contacts_where_no_phone_is_are_refused() {
    for contact in [
        "<sip:1001@10.0.0.2:5060>",
        "<sip:1001@127.0.0.1>",
        "<sip:1001@224.0.1.75>",
        "<sip:1001@0.0.0.0>",
        "<sip:1001@169.254.169.254>",
        "<sip:1001@[fd00:ec2::254]>",
        "<tel:+861001>",
        "<mailto:x@y>",
        "<sip:1001@10.0.0.1?Route=%3Csip:evil%3E>",
        "<sip:1@a>, <sip:2@a>, <sip:3@a>, <sip:4@a>, <sip:5@a>, <sip:6@a>",
    ] {
        let mut world = yard();
        let mut phone = Phone { contact, ..Phone::new() };
        let answer = register(&mut world, &mut phone, "");
        assert_eq!(status(&answer), "403", "{contact}");
        assert_eq!(world.next_event(YARD), None);
    }
}

#[test]
fn a_phone_registers_nobody_but_itself() {
    let mut world = yard();
    let mut phone = Phone::new();
    let ask = phone.register("");
    let challenge = world.inject(YARD, &ask);
    let proof = phone.proof(&challenge[0]);
    let other = phone.register(&proof).replace("To: <sip:1001", "To: <sip:1002");
    assert_eq!(status(&world.inject(YARD, &other)), "403");
}

#[test]
fn a_star_removes_everything() {
    let mut world = yard();
    let mut phone = Phone { contact: "<sip:1001@10.0.0.1:5060>, <sip:1001@phone.example>", ..Phone::new() };
    register(&mut world, &mut phone, "");
    contacts(&mut world);
    phone.contact = "*";
    assert_eq!(status(&register(&mut world, &mut phone, "")), "400");
    assert_eq!(status(&register(&mut world, &mut phone, "Expires: 0\r\n")), "200");
    assert_eq!(contacts(&mut world), [] as [&str; 0]);
}

#[test]
fn a_phone_that_is_deleted_is_gone_at_once() {
    let mut world = yard();
    register(&mut world, &mut Phone::new(), "");
    contacts(&mut world);
    world.command(YARD, Command::SetDirectory(Directory::default()));
    assert_eq!(contacts(&mut world), [] as [&str; 0]);
    world.rest();
}

#[test]
fn a_phone_calls_after_one_challenge() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut world = World::new(3, FAIR, transport);
        world.phone_instead_of_trunk("1001", "secret");
        let theirs = world.call_with(Some(("1001".into(), "secret".into())));
        world.run(seconds(1));
        assert!(matches!(world.next_event(YARD), Some(Event::Rejected { why: Rejection::UnknownPeer, .. })));
        let call = world.incoming();
        assert_eq!(call.peer, sip::Peer::Phone(PHONE));
        assert_eq!(call.caller, "1001", "who it proved to be, not what From says");
        world.command(YARD, Command::Answer { dialog: call.dialog, sdp: ANSWER.to_vec() });
        world.run(seconds(1));
        assert_eq!(world.next_event(CARRIER), Some(Event::Answered { dialog: theirs, answer: ANSWER.to_vec() }));
        let ack = world.last_sent(CARRIER, "ACK").to_owned();
        assert!(ack.contains("Proxy-Authorization: "), "RFC 3261 §13.2.2.4");
        world.command(YARD, Command::HangUp { dialog: call.dialog, reason: None });
        world.rest();
    }
}

#[test]
fn a_wrong_password_is_refused_after_one_try() {
    let mut world = World::fair();
    world.phone_instead_of_trunk("1001", "secret");
    let theirs = world.call_with(Some(("1001".into(), "wrong".into())));
    world.run(seconds(1));
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::Refused { status: 407, reason: None }]);
    assert_eq!(world.count(CARRIER, "INVITE"), 2);
    let alone = world.call_with(None);
    world.run(seconds(1));
    assert_eq!(world.ends(CARRIER, alone), [EndCause::Refused { status: 407, reason: None }]);
    world.rest();
}

#[test]
fn phones_of_two_domains_with_one_name_are_told_apart() {
    let mut world = World::fair();
    let phone = |key, realm: &str| PhoneEntry {
        phone: PhoneKey(key),
        user: "1001".into(),
        realm: realm.into(),
        password: "secret".into(),
    };
    let phones = vec![phone(1, "a.example"), phone(PHONE.0, "callyard")];
    world.command(YARD, Command::SetDirectory(Directory { phones, ..Directory::default() }));
    register(&mut world, &mut Phone::new(), "");
    assert_eq!(contacts(&mut world), ["sip:1001@10.0.0.1:5060"]);
}

#[test]
fn each_registered_phone_takes_a_licence_and_whoever_came_first_keeps_it() {
    let mut world = World::fair();
    let account = |key, user: &str| PhoneEntry {
        phone: PhoneKey(key),
        user: user.into(),
        realm: "callyard".into(),
        password: "secret".into(),
    };
    let house = |licences| Directory {
        phones: vec![account(9, "1001"), account(10, "1002")],
        licences: [("callyard".to_owned(), licences)].into(),
        ..Directory::default()
    };
    let (mut first, mut second) = (Phone::new(), Phone { user: "1002", ..Phone::new() });
    world.command(YARD, Command::SetDirectory(house(1)));
    assert_eq!(status(&register(&mut world, &mut first, "")), "200");
    assert_eq!(status(&register(&mut world, &mut second, "")), "402");
    // It comes back for its own licence, not for another.
    assert_eq!(status(&register(&mut world, &mut first, "")), "200");
    contacts(&mut world);
    // It is given back with the registration.
    assert_eq!(status(&register(&mut world, &mut first, "Expires: 0\r\n")), "200");
    assert_eq!(status(&register(&mut world, &mut second, "")), "200");
    // With more of them both are in; with fewer the next to come back is out.
    world.command(YARD, Command::SetDirectory(house(2)));
    assert_eq!(status(&register(&mut world, &mut first, "")), "200");
    world.command(YARD, Command::SetDirectory(house(1)));
    // Whoever only asks keeps what it has.
    let mut asks = Phone { contact: "", cseq: second.cseq, ..Phone { user: "1002", ..Phone::new() } };
    assert_eq!(status(&register(&mut world, &mut asks, "")), "200");
    second.cseq = asks.cseq;
    assert_eq!(status(&register(&mut world, &mut second, "")), "402");
    assert_eq!(status(&register(&mut world, &mut first, "")), "200");
    assert_eq!(status(&register(&mut world, &mut first, "Expires: 0\r\n")), "200");
    world.rest();
}
