//! The telephones of one account ring together: the first that answers has the
//! call, the others are told so, and what one refuses does not end the others.

use super::dial::Calling;
use super::line::Line;
use super::wiring::Node;
use crate::limits::REDIRECTIONS;
use crate::{Now, TrunkId, settings::Outward};
use media::LegId;
use sip::message::{Host, Uri};
use sip::{DialogId, EndCause, ReasonHeader};
use std::net::IpAddr;

/// The dialogs that were begun for one call.
#[derive(Debug, Default)]
pub(super) struct Branches {
    ringing: Vec<DialogId>,
    /// The best of the answers that were none.
    best: Option<EndCause>,
}

impl Branches {
    pub(super) fn begin(&mut self, dialog: DialogId) {
        self.ringing.push(dialog);
    }

    /// Whether this one is all that is left.
    pub(super) fn is_only(&self, dialog: DialogId) -> bool {
        self.ringing == [dialog]
    }

    /// One is over: what the call comes to, if it was the last.
    fn over(&mut self, dialog: DialogId, cause: EndCause) -> Option<EndCause> {
        self.ringing.retain(|ringing| *ringing != dialog);
        let better = self.best.as_ref().is_none_or(|best| rank(&cause) < rank(best));
        if better {
            self.best = Some(cause);
        }
        if self.ringing.is_empty() { self.best.take() } else { None }
    }
}

/// How much an answer says about the person who was called: the lowest is told to whoever
/// called (RFC 3261 §16.7, step 6). Unlike a proxy we let the others ring on after a 6xx: they
/// are telephones of one account, and one of them does not speak for all.
fn rank(cause: &EndCause) -> u16 {
    match cause {
        EndCause::Refused { status: 600..=699, reason: _ } => 0,
        EndCause::Redirected { .. } => 1,
        // These name something that whoever called can mend.
        EndCause::Refused { status: 401 | 407 | 415 | 420 | 484, reason: _ } => 2,
        // A telephone that somebody heard says more than one that nobody found.
        EndCause::Refused { status: 408 | 480, reason: _ } => 4,
        EndCause::Refused { status: 300..=499, reason: _ } => 3,
        EndCause::Refused { status: 503, reason: _ } => 6,
        EndCause::Refused { .. } => 5,
        EndCause::Bye { .. } | EndCause::Cancelled { .. } => 7,
        EndCause::Timeout | EndCause::Unreachable | EndCause::SessionExpired | EndCause::NoAck | EndCause::Local => 8,
    }
}

/// What a telephone is told that rings no longer because another answered. (RFC 3326 §2)
pub(super) fn completed_elsewhere() -> ReasonHeader {
    let text = Some("Call completed elsewhere".to_owned());
    ReasonHeader { protocol: "SIP".to_owned(), cause: Some(200), text }
}

impl Node {
    /// A dialog is over: what that means for its leg; `None` while others ring for it.
    pub(super) fn branch_over(&mut self, leg: LegId, (dialog, cause): (DialogId, EndCause)) -> Option<EndCause> {
        match self.outgoing.get_mut(&leg).map(|outgoing| &mut outgoing.calling) {
            Some(Calling::AtOnce(branches)) => {
                let last = branches.over(dialog, cause);
                match last {
                    None => self.lines.prune(dialog),
                    // The leg goes with it.
                    Some(_) => self.lines.settle(leg, dialog),
                }
                last
            }
            Some(Calling::InTurn) | None => Some(cause),
        }
    }

    /// A telephone answered: the dialog is the leg's own, and the others stop ringing.
    pub(super) fn first_answered(&mut self, leg: LegId, dialog: DialogId, now: Now) {
        let Some(Calling::AtOnce(branches)) = self.outgoing.get_mut(&leg).map(|outgoing| &mut outgoing.calling) else {
            return;
        };
        // Until its description is read, the call may still end as one that is being made.
        let ringing = std::mem::replace(&mut branches.ringing, vec![dialog]);
        for other in ringing.into_iter().filter(|other| *other != dialog) {
            self.lines.prune(other);
            let hang_up = sip::Command::HangUp { dialog: other, reason: Some(completed_elsewhere()) };
            self.endpoint.command(hang_up, now.mono);
        }
        self.lines.settle(leg, dialog);
    }

