//! 2xx answers that belong to no call of the owner: further forks, and calls that were
//! forgotten already. Each is acknowledged and ended, from what the answer says.

use super::{Turn, via};
use crate::api::{DialogId, Flow};
use crate::message::write::{self, Writer};
use crate::message::{Message, Method, Name};
use crate::transaction::store::{Fork, Owner, Purpose, Request};

/// No dialog has this id.
const NOBODY: DialogId = DialogId(0);

/// RFC 3261 §13.2.2.4: ACK for every 2xx; BYE, once, for those that we do not want. `step` is how
/// far the sequence number of that BYE is above the INVITE's.
pub(crate) fn acknowledge_and_end(response: &Message<'_>, (flow, step): (Flow, u32), turn: &mut Turn<'_>) {
    let key = turn.wire.store.find_client(response);
    let fork = key.map_or(Fork::TooMany, |key| turn.wire.store.fork(key, response.tag_in_to()));
    if fork == Fork::TooMany {
        return;
    }
    let branch = turn.wire.new_branch().1;
    let ack = request(response, (Method::Ack, 0), &branch, flow);
    turn.wire.transmit(flow, ack);
    if fork == Fork::New && turn.wire.store.has_room() {
        let branch = turn.wire.new_branch();
        let frame = request(response, (Method::Bye, step), &branch.1, flow);
        let owner = Owner::Dialog(NOBODY, Purpose::Bye);
        turn.wire.open_client(branch, Request { flow, owner, frame }, turn.now);
    }
}

fn request(response: &Message<'_>, (method, step): (Method, u32), branch: &str, flow: Flow) -> Vec<u8> {
    let target = write::contact_uri(response);
    let to = response.to().map(|to| to.uri.raw.to_vec()).unwrap_or_default();
    let number = response.cseq().map_or(0, |cseq| cseq.number).saturating_add(step);
    let mut writer = Writer::request(method, &target.unwrap_or(to)).header("Via", via(flow, branch));
    for route in write::recorded_routes(response).iter().rev() {
        writer = writer.header("Route", route);
    }
    writer
        .header("Max-Forwards", "70")
        .maybe("From", response.value(Name::From))
        .maybe("To", response.value(Name::To))
        .maybe("Call-ID", response.value(Name::CallId))
        .header("CSeq", format!("{number} {}", method.name()))
        .finish(None)
}
