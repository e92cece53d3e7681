//! The other end of a dialog: its tag, its address, the way there (RFC 3261 §12). Before our
//! call is answered there may be several, one for each fork.

use crate::api::Flow;
use crate::message::write;
use crate::message::{Address, Message, Uri};
use crate::wire;

/// Where requests of a dialog go.
#[derive(Clone)]
pub(super) struct Far {
    /// Empty until the peer answered.
    pub(super) tag: Vec<u8>,
    /// Where Contact says the peer is: our Request-URI.
    pub(super) target: Vec<u8>,
    pub(super) routes: Vec<Vec<u8>>,
}

impl Far {
    /// The caller, as its INVITE describes it. (RFC 3261 §12.1.1)
    pub(super) fn of_caller(invite: &Message<'_>) -> Far {
        // RFC 2543 calls may come without Contact; From is the best guess.
        let fallback = || invite.from().map(|from| from.uri.raw.to_vec()).unwrap_or_default();
        Far {
            tag: invite.tag_in_from().to_vec(),
            target: write::contact_uri(invite).unwrap_or_else(fallback),
            routes: write::recorded_routes(invite),
        }
    }

    /// Who answered our INVITE; `target` is used if the answer names none. (RFC 3261 §12.1.2)
    pub(super) fn of_answer(response: &Message<'_>, target: &[u8]) -> Far {
        let mut routes = write::recorded_routes(response);
        routes.reverse();
        let target = write::contact_uri(response).unwrap_or_else(|| target.to_vec());
        Far { tag: response.tag_in_to().to_vec(), target, routes }
    }

    /// A target refresh moves the peer. (RFC 3261 §12.2.1.2, §12.2.2)
    pub(super) fn refresh(&mut self, message: &Message<'_>) {
        if let Some(target) = write::contact_uri(message) {
            self.target = target;
        }
    }

    /// Request-URI and Route: a first route without `lr` is a strict router, which wants
    /// itself in the Request-URI. (RFC 3261 §12.2.1.1)
    pub(super) fn route(&self) -> (&[u8], Vec<Vec<u8>>) {
        let Some((first, rest)) = self.routes.split_first() else { return (&self.target, Vec::new()) };
        match Address::parse(first) {
            Ok(address) if address.uri.params.get("lr").is_none() => {
                let inner = first.strip_prefix(b"<").unwrap_or(first);
                let end = memchr::memchr(b'>', inner).unwrap_or(inner.len());
                let uri = inner.get(..end).unwrap_or(&self.target);
                let last = [b"<", self.target.as_slice(), b">"].concat();
                (uri, rest.iter().cloned().chain([last]).collect())
            }
            Ok(_) | Err(_) => (&self.target, self.routes.clone()),
        }
    }

    /// `flow`, at the port that Contact or the first route names, if that is on the same address.
    pub(super) fn reached_by(&self, flow: Flow) -> Flow {
        let first = self.routes.first().and_then(|route| Address::parse(route).ok());
        let uri = first.map(|address| address.uri).or_else(|| Uri::parse(&self.target).ok());
        match uri.and_then(|uri| uri.host.map(|host| (host, uri.port))) {
            Some((host, port)) => wire::reachable_at(flow, host, port),
            None => flow,
        }
    }
}
