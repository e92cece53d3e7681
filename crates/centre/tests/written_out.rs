//! Every state can be written out and read back, so that a node can be rebuilt
//! from what it wrote.

#[allow(dead_code)]
#[path = "stories/stage.rs"]
mod stage;

use centre::agent::{Agent, Sound};
use centre::decide::{Board, Standing};
use centre::ivr::{Cursor, Input};
use centre::journal::CallEvent;
use centre::journals::Journal;
use centre::offer::{Offer, Offers};
use centre::presence::Change;
use centre::queue::Queues;
use centre::recording::{Ears, Recordings};
use centre::settings::AfterSignIn;
use centre::talk::{People, Talk, Talks};
use centre::{AgentKey, CallId, OfferId, Pii, RecordingId, StaffId, TrunkId};
use media::LegId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(state: &T) {
    let written = serde_json::to_string(state).expect("it can be written");
    let read: T = serde_json::from_str(&written).expect("it can be read");
    assert_eq!(&read, state);
}

#[test]
fn every_part_of_a_call_survives_being_written_out() {
    let (call, offer) = (CallId(Uuid::from_u128(1)), OfferId(Uuid::from_u128(2)));
    let key = AgentKey { app: stage::APP, agent: StaffId(1) };
    let second = Duration::from_secs;

    let settings = stage::settings();
    let flow = Arc::new(settings.flows.values().next().expect("one flow").clone());
    let mut cursor = Cursor::new(flow, Arc::new(settings.sounds.clone()));
    cursor.handle(Input::Start, second(1));
    survives(&cursor);

    let mut queues = Queues::default();
    queues.join(call, stage::SALES, second(1), second(61)).expect("room");
    queues.offered(call, offer);
    queues.offer_over(call, Some(StaffId(1)));
    survives(&queues);

    let mut board = Board::default();
    board.assign(StaffId(1), [stage::SALES, stage::SERVICE].into());
    board.set(StaffId(1), Standing::Ready { since: second(3) });
    survives(&board);

    let mut agent = Agent::new();
    agent.reach.page_connected(3);
    agent.reach.sound = Sound::Connecting { leg: LegId(7), until: second(9), keeps: Some(LegId(5)) };
    agent.change(Change::SignIn(AfterSignIn::Ready), second(2)).expect("nothing denies it");
    survives(&agent);

    let mut offers = Offers::default();
    offers.open(Offer { id: offer, call, agent: key, group: stage::SALES, since: second(1), until: second(16) });
    survives(&offers);

    let mut talks = Talks::default();
    talks.begin(Talk {
        call,
        people: People::one(key),
        customer: LegId(1),
        seat: LegId(2),
        muted: true,
        far_muted: false,
        until: second(99),
    });
    survives(&talks);

    let mut recordings = Recordings::default();
    recordings.start(
        call,
        RecordingId(Uuid::from_u128(3)),
        Ears { customer: LegId(1), seat: LegId(2), agent: key.agent },
    );
    survives(&recordings);

    let arrived = CallEvent::Arrived {
        trunk: TrunkId(1),
        caller: Pii::new("13800138000".to_owned()),
        callee: stage::NUMBER.to_owned(),
        sip_call_id: "c1".to_owned(),
        user_to_user: None,
    };
    let (mut journal, entry) = Journal::begin(stage::APP, call, arrived, 5).expect("it begins with an Arrived");
    survives(&entry);
    survives(&journal.append(CallEvent::Answered, 4));
    survives(&journal);
    survives(&journal.record);
}
