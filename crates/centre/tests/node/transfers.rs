//! Transfers as telephones ask for them: REFER, its notices, and Replaces. (RFC 3515, RFC 5589)

use super::{APP, Carrier, Telephone, reply_from, sdp};
use centre::node::Input;
use media::{Command, Event, LegId};

/// Three telephones of the house; the first has called the second, and they talk.
struct House {
    carrier: Carrier,
    one: Telephone,
    two: Telephone,
    three: Telephone,
    /// Our To header in the first one's calls, in order.
    to: Vec<String>,
}

impl House {
    fn new() -> House {
        let mut carrier = Carrier::new();
        let mut phones =
            [("8001", 6001), ("8002", 6002), ("8003", 6003)].map(|(name, port)| Telephone::new(name, port));
        for phone in &mut phones {
            let answer = phone.asks(&mut carrier, ("REGISTER", &domain(), ""));
            assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
        }
        let [one, two, three] = phones;
        let mut house = House { carrier, one, two, three, to: Vec::new() };
        house.call("8002", 6002);
        house
    }

    /// The first one calls another, who answers.
    fn call(&mut self, extension: &str, port: u16) {
        self.one.asks(&mut self.carrier, ("INVITE", &format!("{extension}@{}", domain()), &sdp(8, "sendrecv")));
        self.open_legs();
        self.answers(port, "200 OK");
        self.to.push(self.carrier.to());
        let ack = self.one.request(("ACK", &format!("{extension}@{}", domain()), ""), "");
        let flow = self.one.flow();
        self.carrier.receive(flow, &with_to(&ack, &self.carrier.to()));
        self.carrier.sent.clear();
    }

    fn open_legs(&mut self) {
        for leg in self.carrier.legs() {
            self.carrier.tell(Input::Media(Event::LegOpened { leg, answer: None }));
        }
    }

    fn answers(&mut self, port: u16, status: &str) {
        let flow = sip::Flow { remote: ([10, 0, 0, 5], port).into(), ..self.one.flow() };
        let body = if status.starts_with('2') { sdp(8, "sendrecv") } else { String::new() };
        reply_from(&mut self.carrier, flow, (status, &body));
    }

    /// The first one sends REFER in its call on this line.
    fn refers(&mut self, line: u8, refer_to: &str) {
        self.one.line = line;
        self.one.headers = format!("Refer-To: {refer_to}\n");
        let refer = self.one.request(("REFER", "100@192.0.2.1", ""), "");
        self.one.headers.clear();
        let call = refer.replace(&format!("Call-ID: p8001{line}REFER"), &format!("Call-ID: p8001{line}INVITE"));
        let to = self.to[usize::from(line) - 1].clone();
        let flow = self.one.flow();
        self.carrier.receive(flow, &with_to(&call, &to));
    }

    /// What the notices said so far; each is answered.
    fn notices(&mut self) -> Vec<String> {
        let notices: Vec<String> =
            self.carrier.sent.iter().filter(|text| text.starts_with("NOTIFY")).cloned().collect();
        for notice in &notices {
            let headers = notice.split("\r\n").skip(1).take_while(|line| !line.is_empty());
            let same = headers
                .filter(|line| ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name)));
            let answer = format!("SIP/2.0 200 OK\n{}\nContent-Length: 0\n\n", same.collect::<Vec<_>>().join("\n"));
            let flow = self.one.flow();
            self.carrier.receive(flow, &answer);
        }
        notices.iter().map(|text| text.rsplit("\r\n\r\n").next().unwrap_or_default().trim().to_owned()).collect()
    }

    fn sent(&self, start: &str) -> Vec<&String> {
        self.carrier.sent.iter().filter(|text| text.starts_with(start)).collect()
    }

    /// Who hears whom by the last bridge.
    fn bridged(&self) -> Option<(LegId, LegId)> {
        self.carrier.commands.iter().rev().find_map(|command| match command {
            Command::Bridge { left, right } => Some((*left, *right)),
            _ => None,
        })
    }

    fn nothing_is_left(mut self) {
        self.carrier.tell(Input::Stop);
        assert_eq!((self.carrier.node.holdings().lines, self.carrier.node.holdings().ports), (0, 0));
        assert_eq!(self.carrier.node.figures().repairs, 0);
    }
}

fn domain() -> String {
    format!("{APP}.callyard")
}

