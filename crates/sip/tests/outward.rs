//! What we ask carriers for by ourselves: registrations and keep-alives, over a network that
//! fails in all the ways that networks do. The carrier's side asks, our registrar answers.

mod world;

use sip::{AddressState, Command, Event, Flow, KeepAlive, Registration, Transport, TrunkKey, TrunkState};
use std::time::Duration;
use world::{CARRIER, FAIR, Weather, World, YARD, header, seconds, uris};

const TRUNK: TrunkKey = TrunkKey(4);

fn yard() -> World {
    let mut world = World::fair();
    world.phone_instead_of_trunk("1001", "secret");
    world
}

fn wish(flows: Vec<Flow>) -> Registration {
    Registration {
        trunk: TRUNK,
        registrar: "sip:callyard".into(),
        address: "sip:1001@callyard".into(),
        contact: "1001".into(),
        flows,
        user: "1001".into(),
        password: "secret".into(),
        seconds: 300,
    }
}

fn elsewhere(world: &World, address: &str) -> Flow {
    Flow { remote: address.parse().expect("an address"), ..world.flow_from(CARRIER) }
}

fn register(world: &mut World, wish: Registration) {
    world.command(CARRIER, Command::SetRegistrations(vec![wish]));
}

/// The states that were told so far, without their times.
fn states(world: &World) -> Vec<TrunkState> {
    let told = world.sides[CARRIER].events.iter().filter_map(|event| match event {
        Event::TrunkState { trunk: TRUNK, state: TrunkState::Registered { .. } } => {
            Some(TrunkState::Registered { until: Duration::ZERO })
        }
        Event::TrunkState { trunk: TRUNK, state } => Some(*state),
        _ => None,
    });
    told.collect()
}

const REGISTERED: TrunkState = TrunkState::Registered { until: Duration::ZERO };

fn contacts(world: &World) -> Option<Vec<String>> {
    world.sides[YARD].events.iter().rev().find_map(|event| match event {
        Event::Registered { contacts, .. } => Some(uris(contacts).into_iter().map(str::to_owned).collect()),
        _ => None,
    })
}

#[test]
fn a_binding_is_kept_fresh_and_taken_back() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut world = World::new(1, FAIR, transport);
        world.phone_instead_of_trunk("1001", "secret");
        let flow = world.flow_from(CARRIER);
        register(&mut world, wish(vec![flow]));
        world.run(seconds(1));
        assert_eq!(states(&world), [TrunkState::Registering, REGISTERED]);
        let until = world.now + seconds(300);
        let told = world.sides[CARRIER].events.iter().find_map(|event| match event {
            Event::TrunkState { state: TrunkState::Registered { until }, .. } => Some(*until),
            _ => None,
        });
        assert!(told.is_some_and(|told| told <= until && told + seconds(2) > until));
        assert_eq!(world.count(CARRIER, "REGISTER"), 2, "one challenge");
        world.run(seconds(238));
        assert_eq!(world.count(CARRIER, "REGISTER"), 2, "not before 80 % of what was granted");
        world.run(seconds(33));
        assert!(world.count(CARRIER, "REGISTER") >= 3, "at 90 % it is refreshed");
        world.run(seconds(3_600));
        let lapsed = |event: &Event| matches!(event, Event::Registered { contacts, .. } if contacts.is_empty());
        assert!(!world.sides[YARD].events.iter().any(lapsed), "the binding never lapsed");
        world.command(CARRIER, Command::SetRegistrations(Vec::new()));
        world.run(seconds(1));
        assert_eq!(contacts(&world), Some(Vec::new()), "RFC 3261 §10.2.2");
        assert_eq!(states(&world).last(), Some(&TrunkState::Unknown));
        world.rest();
    }
}

#[test]
fn the_next_address_is_tried_when_one_is_dead() {
    let mut world = yard();
    let flows = ["192.0.2.1:5060", "192.0.2.2:5060", "10.0.0.2:5060"].map(|to| elsewhere(&world, to));
    register(&mut world, wish(flows.to_vec()));
    world.run(seconds(63));
    assert_eq!(states(&world), [TrunkState::Registering]);
    world.run(seconds(3));
    assert_eq!(states(&world), [TrunkState::Registering, REGISTERED]);
    // A list without the address in use moves the binding at once, one with it changes nothing.
    let before = world.count(CARRIER, "REGISTER");
    register(&mut world, wish(vec![flows[2], flows[0]]));
    world.run(seconds(1));
    assert_eq!(world.count(CARRIER, "REGISTER"), before);
    register(&mut world, wish(vec![flows[0]]));
    assert_eq!(world.count(CARRIER, "REGISTER"), before + 1);
    assert_eq!(world.flows.last().map(|flow| flow.remote), Some(flows[0].remote));
}

