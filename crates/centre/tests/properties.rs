//! Rules that hold for every input: routing against a naive model, and agents
//! whose state is never one that cannot be.

use centre::decide::{Board, Decision, Event, Snapshot, Standing, decide};
use centre::journal::{OfferEnd, Verdict};
use centre::presence::{AwayReason, Change, Denied, Presence, Then};
use centre::queue::Queues;
use centre::settings::AfterSignIn;
use centre::{CallId, OfferId, SkillGroupId, StaffId};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        4 => (0u64..20).prop_map(|since| Standing::Ready { since: Duration::from_secs(since) }),
        1 => Just(Standing::Unreachable),
        1 => Just(Standing::Offered),
        1 => Just(Standing::Talking),
        1 => Just(Standing::WrapUp),
        1 => Just(Standing::NotReady),
        1 => Just(Standing::Resting),
        1 => Just(Standing::SignedOut),
    ]
}

#[derive(Debug, Clone)]
struct Member {
    standing: Standing,
    groups: BTreeSet<u64>,
}

#[derive(Debug, Clone)]
struct Caller {
    group: u64,
    offered: bool,
    passed: BTreeSet<u64>,
}

fn members() -> impl Strategy<Value = Vec<Member>> {
    let member = (standing(), prop::collection::btree_set(0u64..3, 0..3));
    prop::collection::vec(member.prop_map(|(standing, groups)| Member { standing, groups }), 0..12)
}

fn callers() -> impl Strategy<Value = Vec<Caller>> {
    let caller = (0u64..3, prop::bool::weighted(0.2), prop::collection::btree_set(0u64..12, 0..3));
    prop::collection::vec(caller.prop_map(|(group, offered, passed)| Caller { group, offered, passed }), 0..12)
}

/// The rule, written down without any index.
fn naive(members: &[Member], callers: &[Caller], groups: &BTreeSet<u64>) -> Option<(usize, usize)> {
    let waiting = |caller: &&(usize, &Caller)| !caller.1.offered && groups.contains(&caller.1.group);
    let callers: Vec<(usize, &Caller)> = callers.iter().enumerate().collect();
    let (position, caller) = callers.iter().find(waiting)?;
    let ready = members.iter().enumerate().filter_map(|(id, member)| match member.standing {
        Standing::Ready { since } if member.groups.contains(&caller.group) => {
            Some((caller.passed.contains(&(id as u64)), since, id))
        }
        _ => None,
    });
    ready.min().map(|(_, _, id)| (*position, id))
}

