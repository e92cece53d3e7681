//! New calls: who may make one, and what an INVITE must hold to (RFC 3261 §8.2, §13.3).
//! Whatever is refused here leaves no state behind.

use super::Endpoint;
use super::requests::{Source, plain, retry_later};
use crate::api::{Flow, Peer, Rejection};
use crate::dialog::{Arrival, Dialog, Turn, readable_body};
use crate::guard::{Ask, Finding, Question};
use crate::limits::DIALOGS;
use crate::message::write::{self, Writer};
use crate::message::{Message, check};
use std::time::Duration;

impl Endpoint {
    pub(super) fn on_new_call(&mut self, invite: &Message<'_>, source: Source, now: Duration) {
        let from = source.flow.remote;
        let trunk = self.trunk_of(source.flow);
        if trunk.is_none() && self.guard.is_banned(from.ip(), now) {
            return self.wire.reject(from, Rejection::Limit);
        }
        if trunk.is_none() && !self.known.has_phones() {
            self.wire.reject(from, Rejection::UnknownPeer);
            return self.reply(invite, source, (403, &plain));
        }
        if self.shedding {
            self.wire.reject(from, Rejection::Overload);
            return self.reply(invite, source, (503, &retry_later));
        }
        let full = self.dialogs.len() >= DIALOGS || !self.wire.store.has_room_for_call();
        if full {
            self.wire.reject(from, Rejection::Limit);
            return self.reply(invite, source, (503, &retry_later));
        }
        // RFC 7332 §5: who stands between two calls as we do must not let them circle.
        if check::hops_left(invite) == Some(0) {
            return self.reply(invite, source, (483, &plain));
        }
        if self.wire.store.is_merged(invite) {
            return self.reply(invite, source, (482, &plain));
        }
        if !readable_body(invite) {
            return self.reply(invite, source, (415, &|writer: Writer| writer.header("Accept", write::SDP)));
        }
        let proven = match trunk {
            Some(trunk) => Some((trunk, None)),
            None => self.prove_phone(invite, source, now),
        };
        let Some((peer, proven_user)) = proven else { return };
        let arrival = Arrival { dialog: self.reserve_dialog(), peer, flow: source.flow, proven_user };
        let turn = &mut Turn { wire: &mut self.wire, now };
        let dialog = Dialog::incoming(invite, arrival, turn);
        self.keep(dialog);
    }

    /// A registered phone that shares an address with a trunk still has to prove itself.
    fn trunk_of(&self, flow: Flow) -> Option<Peer> {
        let trunk = self.known.trunk(flow.remote).map(Peer::Trunk);
        trunk.filter(|_| !self.registrar.is_at(flow))
    }

    /// Lets a phone prove itself, with 407 until it does.
    fn prove_phone(&mut self, invite: &Message<'_>, source: Source, now: Duration) -> Option<(Peer, Option<String>)> {
        let domain = invite.from().map(|from| from.uri.host_text()).unwrap_or_default();
        let realm = self.known.realm(&domain, &self.realm);
        let question = Question { realm, source: source.flow.remote.ip() };
        let turn = &mut Turn { wire: &mut self.wire, now };
        let ask = match self.guard.judge(invite, question, &self.known, turn) {
            Finding::Proven(phone) => return Some((Peer::Phone(phone.phone), Some(phone.user.clone()))),
            // Its transaction is over; whoever sends it again has to prove it again.
            Finding::Repeated(_) | Finding::Stale => Ask::Stale,
            Finding::Nothing => {
                if !self.registrar.is_at(source.flow) {
                    self.wire.reject(source.flow.remote, Rejection::UnknownPeer);
                }
                Ask::Anew
            }
            Finding::Wrong => {
                self.wire.reject(source.flow.remote, Rejection::BadCredentials);
                Ask::Anew
            }
        };
        self.challenge(invite, source, (407, ask, now));
        None
    }
}
