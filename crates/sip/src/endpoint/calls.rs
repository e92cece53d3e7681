//! New calls: who may make one, and what an INVITE must hold to (RFC 3261 §8.2, §13.3).
//! Whatever is refused here leaves no state behind.

use super::Endpoint;
use super::requests::{Demand, Source, plain, retry_later};
use crate::api::{DialogId, Flow, Peer, Rejection, TrunkKey};
use crate::dialog::session;
use crate::dialog::transfer::Replaced;
use crate::dialog::{Arrival, Dialog, Turn, readable_body};
use crate::directory::TrunkAt;
use crate::guard::{Ask, Finding, Question};
use crate::limits::DIALOGS;
use crate::message::write::{self, Writer};
use crate::message::{Message, Name, check};
use std::time::Duration;

impl Endpoint {
    pub(super) fn on_new_call(&mut self, invite: &Message<'_>, source: Source, now: Duration) {
        let from = source.flow.remote;
        let caller = self.caller_at(invite, source.flow);
        if matches!(caller, Caller::Unproven { .. }) && self.guard.is_banned(from.ip(), now) {
            return self.wire.reject(from, Rejection::Limit);
        }
        if matches!(caller, Caller::Unproven { .. }) && !self.known.has_accounts() {
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
        if session::is_too_brief(invite) {
            return self.reply(invite, source, (422, &session::say_least));
        }
        let replaces = match self.call_to_replace(invite) {
            Ok(replaces) => replaces,
            Err(status) => return self.reply(invite, source, (status, &plain)),
        };
        let proven = match caller {
            Caller::Trunk(trunk) => Some((Peer::Trunk(trunk), None)),
            Caller::Unproven { trunk, realm } => self.prove_caller(invite, source, (trunk, realm, now)),
        };
        let Some((peer, proven_user)) = proven else { return };
        let arrival = Arrival { dialog: self.reserve_dialog(), peer, flow: source.flow, proven_user, replaces };
        let turn = &mut Turn { wire: &mut self.wire, now };
        let dialog = Dialog::incoming(invite, arrival, turn);
        self.keep(dialog);
    }

    /// The call that this one takes the place of, or the status that refuses it. (RFC 3891 §3)
    fn call_to_replace(&self, invite: &Message<'_>) -> Result<Option<DialogId>, u16> {
        let mut values = invite.values(Name::Replaces);
        let value = match (values.next(), values.next()) {
            (None, _) => return Ok(None),
            (Some(value), None) => value,
            (Some(_), Some(_)) => return Err(400),
        };
        let replaced = Replaced::parse(value).ok_or(400_u16)?;
        let dialog = self.replaced(&replaced).ok_or(481_u16)?;
        let answered = self.dialogs.get(&dialog).is_some_and(Dialog::is_answered);
        match (answered, replaced.early_only) {
            // RFC 3891 §3: early-only, and it is answered.
            (true, true) => Err(486),
            // Its caller is not ours to replace while it rings here.
            (false, true | false) => Err(481),
            (true, false) => Ok(Some(dialog)),
        }
    }

    /// Who calls, as far as the source tells. A registered phone that shares an address with a
    /// trunk still has to prove itself, and so has a trunk with a password.
    fn caller_at(&self, invite: &Message<'_>, flow: Flow) -> Caller {
        let found = self.known.trunk_at(flow.remote).filter(|_| !self.registrar.is_at(flow));
        let realm_of = |invite: &Message<'_>| {
            let domain = invite.from().map(|from| from.uri.host_text()).unwrap_or_default();
            self.known.realm(&domain, &self.realm).to_owned()
        };
        match found {
            Some(TrunkAt { trunk, realm: None }) => Caller::Trunk(trunk),
            Some(TrunkAt { trunk, realm: Some(realm) }) => {
                Caller::Unproven { trunk: Some(trunk), realm: realm.to_owned() }
            }
            None => Caller::Unproven { trunk: None, realm: realm_of(invite) },
        }
    }

    /// Lets a phone or a trunk prove itself, with 407 until it does. A source that belongs to a
    /// trunk speaks for that trunk only.
    fn prove_caller(
        &mut self,
        invite: &Message<'_>,
        source: Source,
        (trunk, realm, now): (Option<TrunkKey>, String, Duration),
    ) -> Option<(Peer, Option<String>)> {
        let question = Question { realm: &realm, source: source.flow.remote.ip() };
        let turn = &mut Turn { wire: &mut self.wire, now };
        let ask = match self.guard.judge(invite, question, &self.known, turn) {
            Finding::Proven(account) => match account.peer {
                Peer::Phone(_) if trunk.is_none() => return Some((account.peer, Some(account.user.clone()))),
                Peer::Trunk(proven) if self.known.may_come_from(proven, source.flow.remote) => {
                    return Some((account.peer, None));
                }
                Peer::Phone(_) | Peer::Trunk(_) => {
                    self.wire.reject(source.flow.remote, Rejection::BadCredentials);
                    self.reply(invite, source, (403, &plain));
                    return None;
                }
            },
            // Its transaction is over; whoever sends it again has to prove it again.
            Finding::Repeated(_) | Finding::Stale => Ask::Stale,
            Finding::Nothing => {
                if trunk.is_none() && !self.registrar.is_at(source.flow) {
                    self.wire.reject(source.flow.remote, Rejection::UnknownPeer);
                }
                Ask::Anew
            }
            Finding::Wrong => {
                self.wire.reject(source.flow.remote, Rejection::BadCredentials);
                Ask::Anew
            }
        };
        self.challenge(invite, source, Demand { status: 407, ask, realm: &realm, now });
        None
    }
}

/// Who calls, as far as the source tells.
enum Caller {
    /// A trunk whose source is proof enough.
    Trunk(TrunkKey),
    /// Somebody who has to prove a password in this realm; the trunk whose source it is, if any.
    Unproven { trunk: Option<TrunkKey>, realm: String },
}