#[test]
fn a_carrier_without_an_address_yet_is_registered_at_once_when_it_has_one() {
    let mut world = yard();
    register(&mut world, wish(Vec::new()));
    world.run(seconds(100));
    assert_eq!(states(&world), [TrunkState::Registering, TrunkState::Unreachable]);
    let flow = world.flow_from(CARRIER);
    register(&mut world, wish(vec![flow]));
    world.run(seconds(1));
    assert_eq!(states(&world).last(), Some(&REGISTERED));
}

#[test]
fn pauses_grow_while_nobody_answers() {
    let mut world = yard();
    let flow = world.flow_from(CARRIER);
    world.swallow = Box::new(|_, text| text.starts_with("REGISTER"));
    register(&mut world, wish(vec![flow]));
    let mut starts = Vec::new();
    let mut seen = String::new();
    for _ in 0..3 * 3_600 {
        world.run(seconds(1));
        let sent = header(world.last_sent(CARRIER, "REGISTER"), "CSeq").to_owned();
        if sent != seen {
            starts.push(world.now);
            seen = sent;
        }
    }
    let pauses: Vec<u64> = starts.windows(2).map(|pair| (pair[1] - pair[0]).as_secs().saturating_sub(32)).collect();
    for (round, pause) in pauses.iter().enumerate() {
        let longest = (30 << round.min(6)).min(1_800);
        assert!((longest / 2 - 1..=longest + 1).contains(pause), "RFC 5626 §4.5: {pauses:?}");
    }
    assert!(pauses.len() > 6, "{pauses:?}");
    assert_eq!(states(&world), [TrunkState::Registering, TrunkState::Unreachable]);
    world.swallow = Box::new(|_, _| false);
    world.run(seconds(1_900));
    assert_eq!(states(&world).last(), Some(&REGISTERED));
}

#[test]
fn a_refusal_is_told_and_tried_again_later() {
    let mut world = yard();
    let flow = world.flow_from(CARRIER);
    register(&mut world, Registration { password: "wrong".into(), ..wish(vec![flow]) });
    world.run(seconds(10));
    assert_eq!(states(&world), [TrunkState::Registering, TrunkState::Refused { status: 401 }]);
    assert_eq!(world.count(CARRIER, "REGISTER"), 2, "a wrong password is shown once");
    world.run(seconds(30));
    assert_eq!(world.count(CARRIER, "REGISTER"), 4, "later, with a new nonce");
    register(&mut world, wish(vec![flow]));
    world.run(seconds(1));
    assert_eq!(states(&world).last(), Some(&REGISTERED));
}

#[test]
fn an_address_that_is_none_is_never_sent() {
    let mut world = yard();
    let flow = world.flow_from(CARRIER);
    register(&mut world, Registration { registrar: "carrier example".into(), ..wish(vec![flow]) });
    assert_eq!(states(&world), [TrunkState::Refused { status: 484 }]);
    assert_eq!(world.sent.len(), 0);
    world.rest();
}

#[test]
fn a_registrar_that_wants_longer_gets_longer() {
    let mut world = yard();
    let flow = world.flow_from(CARRIER);
    register(&mut world, Registration { seconds: 30, ..wish(vec![flow]) });
    world.run(seconds(1));
    assert_eq!(world.count(YARD, "SIP/2.0 423"), 1);
    assert_eq!(header(world.last_sent(CARRIER, "REGISTER"), "Expires"), "60", "RFC 3261 §10.2.8");
    assert_eq!(states(&world), [TrunkState::Registering, REGISTERED]);
}

/// An answer to the last request that the carrier's side sent.
fn answer(world: &World, method: &str, (line, extra): (&str, &str)) -> String {
    let request = world.last_sent(CARRIER, method);
    format!(
        "SIP/2.0 {line}\r\nVia: {}\r\nFrom: {}\r\nTo: {};tag=x\r\nCall-ID: {}\r\nCSeq: {}\r\n{extra}\r\n",
        header(request, "Via"),
        header(request, "From"),
        header(request, "To"),
        header(request, "Call-ID"),
        header(request, "CSeq"),
    )
}

#[test]
fn a_registrar_that_wants_to_be_left_alone_is() {
    let mut world = yard();
    world.swallow = Box::new(|_, _| true);
    let flow = world.flow_from(CARRIER);
    register(&mut world, wish(vec![flow]));
    let busy = answer(&world, "REGISTER", ("503 Busy", "Retry-After: 600 (lunch)\r\n"));
    assert!(world.inject(CARRIER, &busy).is_empty());
    assert_eq!(states(&world), [TrunkState::Registering, TrunkState::Unreachable]);
    world.run(seconds(599));
    assert_eq!(world.count(CARRIER, "REGISTER"), 1, "RFC 3261 §20.33");
    world.run(seconds(2));
    let granted = answer(
        &world,
        "REGISTER",
        ("200 OK", "Contact: <sip:other@192.0.2.9>;expires=9\r\nContact: <sip:1001@10.0.0.1:5060>;expires=100\r\n"),
    );
    world.inject(CARRIER, &granted);
    let before = world.count(CARRIER, "REGISTER");
    world.run(seconds(79));
    assert_eq!(world.count(CARRIER, "REGISTER"), before);
    world.run(seconds(12));
    assert!(world.count(CARRIER, "REGISTER") > before, "what was granted counts, beside our own contact");
}

