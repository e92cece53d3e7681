//! What we ask carriers for by ourselves, outside of calls: registrations and keep-alives.
//! Each trunk's state is told when it changes.

pub(crate) mod keep_alive;
pub(crate) mod registration;

use crate::api::Flow;
use crate::dialog::via;
use crate::message::Method;
use crate::message::write::Writer;
use crate::wire::Wire;

/// The names that a row of requests has in common. (RFC 3261 §8.1.1, §10.2)
#[derive(Debug)]
struct Thread {
    call_id: String,
    tag: String,
    cseq: u32,
}

impl Thread {
    fn new(wire: &mut Wire) -> Thread {
        Thread { call_id: wire.token(), tag: wire.token(), cseq: 0 }
    }

    /// The start of the next request, between two URIs.
    fn request(
        &mut self,
        (method, uri): (Method, &str),
        (from, to): (&str, &str),
        (flow, branch): (Flow, &str),
        wire: &Wire,
    ) -> Writer {
        self.cseq = self.cseq.saturating_add(1);
        Writer::request(method, uri.as_bytes())
            .header("Via", via(flow, branch))
            .header("Max-Forwards", "70")
            .header("From", format!("<{from}>;tag={}", self.tag))
            .header("To", format!("<{to}>"))
            .header("Call-ID", &self.call_id)
            .header("CSeq", format!("{} {}", self.cseq, method.name()))
            .header("User-Agent", &wire.product)
    }
}
