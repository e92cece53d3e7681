//! Requests of ours inside a dialog: how they are written, sent, and sent again with a proof
//! when somebody on the way asks who we are (RFC 3261 §12.2.1.1, §22).

use super::far::Far;
use super::{Dialog, Turn, tagged, via};
use crate::api::Flow;
use crate::message::write::Writer;
use crate::message::{Message, Method};
use crate::prover::{Advice, Prover};
use crate::transaction::store::{ClientKey, Owner, Purpose, Request};

/// What a request says beyond what every request says.
#[derive(Clone, Default)]
pub(super) struct Words {
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<(&'static str, Vec<u8>)>,
}

impl Words {
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Words {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn maybe(self, name: &'static str, value: Option<String>) -> Words {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// A request that has no final answer yet. One of each purpose is kept, the last.
pub(super) struct Sent {
    purpose: Purpose,
    far: Far,
    words: Words,
}

impl Dialog {
    /// Sends a request to the peer.
    pub(super) fn ask_peer(&mut self, purpose: Purpose, words: Words, turn: &mut Turn<'_>) -> ClientKey {
        let far = self.far.clone();
        self.ask_at(far, purpose, words, turn)
    }

    /// Sends a request to one end: the peer, or a fork that is not the peer yet.
    pub(super) fn ask_at(&mut self, far: Far, purpose: Purpose, words: Words, turn: &mut Turn<'_>) -> ClientKey {
        if let Some(prover) = &mut self.prover {
            prover.begin();
        }
        self.send_words(Sent { purpose, far, words }, turn)
    }

    /// Answers a challenge to one of these requests by sending it again. `false`: the refusal
    /// is final. A dialog whose INVITE nobody asked about proves nothing to anybody later: who
    /// asks then is not the trunk that owns the secret.
    pub(super) fn ask_again(&mut self, purpose: Purpose, refusal: (u16, &Message<'_>), turn: &mut Turn<'_>) -> bool {
        let (status, response) = refusal;
        let Some(place) = self.sent.iter().position(|sent| sent.purpose == purpose) else { return false };
        if !matches!(status, 401 | 407) {
            if status >= 200 {
                self.sent.remove(place);
            }
            return false;
        }
        let sent = self.sent.remove(place);
        let Some(prover) = self.prover.as_mut().filter(|prover| prover.was_asked()) else { return false };
        match prover.learn(status, response) {
            Advice::Again => {
                self.send_words(sent, turn);
                true
            }
            Advice::GiveUp => false,
        }
    }

    /// Whether a re-INVITE may be sent again with a proof.
    pub(super) fn may_prove(&mut self, status: u16, response: &Message<'_>) -> bool {
        let prover = self.prover.as_mut().filter(|prover| prover.was_asked());
        prover.is_some_and(|prover| prover.learn(status, response) == Advice::Again)
    }

    fn send_words(&mut self, sent: Sent, turn: &mut Turn<'_>) -> ClientKey {
        let method = sent.purpose.method();
        self.local_cseq += 1;
        let branch = turn.wire.new_branch();
        let mut writer = self.request_to(&sent.far, (method, self.local_cseq), &branch.1, turn);
        writer = self.credentials(method, &sent.far, turn).write(writer);
        for (name, value) in &sent.words.headers {
            writer = writer.header(name, value);
        }
        let frame = writer.finish(sent.words.body.as_ref().map(|(kind, body)| (*kind, body.as_slice())));
        let flow = self.flow_to(&sent.far);
        let owner = Owner::Dialog(self.id, sent.purpose);
        let key = branch.0;
        turn.wire.open_client(branch, Request { flow, owner, frame }, turn.now);
        self.sent.retain(|other| other.purpose != sent.purpose);
        self.sent.push(sent);
        key
    }

    /// The credentials of a new request, if anybody asked for some in this dialog.
    pub(super) fn credentials(&mut self, method: Method, far: &Far, turn: &mut Turn<'_>) -> crate::prover::Credentials {
        let prover: Option<&mut Prover> = self.prover.as_mut();
        prover.map(|prover| prover.headers(method, far.route().0, turn.wire)).unwrap_or_default()
    }

    /// The start of a request to the peer, with the present sequence number.
    pub(super) fn request(&self, method: Method, branch: &str, turn: &Turn<'_>) -> Writer {
        self.request_to(&self.far, (method, self.local_cseq), branch, turn)
    }

    /// The start of a request. (RFC 3261 §12.2.1.1)
    pub(super) fn request_to(&self, far: &Far, (method, cseq): (Method, u32), branch: &str, turn: &Turn<'_>) -> Writer {
        let (uri, routes) = far.route();
        let mut writer = Writer::request(method, uri).header("Via", via(self.flow_to(far), branch));
        for route in &routes {
            writer = writer.header("Route", route);
        }
        writer
            .header("Max-Forwards", self.max_forwards.to_string())
            .header("From", tagged(&self.local, self.local_tag.as_bytes()))
            .header("To", tagged(&self.remote, &far.tag))
            .header("Call-ID", &self.call_id)
            .header("CSeq", format!("{cseq} {}", method.name()))
            .header("User-Agent", &turn.wire.product)
    }

    /// Requests go to the address that was proven. Its port may be the one that Contact or
    /// the first route names, if that is on the same address and no NAT is between.
    pub(super) fn flow_to(&self, far: &Far) -> Flow {
        if self.symmetric || (self.flow.transport.is_reliable() && self.flow.connection != 0) {
            return self.flow;
        }
        far.reached_by(self.flow)
    }

    pub(super) fn request_flow(&self) -> Flow {
        self.flow_to(&self.far)
    }

    pub(super) fn send_request(
        &self,
        branch: (ClientKey, String),
        purpose: Purpose,
        frame: Vec<u8>,
        turn: &mut Turn<'_>,
    ) {
        let owner = Owner::Dialog(self.id, purpose);
        turn.wire.open_client(branch, Request { flow: self.request_flow(), owner, frame }, turn.now);
    }
}
