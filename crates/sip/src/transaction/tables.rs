//! The machines against the lines of the RFCs: every pair of state and event that a
//! figure names, with its section; and every pair that no figure names changes nothing.

use super::Action::{self, Deliver, Resend, Send, SendAck, Start, Stop, TellTimeout, TellUnreachable};
use super::Event::{self, Ack, Failure, Fired, Provisional, Request, Success, TransportFailed};
use super::Timer::{self, A, B, D, E, F, G, H, I, J, K, L, M};
use super::{client, invite_client, invite_server, server};
use crate::api::Transport;
use std::fmt::Debug;
use std::time::Duration;

type Row<S> = (S, Event, S, &'static [Action], &'static str);

const EVENTS: [Event; 18] = [
    Request,
    Ack,
    Provisional,
    Success,
    Failure,
    TransportFailed,
    Fired(A),
    Fired(B),
    Fired(D),
    Fired(E),
    Fired(F),
    Fired(G),
    Fired(H),
    Fired(I),
    Fired(J),
    Fired(K),
    Fired(L),
    Fired(M),
];

/// Each row holds, and nothing else does anything.
fn check<S: Copy + PartialEq + Debug>(next: fn(S, Event) -> (S, &'static [Action]), states: &[S], rows: &[Row<S>]) {
    for state in states {
        for event in EVENTS {
            let row = rows.iter().find(|row| row.0 == *state && row.1 == event);
            let (expected, cite) = match row {
                Some((_, _, to, actions, cite)) => ((*to, *actions), *cite),
                None => ((*state, &[][..]), "no line names it"),
            };
            assert_eq!(next(*state, event), expected, "{state:?} × {event:?}: {cite}");
        }
    }
}

#[test]
fn invite_client() {
    use invite_client::State::{Accepted, Calling, Completed, Proceeding, Terminated};
    check(
        invite_client::next,
        &[Calling, Proceeding, Accepted, Completed, Terminated],
        &[
            (Calling, Fired(A), Calling, &[Resend, Start(A)], "3261 §17.1.1.2 ¶2: retransmit, timer is reset"),
            (Calling, Fired(B), Terminated, &[TellTimeout], "3261 §17.1.1.2 ¶6: inform the TU"),
            (
                Calling,
                Provisional,
                Proceeding,
                &[Stop(A), Stop(B), Deliver],
                "3261 §17.1.1.2 ¶7: no more retransmission",
            ),
            (Calling, Success, Accepted, &[Stop(A), Stop(B), Start(M), Deliver], "6026 §8.4: Accepted, timer M"),
            (Calling, Failure, Completed, &[Stop(A), Stop(B), SendAck, Start(D), Deliver], "3261 §17.1.1.2 ¶8"),
            (Calling, TransportFailed, Terminated, &[TellUnreachable], "3261 §17.1.4"),
            (Proceeding, Provisional, Proceeding, &[Deliver], "3261 §17.1.1.2 ¶7"),
            (Proceeding, Success, Accepted, &[Start(M), Deliver], "6026 §8.4"),
            (Proceeding, Failure, Completed, &[SendAck, Start(D), Deliver], "3261 §17.1.1.2 ¶8"),
            (Proceeding, TransportFailed, Terminated, &[TellUnreachable], "3261 §17.1.4"),
            (Accepted, Success, Accepted, &[Deliver], "6026 §8.4: pass every 2xx to the TU"),
            (Accepted, Fired(M), Terminated, &[], "6026 §8.4"),
            (Completed, Failure, Completed, &[SendAck], "3261 §17.1.1.2 ¶9: ACK again, do not tell the TU"),
            (Completed, Fired(D), Terminated, &[], "3261 §17.1.1.2 ¶10"),
            (Completed, TransportFailed, Terminated, &[], "3261 §17.1.1.2 ¶10; the TU has its answer"),
        ],
    );
}

#[test]
fn invite_server() {
    use invite_server::State::{Accepted, Completed, Confirmed, Proceeding, Terminated};
    check(
        invite_server::next,
        &[Proceeding, Accepted, Completed, Confirmed, Terminated],
        &[
            (Proceeding, Request, Proceeding, &[Resend], "3261 §17.2.1 ¶3: the last provisional again"),
            (Proceeding, Provisional, Proceeding, &[Send], "3261 §17.2.1 ¶2"),
            (Proceeding, Success, Accepted, &[Send, Start(L)], "6026 §8.7"),
            (Proceeding, Failure, Completed, &[Send, Start(G), Start(H)], "3261 §17.2.1 ¶5"),
            (Accepted, Success, Accepted, &[Send], "6026 §8.7: the TU retransmits its 2xx through us"),
            (Accepted, Fired(L), Terminated, &[], "6026 §8.7"),
            (Completed, Request, Completed, &[Resend], "3261 §17.2.1 ¶7"),
            (Completed, Fired(G), Completed, &[Resend, Start(G)], "3261 §17.2.1 ¶6"),
            (Completed, Fired(H), Terminated, &[TellTimeout], "3261 §17.2.1 ¶10"),
            (Completed, Ack, Confirmed, &[Stop(G), Stop(H), Start(I)], "3261 §17.2.1 ¶8"),
            (Completed, TransportFailed, Terminated, &[], "3261 §17.2.4"),
            (Confirmed, Fired(I), Terminated, &[], "3261 §17.2.1 ¶9"),
        ],
    );
}

#[test]
fn client() {
    use client::State::{Completed, Proceeding, Terminated, Trying};
    let end: &[Action] = &[Stop(E), Stop(F), Start(K), Deliver];
    check(
        client::next,
        &[Trying, Proceeding, Completed, Terminated],
        &[
            (Trying, Fired(E), Trying, &[Resend, Start(E)], "3261 §17.1.2.2 ¶2"),
            (Trying, Fired(F), Terminated, &[TellTimeout], "3261 §17.1.2.2 ¶3"),
            (Trying, Provisional, Proceeding, &[Deliver], "3261 §17.1.2.2 ¶3"),
            (Trying, Success, Completed, end, "3261 §17.1.2.2 ¶3"),
            (Trying, Failure, Completed, end, "3261 §17.1.2.2 ¶3"),
            (Trying, TransportFailed, Terminated, &[TellUnreachable], "3261 §17.1.4"),
            (Proceeding, Fired(E), Proceeding, &[Resend, Start(E)], "3261 §17.1.2.2 ¶4"),
            (Proceeding, Fired(F), Terminated, &[TellTimeout], "3261 §17.1.2.2 ¶4"),
            (Proceeding, Provisional, Proceeding, &[Deliver], "3261 figure 6"),
            (Proceeding, Success, Completed, end, "3261 §17.1.2.2 ¶4"),
            (Proceeding, Failure, Completed, end, "3261 §17.1.2.2 ¶4"),
            (Proceeding, TransportFailed, Terminated, &[TellUnreachable], "3261 §17.1.4"),
            (Completed, Fired(K), Terminated, &[], "3261 §17.1.2.2 ¶5"),
        ],
    );
}

#[test]
fn server() {
    use server::State::{Completed, Proceeding, Terminated, Trying};
    let end: &[Action] = &[Send, Start(J)];
    check(
        server::next,
        &[Trying, Proceeding, Completed, Terminated],
        &[
            (Trying, Provisional, Proceeding, &[Send], "3261 §17.2.2 ¶2"),
            (Trying, Success, Completed, end, "3261 §17.2.2 ¶3"),
            (Trying, Failure, Completed, end, "3261 §17.2.2 ¶3"),
            (Proceeding, Provisional, Proceeding, &[Send], "3261 §17.2.2 ¶3"),
            (Proceeding, Request, Proceeding, &[Resend], "3261 §17.2.2 ¶3"),
            (Proceeding, Success, Completed, end, "3261 §17.2.2 ¶3"),
            (Proceeding, Failure, Completed, end, "3261 §17.2.2 ¶3"),
            (Proceeding, TransportFailed, Terminated, &[], "3261 §17.2.4"),
            (Completed, Request, Completed, &[Resend], "3261 §17.2.2 ¶4"),
            (Completed, Fired(J), Terminated, &[], "3261 §17.2.2 ¶4"),
            (Completed, TransportFailed, Terminated, &[], "3261 §17.2.4"),
        ],
    );
}

#[test]
fn timers_are_those_of_table_4() {
    let seconds =
        |timer: Timer, transport, resends| timer.length(transport, resends).map(|length| length.as_secs_f64());
    let doubling = |timer: Timer| -> Vec<_> { (0..6).map(|resends| seconds(timer, Transport::Udp, resends)).collect() };
    let some = |values: [f64; 6]| values.map(Some).to_vec();
    assert_eq!(doubling(A), some([0.5, 1.0, 2.0, 4.0, 8.0, 16.0]), "3261 §17.1.1.2: no cap");
    assert_eq!(doubling(E), some([0.5, 1.0, 2.0, 4.0, 4.0, 4.0]), "3261 §17.1.2.2: MIN(2·E, T2)");
    assert_eq!(doubling(G), some([0.5, 1.0, 2.0, 4.0, 4.0, 4.0]), "3261 §17.2.1: MIN(2·G, T2)");
    for timer in [A, E, G] {
        assert_eq!(timer.length(Transport::Tcp, 0), None, "3261 §17: a reliable transport retransmits by itself");
    }
    for timer in [D, I, J, K] {
        assert_eq!(timer.length(Transport::Tcp, 0), Some(Duration::ZERO), "3261 table 4: 0 s for TCP");
    }
    for timer in [B, F, H, L, M] {
        assert_eq!(
            (seconds(timer, Transport::Tcp, 0), seconds(timer, Transport::Udp, 9)),
            (Some(32.0), Some(32.0)),
            "64·T1"
        );
    }
    assert_eq!([D, J].map(|timer| seconds(timer, Transport::Udp, 0)), [Some(32.0); 2]);
    assert_eq!([I, K].map(|timer| seconds(timer, Transport::Udp, 0)), [Some(5.0); 2], "T4");
}