proptest! {
    #[test]
    fn decide_agrees_with_the_naive_model(members in members(), callers in callers(), pick in 0u64..12) {
        let (mut board, mut queues) = (Board::default(), Queues::default());
        for (id, member) in members.iter().enumerate() {
            let agent = StaffId(id as u64);
            // Set twice and in both orders, as life does.
            board.set(agent, Standing::Talking);
            board.assign(agent, member.groups.iter().map(|group| SkillGroupId(*group)).collect());
            board.set(agent, member.standing);
        }
        for (position, caller) in callers.iter().enumerate() {
            let call = CallId(Uuid::from_u128(position as u128));
            queues.join(call, SkillGroupId(caller.group), Duration::ZERO, Duration::MAX).expect("room");
            for agent in &caller.passed {
                queues.offered(call, OfferId(Uuid::nil()));
                queues.offer_over(call, Some(StaffId(*agent)));
            }
            if caller.offered {
                queues.offered(call, OfferId(Uuid::nil()));
            }
        }
        let snapshot = Snapshot { board: &board, queues: &queues };
        let agent_groups = members.get(pick as usize).map(|member| member.groups.clone()).unwrap_or_default();
        for (event, groups) in [
            (Event::CallerWaits(SkillGroupId(pick % 3)), BTreeSet::from([pick % 3])),
            (Event::AgentReady(StaffId(pick)), agent_groups),
        ] {
            let (decision, trace) = decide(snapshot, event);
            let chosen = match decision {
                Decision::Offer { call, group: _, agent } => Some((call.0.as_u128() as usize, agent.0 as usize)),
                Decision::NoCaller | Decision::NoAgent => None,
            };
            prop_assert_eq!(chosen, naive(&members, &callers, &groups));
            prop_assert_eq!(trace.iter().filter(|c| c.verdict == Verdict::Chosen).count(), usize::from(chosen.is_some()));
            let named: BTreeSet<StaffId> = trace.iter().map(|considered| considered.agent).collect();
            prop_assert_eq!(named.len(), trace.len(), "nobody stands in a trace twice");
        }
    }

    #[test]
    fn presence_is_never_illegal(changes in prop::collection::vec((change(), 0u64..30), 0..60)) {
        let mut presence = Presence::SignedOut;
        let (mut now, mut idle_since) = (Duration::ZERO, Duration::ZERO);
        for (change, seconds) in changes {
            now += Duration::from_secs(seconds);
            match presence.after(change.clone(), idle_since, now) {
                Ok(after) => {
                    prop_assert!(is_legal(&presence, &after), "{:?} on {:?} gave {:?}", change, presence, after);
                    if let Presence::Ready { since } = &after {
                        prop_assert!(*since <= now);
                        idle_since = *since;
                    }
                    presence = after;
                }
                Err(Denied::Busy | Denied::SignedOut | Denied::Late) => {}
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let call = || CallId(Uuid::from_u128(7));
    prop_oneof![
        Just(Change::SignIn(AfterSignIn::Ready)),
        Just(Change::SignIn(AfterSignIn::NotReady)),
        Just(Change::BeReady),
        Just(Change::BeAway(AwayReason::Rest("tea".into()))),
        Just(Change::BeAway(AwayReason::NotReady)),
        (0u64..60).prop_map(move |until| Change::Offer {
            offer: OfferId(Uuid::from_u128(1)),
            call: call(),
            until: Duration::from_secs(until),
        }),
        Just(Change::Accept),
        Just(Change::OfferOver(OfferEnd::RangOut)),
        Just(Change::OfferOver(OfferEnd::Declined)),
        Just(Change::OfferOver(OfferEnd::Unreachable)),
        Just(Change::OfferOver(OfferEnd::CallerLeft)),
        Just(Change::OfferOver(OfferEnd::Withdrawn)),
        Just(Change::CallOver { wrap_up: Duration::ZERO }),
        Just(Change::CallOver { wrap_up: Duration::from_secs(10) }),
        Just(Change::WrapUpOver),
        Just(Change::Dial { call: CallId(Uuid::from_u128(8)) }),
        (0u64..60).prop_map(move |until| Change::Called {
            lease: OfferId(Uuid::from_u128(2)),
            call: CallId(Uuid::from_u128(9)),
            until: Duration::from_secs(until),
        }),
        Just(Change::Connected),
        Just(Change::DialOver),
        Just(Change::SignOut),
    ]
}

/// The arrows that may be drawn between two states.
fn is_legal(before: &Presence, after: &Presence) -> bool {
    use Presence::{Away, Called, Dialling, Offered, Ready, SignedOut, Talking, WrapUp};
    match (before, after) {
        (SignedOut, SignedOut | Ready { .. } | Away { .. }) => true,
        (Ready { .. }, SignedOut | Ready { .. } | Away { .. } | Offered { .. }) => true,
        (Offered { offer: a, call: b, .. }, Offered { offer: c, call: d, .. }) => a == c && b == d,
        (Offered { call: a, .. }, Talking { call: b, .. }) => a == b,
        (Offered { .. }, Ready { .. } | Away { .. }) => true,
        (Talking { call: a, .. }, Talking { call: b, .. } | WrapUp { call: b, .. }) => a == b,
        // A break that the agent's own call interrupted goes on.
        (Talking { then, .. } | WrapUp { then, .. }, Away { reason, since: _ })
            if *then == (Then::Away { reason: reason.clone() }) =>
        {
            true
        }
        (Talking { then, .. }, Ready { .. }) => *then == Then::Ready,
        (WrapUp { call: a, .. }, WrapUp { call: b, .. }) => a == b,
        (WrapUp { .. }, SignedOut | Ready { .. } | Away { .. }) => true,
        (Away { .. }, SignedOut | Ready { .. } | Away { .. }) => true,
        (Ready { .. } | WrapUp { .. } | Away { .. }, Dialling { back, .. } | Called { back, .. }) => {
            Presence::from(back.clone()) == *before
        }
        (Dialling { .. }, Dialling { .. }) | (Called { .. }, Called { .. }) => before == after,
        (Dialling { call: a, back, .. } | Called { call: a, back, .. }, Talking { call: b, then, .. }) => {
            a == b && Then::from(back.clone()) == *then
        }
        (Dialling { back, .. } | Called { back, .. }, Ready { .. } | WrapUp { .. } | Away { .. }) => {
            Presence::from(back.clone()) == *after
        }
        (Dialling { .. } | Called { .. } | SignedOut | Ready { .. } | Offered { .. }, _) => false,
        (Talking { .. } | WrapUp { .. } | Away { .. }, _) => false,
    }
}
