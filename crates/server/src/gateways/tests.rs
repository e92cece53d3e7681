//! Look-ups at a real name server on the loopback, whose zone the test writes.

use super::resolver::{Family, ResolveError};
use super::*;
use crate::control::INPUTS;
use crate::metrics::MetricsHandle;
use crate::sip_sockets::{KnownAs, SipListen, SipSockets, Timing};
use centre::Pii;
use centre::settings::{Application, CallerId, DeskRules, Outward, Trunk, TrunkRules};
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, NAPTR, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record};
use std::net::IpAddr;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

/// What the name server says: name, seconds to live, record. A name with none of a kind has none.
type Zone = Arc<Mutex<Vec<(&'static str, u32, RData)>>>;

struct NameServer {
    address: SocketAddr,
    zone: Zone,
    asked: Arc<Mutex<Vec<String>>>,
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds this")
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).expect("a name")
}

fn a(text: &str) -> RData {
    match text.parse().expect("an IP") {
        IpAddr::V4(v4) => RData::A(A(v4)),
        IpAddr::V6(v6) => RData::AAAA(AAAA(v6)),
    }
}

fn srv(priority: u16, port: u16, target: &str) -> RData {
    RData::SRV(SRV::new(priority, 10, port, name(target)))
}

fn naptr(order: u16, service: &str, replacement: &str) -> RData {
    let bytes = |text: &str| text.as_bytes().into();
    RData::NAPTR(NAPTR::new(order, 10, bytes("s"), bytes(service), bytes(""), name(replacement)))
}

impl NameServer {
    async fn start(records: Vec<(&'static str, u32, RData)>) -> NameServer {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let server = NameServer {
            address: socket.local_addr().expect("bound"),
            zone: Arc::new(Mutex::new(records)),
            asked: Arc::default(),
        };
        tokio::spawn(answer(socket, server.zone.clone(), server.asked.clone()));
        server
    }

    fn resolver(&self) -> Resolver {
        Resolver::new(&[self.address], vec![Family::V4, Family::V6], [3; 32]).expect("set up")
    }
}

async fn answer(socket: UdpSocket, zone: Zone, asked: Arc<Mutex<Vec<String>>>) {
    let mut buffer = [0; 4_096];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer).await.expect("a question");
        let question = Message::from_vec(&buffer[..length]).expect("a question");
        let query = question.queries.first().expect("one question").clone();
        held(&asked).push(format!("{} {}", query.query_type(), query.name()));
        let same = |text: &str| name(&format!("{text}.")).to_lowercase() == query.name().to_lowercase();
        let records: Vec<(u32, RData)> =
            held(&zone).iter().filter(|(text, ..)| same(text)).map(|(_, ttl, data)| (*ttl, data.clone())).collect();
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.response_code = if records.is_empty() { ResponseCode::NXDomain } else { ResponseCode::NoError };
        answer.metadata.recursion_available = true;
        answer.add_query(query.clone());
        for (ttl, data) in records.into_iter().filter(|(_, data)| data.record_type() == query.query_type()) {
            answer.add_answer(Record::from_rdata(query.name().clone(), ttl, data));
        }
        socket.send_to(&answer.to_vec().expect("written"), peer).await.expect("sent");
    }
}

