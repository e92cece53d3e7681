//! What every sub-machine shares: the queue of outputs, the timers, the transactions
//! and the luck. Dialogs and the registrar act on the world through this only.

use crate::api::{Event, Flow, Output, Rejection, Transport};
use crate::deadlines::Deadlines;
use crate::message::{Host, Message};
use crate::transaction::store::Store;
use hmac::{Hmac, KeyInit, Mac};
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use sha2::Sha256;
use std::collections::VecDeque;
use std::net::SocketAddr;

pub(crate) struct Wire {
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) deadlines: Deadlines,
    pub(crate) store: Store,
    pub(crate) product: String,
    rng: ChaCha12Rng,
    key: [u8; 32],
}

/// Without its luck and its key.
impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("outputs", &self.outputs.len()).finish_non_exhaustive()
    }
}

impl Wire {
    pub(crate) fn new(seed: [u8; 32], product: String) -> Wire {
        let mut rng = ChaCha12Rng::from_seed(seed);
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        let product = product.chars().filter(|letter| !letter.is_control()).collect();
        let deadlines = Deadlines::default();
        Wire { outputs: VecDeque::new(), deadlines, store: Store::default(), product, rng, key }
    }

    pub(crate) fn transmit(&mut self, flow: Flow, bytes: Vec<u8>) {
        self.outputs.push_back(Output::Transmit { flow, bytes });
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(crate) fn reject(&mut self, from: SocketAddr, why: Rejection) {
        self.tell(Event::Rejected { from, why });
    }

    /// A token of 80 random bits: tags, Call-IDs, branches. RFC 3261 §19.3 wants 32 at least.
    pub(crate) fn token(&mut self) -> String {
        format!("{:016x}{:04x}", self.rng.next_u64(), self.rng.next_u64() & 0xffff)
    }

    pub(crate) fn random(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// A keyed hash of parts: nonces, and tags of stateless answers.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The To tag of a stateless answer: the same for every copy of a request. (RFC 3261 §8.2.7)
    pub(crate) fn stateless_tag(&self, request: &Message<'_>) -> String {
        let value = |name| request.value(name).unwrap_or_default();
        use crate::message::Name::{CSeq, CallId, From, Via};
        let hash = self.sign(&[b"tag", value(CallId), value(CSeq), value(From), value(Via)]);
        hex(hash.get(..8).unwrap_or_default())
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        out
    })
}

/// Where the answers to a request go: back to where it came from. A peer that names its own
/// address truly and does not ask for `rport` is believed about its port (RFC 3261 §18.2.2);
/// anybody else is behind a NAT, or wants us to write to somebody who did not ask.
pub(crate) fn answer_flow(request: &Message<'_>, flow: Flow) -> Flow {
    let Ok(via) = request.via() else { return flow };
    if flow.transport != Transport::Udp || via.params.get("rport").is_some() {
        return flow;
    }
    reachable_at(flow, via.host, via.port)
}

/// Where the answers to a request go, and where to if the connection that it came by is closed:
/// to its source address, at the port that its Via names. (RFC 3261 §18.2.2)
#[derive(Debug, Clone, Copy)]
pub(crate) struct WayBack {
    pub(crate) flow: Flow,
    port: u16,
}

impl WayBack {
    pub(crate) fn of(request: &Message<'_>, flow: Flow) -> WayBack {
        let usual = if flow.transport == Transport::Tls { 5061 } else { 5060 };
        let port = request.via().ok().and_then(|via| via.port).unwrap_or(usual);
        WayBack { flow: answer_flow(request, flow), port }
    }

    /// A connection is closed.
    pub(crate) fn closed(&mut self, gone: Flow) {
        if self.flow.connection != 0 && self.flow == gone {
            let remote = SocketAddr::new(gone.remote.ip(), self.port);
            self.flow = Flow { remote, connection: 0, ..gone };
        }
    }
}

/// Whether two flows lead to the same peer. A flow without a connection stands for whichever
/// was opened for it.
pub(crate) fn same_way(one: Flow, other: Flow) -> bool {
    let open = one.connection == other.connection || one.connection == 0 || other.connection == 0;
    one.transport == other.transport && one.remote == other.remote && open
}

/// `flow` with the port that the peer names, if the address it names is the one it has.
pub(crate) fn reachable_at(flow: Flow, host: Host<'_>, port: Option<u16>) -> Flow {
    let own = host.address().map(|address| address.to_canonical()) == Some(flow.remote.ip().to_canonical());
    match own {
        true => Flow { remote: SocketAddr::new(flow.remote.ip(), port.unwrap_or(5060)), ..flow },
        false => flow,
    }
}