#[test]
fn a_closed_connection_is_replaced_so_that_calls_find_us() {
    let mut world = World::new(1, FAIR, Transport::Tcp);
    world.phone_instead_of_trunk("1001", "secret");
    let flow = world.flow_from(CARRIER);
    register(&mut world, wish(vec![Flow { connection: 0, ..flow }]));
    world.run(seconds(1));
    let before = world.count(CARRIER, "REGISTER");
    let gone = *world.flows.iter().next_back().expect("something was sent");
    let gone = Flow { local: gone.remote, remote: gone.local, ..gone };
    world.close(CARRIER, gone);
    assert_eq!(world.count(CARRIER, "REGISTER"), before + 1, "RFC 5626 §4.5");
}

#[test]
fn bindings_survive_bad_weather() {
    for seed in 0..40 {
        let mut world = World::new(seed, Weather { loss: 25, copies: 10, jitter_ms: 400 }, Transport::Udp);
        world.phone_instead_of_trunk("1001", "secret");
        let flow = world.flow_from(CARRIER);
        register(&mut world, wish(vec![flow]));
        world.run(seconds(2_000));
        assert_eq!(states(&world).last(), Some(&REGISTERED), "seed {seed}: {:?}", states(&world));
        world.command(CARRIER, Command::SetRegistrations(Vec::new()));
        world.rest();
    }
}

/// What became of the address with this last digit: how often it answered, and whether it is silent now.
fn address(world: &World, flow: Flow) -> (usize, bool) {
    let told = world.sides[CARRIER].events.iter().filter_map(|event| match event {
        Event::AddressState { trunk: TRUNK, flow: of, state } if *of == flow => Some(*state),
        _ => None,
    });
    let told: Vec<AddressState> = told.collect();
    let answers = told.iter().filter(|state| matches!(state, AddressState::Answers { .. })).count();
    (answers, told.last() == Some(&AddressState::Silent))
}

#[test]
fn an_address_that_answers_is_there_and_one_that_is_silent_three_times_is_not() {
    let mut world = yard();
    let flow = world.flow_from(CARRIER);
    let ask = KeepAlive { trunk: TRUNK, flow, every: seconds(60) };
    world.command(CARRIER, Command::SetKeepAlives(vec![ask.clone()]));
    world.run(seconds(1));
    assert_eq!(address(&world, flow), (1, false));
    world.run(seconds(240));
    assert_eq!(world.count(CARRIER, "OPTIONS"), 5, "one a minute");
    assert_eq!(address(&world, flow), (5, false));
    world.swallow = Box::new(|_, _| true);
    world.run(seconds(210));
    assert_eq!(address(&world, flow), (5, false), "two missing answers are no proof");
    world.run(seconds(30));
    assert_eq!(address(&world, flow), (5, true));
    world.run(seconds(10));
    let refusal = answer(&world, "OPTIONS", ("403 Forbidden", ""));
    world.inject(CARRIER, &refusal);
    assert_eq!(address(&world, flow), (6, false), "any answer is a sign of life");
    world.command(CARRIER, Command::SetKeepAlives(vec![ask]));
    assert_eq!(world.sides[CARRIER].endpoint.poll_timeout().map(|(_, why)| why), Some(sip::Reason::Transaction));
    world.command(CARRIER, Command::SetKeepAlives(Vec::new()));
    world.rest();
}

#[test]
fn each_address_of_a_trunk_is_asked_by_itself_and_its_round_trip_told() {
    let mut world = World::new(1, Weather { jitter_ms: 40, ..FAIR }, Transport::Udp);
    world.phone_instead_of_trunk("1001", "secret");
    let (alive, dead) = (world.flow_from(CARRIER), elsewhere(&world, "192.0.2.1:5060"));
    let ask = |flow| KeepAlive { trunk: TRUNK, flow, every: seconds(30) };
    world.command(CARRIER, Command::SetKeepAlives(vec![ask(alive), ask(dead)]));
    world.run(seconds(120));
    assert_eq!(address(&world, dead), (0, true));
    let (answers, silent) = address(&world, alive);
    assert!(answers >= 4 && !silent, "{answers}");
    let longest = world.sides[CARRIER].events.iter().filter_map(|event| match event {
        Event::AddressState { state: AddressState::Answers { round_trip }, .. } => Some(*round_trip),
        _ => None,
    });
    let longest = longest.max().expect("one answered");
    assert!(longest > Duration::ZERO && longest < seconds(1), "{longest:?}");
}