async fn resolve(
    resolver: &Resolver,
    (host, port, transport): (&str, Option<u16>, Transport),
) -> Result<Vec<String>, ResolveError> {
    let target = Target { host: host.to_owned(), port, transport };
    let found = resolver.resolve(&target).await?;
    Ok(found.places.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn the_records_of_a_carrier_lead_to_its_gateways_in_order() {
    let server = NameServer::start(vec![
        ("carrier.example", 300, naptr(50, "SIPS+D2T", "_tls.edge.example.")),
        ("carrier.example", 300, naptr(60, "SIP+D2U", "_udp.edge.example.")),
        ("carrier.example", 300, a("192.0.2.99")),
        ("_udp.edge.example", 300, srv(20, 5070, "backup.example.")),
        ("_udp.edge.example", 300, srv(10, 5080, "main.example.")),
        ("_tls.edge.example", 300, srv(10, 5071, "main.example.")),
        ("main.example", 300, a("192.0.2.1")),
        ("main.example", 300, a("2001:db8::1")),
        ("backup.example", 300, a("192.0.2.2")),
        ("_sip._tcp.plain.example", 300, srv(1, 5090, "main.example.")),
        ("plain.example", 300, a("192.0.2.3")),
        ("closed.example", 300, a("192.0.2.4")),
        ("_sip._udp.closed.example", 300, srv(0, 0, ".")),
    ])
    .await;
    let resolver = server.resolver();
    // host, port, transport, places in order
    let table: [(&str, Option<u16>, Transport, &[&str]); 9] = [
        ("carrier.example", None, Transport::Udp, &["192.0.2.1:5080", "[2001:db8::1]:5080", "192.0.2.2:5070"]),
        ("carrier.example", None, Transport::Tls, &["192.0.2.1:5071", "[2001:db8::1]:5071"]),
        // No NAPTR and no SRV for it: the host itself.
        ("carrier.example", None, Transport::Tcp, &["192.0.2.99:5060"]),
        ("carrier.example", Some(5066), Transport::Udp, &["192.0.2.99:5066"]),
        ("plain.example", None, Transport::Tcp, &["192.0.2.1:5090", "[2001:db8::1]:5090"]),
        ("plain.example", None, Transport::Tls, &["192.0.2.3:5061"]),
        ("192.0.2.7", None, Transport::Tls, &["192.0.2.7:5061"]),
        ("[2001:db8::9]", Some(5062), Transport::Udp, &["[2001:db8::9]:5062"]),
        ("2001:db8::9", None, Transport::Udp, &["[2001:db8::9]:5060"]),
    ];
    for (host, port, transport, places) in table {
        let found = resolve(&resolver, (host, port, transport)).await;
        assert_eq!(found.expect(host), places, "{host} {port:?} {transport:?}");
    }
    let nowhere = resolve(&resolver, ("nowhere.example", None, Transport::Udp)).await;
    assert!(matches!(nowhere, Err(ResolveError::Nowhere)));
    let closed = resolve(&resolver, ("closed.example", None, Transport::Udp)).await;
    assert!(matches!(closed, Err(ResolveError::Nowhere)), "the carrier says that there is no such service");
    assert!(matches!(resolve(&resolver, ("a b..c", Some(1), Transport::Udp)).await, Err(ResolveError::NoName(_))));
    let only_v4 = Resolver::new(&[server.address], vec![Family::V4], [3; 32]).expect("set up");
    assert_eq!(resolve(&only_v4, ("main.example", Some(1), Transport::Udp)).await.expect("found"), ["192.0.2.1:1"]);
}

#[tokio::test]
async fn an_answer_is_believed_as_long_as_it_says_within_bounds() {
    let server = NameServer::start(vec![
        ("minute.example", 60, a("192.0.2.1")),
        ("never.example", 0, a("192.0.2.1")),
        ("week.example", 604_800, a("192.0.2.1")),
    ])
    .await;
    let resolver = server.resolver();
    for (host, least, most) in [("minute.example", 55, 60), ("never.example", 30, 30), ("week.example", 3_590, 3_600)] {
        let target = Target { host: host.into(), port: Some(5060), transport: Transport::Udp };
        let valid_for = resolver.resolve(&target).await.expect(host).valid_for.as_secs_f64().ceil();
        assert!((f64::from(least)..=f64::from(most)).contains(&valid_for), "{host}: {valid_for}");
    }
    let questions = held(&server.asked).len();
    resolve(&resolver, ("minute.example", Some(5060), Transport::Udp)).await.expect("found");
    let again = held(&server.asked)[questions..].to_vec();
    assert!(!again.iter().any(|question| question.starts_with("A ")), "it is known: {again:?}");
}

fn trunk(id: u64, host: &str, transport: Transport) -> Trunk {
    let outward = Outward {
        host: host.into(),
        port: None,
        transport,
        user: String::new(),
        password: Pii::new(String::new()),
        registers: false,
        caller_id: CallerId::From,
        rewrites: Vec::new(),
        asking: centre::settings::Asking::default(),
    };
    Trunk {
        id: TrunkId(id),
        name: host.into(),
        sources: Vec::new(),
        max_calls: None,
        enabled: true,
        rules: TrunkRules::default(),
        outward: Some(outward),
        modified_at: 0,
    }
}

fn settings(trunks: Vec<Trunk>) -> Settings {
    Settings {
        application: Application {
            id: SdkAppId(1),
            name: "App".into(),
            desk_rules: DeskRules::default(),
            outside_calls: Default::default(),
            phone_licences: None,
        },
        staff: BTreeMap::new(),
        skill_groups: BTreeMap::new(),
        trunks: trunks.into_iter().map(|trunk| (trunk.id, trunk)).collect(),
        phones: BTreeMap::new(),
        numbers: BTreeMap::new(),
        flows: BTreeMap::new(),
        sounds: BTreeMap::new(),
    }
}

async fn telling(tellings: &mut mpsc::Receiver<ControlInput>) -> (TrunkId, Vec<Flow>) {
    match tellings.recv().await {
        Some(ControlInput::TrunkAddresses { trunk, flows }) => (trunk, flows),
        Some(_) | None => panic!("a trunk should have been told"),
    }
}

#[tokio::test]
async fn each_trunk_is_told_once_and_again_when_its_settings_change() {
    let server = NameServer::start(vec![
        ("_sip._udp.carrier.example", 300, srv(1, 5080, "main.example.")),
        ("main.example", 300, a("127.0.0.5")),
        ("other.example", 300, a("127.0.0.6")),
    ])
    .await;
    let (inputs, _kept) = mpsc::channel(INPUTS);
    let any = "127.0.0.1:0".parse().expect("an address");
    let known_as = KnownAs::default();
    let listen = SipListen { udp: any, tcp: any, tls: None, known_as, timing: Timing::default() };
    let sockets = SipSockets::open(listen, inputs, MetricsHandle::default()).await.expect("free ports");
    let (told, mut tellings) = mpsc::channel(INPUTS);
    let gateways = Gateways::new(server.resolver(), sockets.sender(), told);
    let app = SdkAppId(1);
    let flow = |remote: &str, bound| Flow {
        transport: if bound == sockets.bound().udp { Transport::Udp } else { Transport::Tcp },
        local: bound,
        remote: remote.parse().expect("an address"),
        connection: 0,
    };
    let carrier = trunk(1, "carrier.example", Transport::Udp);
    gateways.settings(app, Some(&settings(vec![carrier.clone()])));
    let udp = flow("127.0.0.5:5080", sockets.bound().udp);
    assert_eq!(telling(&mut tellings).await, (TrunkId(1), vec![udp]));

    // TLS is not switched on, so there is no way; a trunk that is off has none either.
    let mut off = trunk(3, "other.example", Transport::Udp);
    off.enabled = false;
    let tls = trunk(2, "other.example", Transport::Tls);
    gateways.settings(app, Some(&settings(vec![tls, off])));
    assert_eq!(telling(&mut tellings).await, (TrunkId(2), vec![]));

    let tcp = trunk(1, "other.example", Transport::Tcp);
    gateways.settings(app, Some(&settings(vec![tcp])));
    let by_tcp = flow("127.0.0.6:5060", sockets.bound().tcp);
    assert_eq!(telling(&mut tellings).await, (TrunkId(1), vec![by_tcp]));
    gateways.settings(app, None);
    assert!(held(&gateways.watched).is_empty());
    assert!(tellings.try_recv().is_err());
}
