//! How long one routing decision takes with 1,000 agents and 1,000 callers in
//! one group: with nobody free, with everybody free, and a whole rush in which
//! every caller finds an agent.

use centre::decide::{Board, Decision, Event, Snapshot, Standing, decide};
use centre::queue::Queues;
use centre::{CallId, OfferId, SkillGroupId, StaffId};
use std::time::Duration;

const GROUP: SkillGroupId = SkillGroupId(1);
const SIZE: u64 = 1_000;

fn main() {
    divan::main();
}

fn call(number: u64) -> CallId {
    CallId(uuid::Uuid::from_u128(u128::from(number)))
}

fn world(standing: impl Fn(u64) -> Standing) -> (Board, Queues) {
    let (mut board, mut queues) = (Board::default(), Queues::default());
    for agent in 0..SIZE {
        board.assign(StaffId(agent), [GROUP].into());
        board.set(StaffId(agent), standing(agent));
    }
    for caller in 0..SIZE {
        let until = Duration::from_secs(600);
        queues.join(call(caller), GROUP, Duration::ZERO, until).expect("the queue holds a thousand");
    }
    (board, queues)
}

fn ready(agent: u64) -> Standing {
    // Any order that is not the one of the ids.
    Standing::Ready { since: Duration::from_millis(agent * 7_919 % SIZE) }
}

#[divan::bench]
fn all_ready(bencher: divan::Bencher<'_, '_>) {
    let (board, queues) = world(ready);
    bencher.bench_local(|| decide(Snapshot { board: &board, queues: &queues }, Event::CallerWaits(GROUP)));
}

#[divan::bench]
fn all_talking(bencher: divan::Bencher<'_, '_>) {
    let (board, queues) = world(|_| Standing::Talking);
    bencher.bench_local(|| decide(Snapshot { board: &board, queues: &queues }, Event::CallerWaits(GROUP)));
}

#[divan::bench]
fn a_thousand_callers_for_a_thousand_agents(bencher: divan::Bencher<'_, '_>) {
    bencher.with_inputs(|| world(ready)).bench_local_values(|(mut board, mut queues)| {
        let mut offers = 0;
        while let (Decision::Offer { call, agent, .. }, _trace) =
            decide(Snapshot { board: &board, queues: &queues }, Event::CallerWaits(GROUP))
        {
            queues.offered(call, OfferId(uuid::Uuid::nil()));
            board.set(agent, Standing::Offered);
            offers += 1;
        }
        assert_eq!(offers, SIZE);
    });
}