fn with_to(request: &str, to: &str) -> String {
    let lines = request.split('\n').map(|line| if line.starts_with("To:") { to.trim_end() } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

fn tag(to: &str) -> &str {
    to.split("tag=").nth(1).expect("a tag").trim_end()
}

#[test]
fn a_telephone_gives_its_call_away_and_hears_how_it_goes() {
    let mut house = House::new();
    house.refers(1, "<sip:8003@callyard.example;user=phone>");
    assert_eq!(house.sent("SIP/2.0 202").len(), 1);
    house.open_legs();
    let invite = house.sent("INVITE sip:8003@10.0.0.5:6003")[0].clone();
    assert!(invite.contains("Referred-By: <sip:8001@192.0.2.1>"), "{invite}");
    assert!(invite.contains("From: <sip:8002@192.0.2.1>"), "who stays is shown: {invite}");
    house.answers(6003, "180 Ringing");
    house.answers(6003, "200 OK");
    assert_eq!(house.notices(), ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]);
    let byes = house.sent("BYE");
    assert!(byes.len() == 1 && byes[0].contains("Call-ID: p80011INVITE"), "{byes:?}");
    let legs = house.carrier.legs();
    assert_eq!(house.bridged(), Some((legs[1], legs[2])), "the second and the third talk");
    assert_eq!(house.carrier.ends, Vec::<String>::new());
    house.nothing_is_left();
}

#[test]
fn a_refused_transfer_is_told_and_the_call_goes_on() {
    let mut house = House::new();
    house.refers(1, "sip:8003@callyard");
    house.open_legs();
    house.answers(6003, "486 Busy Here");
    assert_eq!(house.notices(), ["SIP/2.0 100 Trying", "SIP/2.0 486 Busy Here"]);
    house.carrier.sent.clear();
    house.refers(1, "tel:abc");
    assert_eq!(house.notices().last().map(String::as_str), Some("SIP/2.0 484 Address Incomplete"));
    assert_eq!(house.sent("BYE").len(), 0);
    house.nothing_is_left();
}

#[test]
fn two_calls_of_one_telephone_become_one() {
    let mut house = House::new();
    house.one.line = 2;
    house.call("8003", 6003);
    let other = tag(&house.to[1]).to_owned();
    house.refers(1, "<sip:8003@yard?Replaces=p80012INVITE%3Bto-tag%3Dguess%3Bfrom-tag%3Dp8001>");
    assert_eq!(house.sent("SIP/2.0 603").len(), 1);
    house.refers(1, &format!("<sip:8003@yard?Replaces=p80012INVITE%3Bto-tag%3D{other}%3Bfrom-tag%3Dp8001>"));
    assert_eq!(house.sent("SIP/2.0 202").len(), 1);
    assert_eq!(house.notices(), ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]);
    assert_eq!(house.sent("BYE").len(), 2, "both calls of the one who joined them are over");
    let legs = house.carrier.legs();
    assert_eq!(house.bridged(), Some((legs[1], legs[3])));
    assert_eq!(house.carrier.ends, ["ok transfer.joined"]);
    house.nothing_is_left();
}

#[test]
fn a_telephone_that_knows_a_call_takes_its_place() {
    let mut house = House::new();
    let (call, own) = ("p80011INVITE", tag(&house.to[0]).to_owned());
    for (replaces, expected) in [
        (format!("{call};to-tag={own};from-tag=wrong"), "481"),
        (format!("{call};to-tag={own};from-tag=p8001;early-only"), "486"),
    ] {
        house.three.headers = format!("Require: replaces\nReplaces: {replaces}\n");
        let invite = house.three.request(("INVITE", &format!("8001@{}", domain()), &sdp(8, "sendrecv")), "");
        let flow = house.three.flow();
        assert_eq!(house.carrier.receive(flow, &invite).get(8..11), Some(expected), "{replaces}");
    }
    house.three.headers = format!("Replaces: {call};to-tag={own};from-tag=p8001\n");
    house.three.asks(&mut house.carrier, ("INVITE", &format!("8001@{}", domain()), &sdp(8, "sendrecv")));
    house.open_legs();
    assert_eq!(house.sent("SIP/2.0 200").len(), 1);
    let byes = house.sent("BYE");
    assert!(byes.len() == 1 && byes[0].contains("Call-ID: p80011INVITE"), "{byes:?}");
    let legs = house.carrier.legs();
    assert_eq!(house.bridged(), Some((legs[1], legs[2])));
    assert!(house.two.extension == "8002" && house.carrier.ends.is_empty(), "the second one talks on");
    house.nothing_is_left();
}
