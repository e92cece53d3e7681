//! A carrier: a real SIP endpoint that calls for its customers, and what it
//! would write on their bills.

use crate::callee::Deed;
use crate::town::{NUMBER, carrier_address, node_address};
use sip::sdp::{self, LocalMedia, VoiceCodec};
use sip::{Command, DialogId, Directory, Endpoint, EndpointConfig, Flow, Invite, Transport, TrunkEntry, TrunkKey};
use std::collections::BTreeMap;
use std::time::Duration;

/// A carrier.
#[derive(Debug)]
pub(crate) struct Carrier {
    pub(crate) endpoint: Endpoint,
    pub(crate) id: u8,
    callers: BTreeMap<DialogId, usize>,
    /// Descriptions that its border controller keeps back, by call and sequence number.
    kept_back: BTreeMap<(String, u32), String>,
}

impl Carrier {
    pub(crate) fn new(id: u8, seed: [u8; 32]) -> Carrier {
        let config = EndpointConfig {
            seed,
            product: format!("Carrier/{id}"),
            realm: "carrier".to_owned(),
            digest: sip::DigestOffer::default(),
        };
        let mut endpoint = Endpoint::new(config, Duration::ZERO);
        let node =
            TrunkEntry { trunk: TrunkKey(1), sources: vec![node_address().ip().into()], port: None, credentials: None };
        let directory = Directory { trunks: vec![node], ..Directory::default() };
        endpoint.command(Command::SetDirectory(directory), Duration::ZERO);
        Carrier { endpoint, id, callers: BTreeMap::new(), kept_back: BTreeMap::new() }
    }

    /// Its side of the way to the node.
    pub(crate) fn flow(&self) -> Flow {
        Flow { transport: Transport::Udp, local: carrier_address(self.id), remote: node_address(), connection: 0 }
    }

    /// The node's side of it.
    pub(crate) fn node_flow(&self) -> Flow {
        Flow { transport: Transport::Udp, local: node_address(), remote: carrier_address(self.id), connection: 0 }
    }

    /// Calls the town's number, or a wrong one.
    pub(crate) fn call(&mut self, caller: usize, (from, to): (&str, &str), now: Duration) -> DialogId {
        let dialog = self.endpoint.reserve_dialog();
        self.callers.insert(dialog, caller);
        let invite = Invite {
            dialog,
            flow: self.flow(),
            to: format!("sip:{to}@{}", node_address().ip()),
            from: format!("sip:{from}@{}", carrier_address(self.id).ip()),
            from_name: None,
            identity: sip::CallerIdentity::default(),
            route: Vec::new(),
            max_forwards: sip::MAX_FORWARDS,
            credentials: None,
            user_to_user: None,
            offer: sdp::offer(&local(self.id, caller)),
        };
        self.endpoint.command(Command::Invite(invite), now);
        dialog
    }

    /// The customer puts the handset down.
    pub(crate) fn hang_up(&mut self, dialog: DialogId, now: Duration) {
        self.endpoint.command(Command::HangUp { dialog, reason: None }, now);
    }

    /// The customer's network changes something: a hold, or the end of one.
    pub(crate) fn offer_again(&mut self, (dialog, caller): (DialogId, usize), now: Duration) {
        let sdp = sdp::offer(&LocalMedia { version: 2, direction: sdp::Direction::SendOnly, ..local(self.id, caller) });
        self.endpoint.command(Command::Offer { dialog, sdp }, now);
    }

    /// What leaves the carrier's network. The border controller of every other carrier lets
    /// the node offer first: it takes the description out of a re-INVITE and puts it into the
    /// ACK of the answer.
    pub(crate) fn border(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(&bytes) else { return bytes };
        let Some((head, body)) = text.split_once("\r\n\r\n").filter(|_| self.id % 2 == 1) else { return bytes };
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let number = field("CSeq: ").split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        let key = (field("Call-ID: ").to_owned(), number);
        let inside = field("To: ").contains(";tag=");
        match text.split(' ').next() {
            Some("INVITE") if inside => {
                self.kept_back.insert(key, body.to_owned());
                with_body(head, "")
            }
            Some("ACK") => match self.kept_back.get(&key) {
                Some(body) => with_body(head, body),
                None => bytes,
            },
            Some(_) | None => bytes,
        }
    }

    /// What the carrier says of a call to one of its customers.
    pub(crate) fn answers(&mut self, (dialog, callee): (DialogId, usize), deed: Deed, now: Duration) {
        let description = sdp::offer(&local(self.id, 9_000 + callee));
        let ring = |status, sdp| Command::Ring { dialog, status, sdp };
        let command = match deed {
            Deed::Rings => ring(180, None),
            Deed::Sounds => ring(183, Some(description)),
            Deed::PicksUp => Command::Answer { dialog, sdp: description },
            Deed::Refuses(status) => Command::Refuse { dialog, status, retry_after: None, reason: None },
            Deed::HangsUp => Command::HangUp { dialog, reason: None },
        };
        self.endpoint.command(command, now);
    }

    /// Whose dialog it is.
    pub(crate) fn caller(&self, dialog: DialogId) -> Option<usize> {
        self.callers.get(&dialog).copied()
    }
}

/// The number that is called, as carriers write it in many ways.
pub(crate) fn writing(which: u64) -> &'static str {
    match which {
        0 => "+8675512345678",
        1 => "075512345678",
        _ => NUMBER,
    }
}

/// The RTP port in an answer.
pub(crate) fn audio_port(answer: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(answer).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("m=audio "))?;
    line.split(' ').next()?.parse().ok()
}

/// The same message with another session description.
fn with_body(head: &str, body: &str) -> Vec<u8> {
    let lines = head.lines().filter(|line| !line.starts_with("Content-"));
    let mut text: String = lines.map(|line| format!("{line}\r\n")).collect();
    if !body.is_empty() {
        text.push_str("Content-Type: application/sdp\r\n");
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    text.into_bytes()
}

fn local(id: u8, caller: usize) -> LocalMedia {
    let port = 10_000 + (caller as u16 % 20_000) * 2;
    LocalMedia {
        address: (carrier_address(id).ip(), port).into(),
        security: sdp::Security::Plain,
        codecs: vec![VoiceCodec::Pcma, VoiceCodec::Pcmu],
        telephone_event: true,
        session: caller as u64,
        version: 1,
        direction: sdp::Direction::SendReceive,
    }
}