    /// Whoever is called need not answer any more, wherever it rings. The line is out already.
    pub(super) fn stop_calling(&mut self, line: &Line, reason: Option<ReasonHeader>, now: Now) {
        let dialogs = match self.outgoing.get_mut(&line.leg).map(|outgoing| &mut outgoing.calling) {
            Some(Calling::AtOnce(branches)) => std::mem::take(&mut branches.ringing),
            Some(Calling::InTurn) | None => vec![line.dialog],
        };
        for dialog in dialogs {
            self.lines.prune(dialog);
            self.endpoint.command(sip::Command::HangUp { dialog, reason: reason.clone() }, now.mono);
        }
    }

    /// Whom a far end named that sent our call elsewhere. A carrier may only name numbers at its
    /// own gateway. Hosts that telephones write mean nothing: a call never goes to one.
    pub(super) fn users_named(&self, leg: LegId, contacts: Vec<String>) -> Vec<String> {
        let trunk = self.outgoing.get(&leg).and_then(|outgoing| outgoing.trunk);
        let named = contacts.iter().filter_map(|uri| {
            let uri = Uri::parse(uri.as_bytes()).ok()?;
            // A tel URI names no host: a carrier that writes one means a number of its own network.
            let own = trunk.zip(uri.host).is_none_or(|(trunk, host)| self.is_gateway(trunk, (host, &uri)));
            own.then(|| uri.user_text()).filter(|user| !user.is_empty())
        });
        named.take(REDIRECTIONS).collect()
    }

    fn is_gateway(&self, trunk: TrunkId, (host, uri): (Host<'_>, &Uri<'_>)) -> bool {
        let flows = self.gateways.flows_of(trunk);
        let reached = |address: IpAddr| flows.iter().any(|flow| flow.remote.ip().to_canonical() == address);
        let named = |outward: &Outward| outward.host.eq_ignore_ascii_case(&uri.host_text());
        let by_name = self.gateways.all().any(|(id, outward)| id == trunk && named(outward));
        by_name || host.address().is_some_and(|address| reached(address.to_canonical()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> EndCause {
        EndCause::Refused { status, reason: None }
    }

    /// What a call comes to whose telephones say this, one after the other.
    fn outcome(causes: &[EndCause]) -> Option<EndCause> {
        let mut branches = Branches::default();
        (0..causes.len() as u64).for_each(|dialog| branches.begin(DialogId(dialog)));
        let mut outcome = None;
        for (dialog, cause) in causes.iter().enumerate() {
            assert_eq!(outcome, None, "the others ring on");
            outcome = branches.over(DialogId(dialog as u64), cause.clone());
        }
        outcome
    }

    #[test]
    fn the_call_ends_with_the_last_telephone_and_by_what_says_most() {
        assert_eq!(outcome(&[refused(486)]), Some(refused(486)));
        assert_eq!(outcome(&[refused(603), refused(486), refused(480)]), Some(refused(603)));
        assert_eq!(outcome(&[EndCause::Timeout, refused(486)]), Some(refused(486)));
        assert_eq!(outcome(&[refused(503), refused(500), EndCause::Unreachable]), Some(refused(500)));
        assert_eq!(outcome(&[refused(480), refused(486), refused(408)]), Some(refused(486)));
        let elsewhere = EndCause::Redirected { contacts: vec!["sip:8002@here.invalid".to_owned()] };
        assert_eq!(outcome(&[refused(486), elsewhere.clone()]), Some(elsewhere));
    }

    #[test]
    fn a_telephone_that_is_left_alone_may_let_hear_what_it_plays() {
        let mut branches = Branches::default();
        branches.begin(DialogId(1));
        branches.begin(DialogId(2));
        assert!(!branches.is_only(DialogId(1)));
        assert_eq!(branches.over(DialogId(2), refused(486)), None);
        assert!(branches.is_only(DialogId(1)));
    }
}
