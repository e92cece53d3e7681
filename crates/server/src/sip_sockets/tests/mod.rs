//! The sockets over real ones of peers: what goes in, what goes out, and the limits.

mod tls;
mod web_socket;

use super::*;
use std::net::IpAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const OPTIONS: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";

struct Bench {
    sender: SipSender,
    inputs: mpsc::Receiver<ControlInput>,
    bound: Bound,
    metrics: MetricsHandle,
    inbox: Inbox,
}

async fn bench() -> Bench {
    let (sockets, inputs, metrics) = open("127.0.0.1:0", None).await;
    start((sockets, inputs, metrics))
}

fn start((sockets, inputs, metrics): (SipSockets, mpsc::Receiver<ControlInput>, MetricsHandle)) -> Bench {
    let (sender, bound, inbox) = (sockets.sender(), sockets.bound(), sockets.inbox.clone());
    sockets.start();
    Bench { sender, inputs, bound, metrics, inbox }
}

async fn open(listen: &str, public: Option<IpAddr>) -> (SipSockets, mpsc::Receiver<ControlInput>, MetricsHandle) {
    let known_as = KnownAs { public: public.into_iter().collect(), media: vec![MEDIA, MEDIA_V6] };
    let any = listen.parse().expect("an address");
    open_with(SipListen { udp: any, tcp: any, tls: None, known_as, timing: Timing::default() }).await
}

async fn open_with(listen: SipListen) -> (SipSockets, mpsc::Receiver<ControlInput>, MetricsHandle) {
    let (sender, inputs) = mpsc::channel(INPUTS);
    let metrics = MetricsHandle::default();
    let sockets = SipSockets::open(listen, sender, metrics.clone()).await.expect("free ports");
    (sockets, inputs, metrics)
}

/// On the loopback, and with no patience at all.
async fn hasty(tls: Option<TlsConfig>) -> Bench {
    let any = "127.0.0.1:0".parse().expect("an address");
    let moment = Duration::from_millis(50);
    let timing = Timing { handshake: moment, first_frame: moment, ping: moment };
    start(open_with(SipListen { udp: any, tcp: any, tls, known_as: KnownAs::default(), timing }).await)
}

const MEDIA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7));
const MEDIA_V6: IpAddr = IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7));

impl Bench {
    async fn received(&mut self) -> (Flow, Vec<u8>) {
        match self.inputs.recv().await {
            Some(ControlInput::Received { flow, bytes, .. }) => (flow, bytes),
            Some(_) | None => panic!("a message should have come"),
        }
    }
}

/// The address that Via and Contact will name, and the one that is bound, by both transports.
async fn seen(listen: &str, public: Option<IpAddr>) -> [(IpAddr, IpAddr); 2] {
    let (sockets, mut inputs, _metrics) = open(listen, public).await;
    let Bound { udp, tcp, .. } = sockets.bound();
    let at = |bound: SocketAddr| SocketAddr::from(([127, 0, 0, 1], bound.port()));
    let peer = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    peer.send_to(OPTIONS, at(udp)).await.expect("sent before anybody reads");
    let mut stream = TcpStream::connect(at(tcp)).await.expect("connected");
    stream.write_all(OPTIONS).await.expect("sent");
    assert!(inputs.try_recv().is_err(), "nothing is read before the start");
    sockets.start();
    let mut seen = [(udp.ip(), udp.ip()), (tcp.ip(), tcp.ip())];
    for _ in 0..2 {
        let Some(ControlInput::Received { flow, .. }) = inputs.recv().await else { panic!("a message") };
        seen[usize::from(flow.transport == Transport::Tcp)].0 = flow.local.ip();
    }
    seen
}

/// With `udp = "0.0.0.0:5060"` and nothing else, Contact was `<sip:0.0.0.0:5060>`, and no BYE
/// of a carrier ever came.
#[tokio::test]
async fn who_listens_everywhere_is_never_named_so() {
    let everywhere: IpAddr = "0.0.0.0".parse().expect("an address");
    let public: IpAddr = "198.51.100.4".parse().expect("an address");
    let loopback: IpAddr = "127.0.0.1".parse().expect("an address");
    assert_eq!(seen("0.0.0.0:0", None).await, [(MEDIA, everywhere); 2]);
    assert_eq!(seen("0.0.0.0:0", Some(public)).await, [(public, everywhere); 2]);
    assert_eq!(seen("127.0.0.1:0", None).await, [(loopback, loopback); 2]);
    assert_eq!(seen("127.0.0.1:0", Some(public)).await, [(public, loopback); 2]);
}

#[tokio::test]
async fn a_datagram_goes_in_and_its_answer_goes_out() {
    let mut bench = bench().await;
    let peer = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let stun = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    for nothing in [&b"\r\n\r\n"[..], b"\r\n", b"\0", b"\0\0\0\0", b"jaK\0", b"", &stun] {
        peer.send_to(nothing, bench.bound.udp).await.expect("a keep-alive, which is nothing to anybody");
    }
    peer.send_to(OPTIONS, bench.bound.udp).await.expect("sent");
    let (flow, bytes) = bench.received().await;
    assert_eq!(bytes, OPTIONS);
    bench.sender.send(flow, b"answer".to_vec());
    let mut buffer = [0; 100];
    let (length, _) = peer.recv_from(&mut buffer).await.expect("an answer");
    assert_eq!(&buffer[..length], b"answer");
}

#[tokio::test]
async fn a_stream_is_cut_into_messages_and_its_pings_are_answered() {
    let mut bench = bench().await;
    let mut peer = TcpStream::connect(bench.bound.tcp).await.expect("connected");
    let (first, rest) = OPTIONS.split_at(9);
    peer.write_all(first).await.expect("sent");
    peer.write_all(&[rest, b"\r\n\r\n", OPTIONS].concat()).await.expect("sent");
    let (flow, bytes) = bench.received().await;
    assert_eq!(bytes, OPTIONS);
    assert_eq!(bench.received().await.1, OPTIONS);
    let mut pong = [0; 2];
    peer.read_exact(&mut pong).await.expect("a pong");
    assert_eq!(&pong, b"\r\n");
    bench.sender.send(flow, b"answer".to_vec());
    let mut answer = [0; 6];
    peer.read_exact(&mut answer).await.expect("an answer");
    drop(peer);
    assert!(matches!(bench.inputs.recv().await, Some(ControlInput::FlowClosed { flow: closed, .. }) if closed == flow));
}

/// A carrier that floods one stream used to fill the whole channel, and media events were lost.
#[tokio::test]
async fn a_flood_of_sip_leaves_half_of_the_channel_to_calls_in_progress() {
    let mut bench = bench().await;
    let mut peer = TcpStream::connect(bench.bound.tcp).await.expect("connected");
    let flood = tokio::spawn(async move {
        let many = OPTIONS.repeat(100);
        for _ in 0..INPUTS / 50 {
            peer.write_all(&many).await.expect("sent, or waiting to be");
        }
        peer
    });
    let flow = bench.received().await.0;
    while bench.inputs.len() < PLACES {
        tokio::task::yield_now().await;
    }
    let before = bench.metrics.sip_shed.get();
    bench.inbox.offer(flow, OPTIONS.to_vec());
    assert_eq!(bench.metrics.sip_shed.get(), before + 1, "a datagram finds no place either");
    assert_eq!(bench.inputs.len(), PLACES, "the other half is free");
    for _ in 0..INPUTS {
        bench.received().await;
    }
    drop(flood);
}

#[tokio::test]
async fn a_stream_that_is_not_sip_is_closed() {
    let bench = bench().await;
    let mut peer = TcpStream::connect(bench.bound.tcp).await.expect("connected");
    peer.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sent");
    let mut rest = Vec::new();
    peer.read_to_end(&mut rest).await.expect("it is closed");
    assert_eq!(bench.metrics.sip_connections.get(), 0);
}

#[tokio::test]
async fn one_address_cannot_take_all_connections() {
    let bench = bench().await;
    let mut held = Vec::new();
    for _ in 0..table::PER_ADDRESS {
        held.push(TcpStream::connect(bench.bound.tcp).await.expect("connected"));
    }
    let mut one_more = TcpStream::connect(bench.bound.tcp).await.expect("the kernel connects it");
    let mut rest = Vec::new();
    // Closed or reset, but not served.
    let _ = one_more.read_to_end(&mut rest).await;
    assert_eq!(bench.metrics.sip_connections_refused.get(), 1);
}

#[tokio::test]
async fn a_message_without_a_connection_opens_one() {
    let bench = bench().await;
    let peer = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let remote = peer.local_addr().expect("bound");
    let flow = Flow { transport: Transport::Tcp, local: bench.bound.tcp, remote, connection: 0 };
    bench.sender.send(flow, b"first".to_vec());
    let (mut stream, _) = peer.accept().await.expect("it connects");
    let mut first = [0; 5];
    stream.read_exact(&mut first).await.expect("its message");
    assert_eq!(&first, b"first");
}

/// `[::]` is both families, and each peer reads an address that it can write to.
#[tokio::test]
async fn one_socket_serves_both_families() {
    let mut bench = start(open("[::]:0", None).await);
    let both = [("127.0.0.1", MEDIA), ("::1", MEDIA_V6)].map(|(ip, own)| (ip.parse::<IpAddr>().expect("an IP"), own));
    for (loopback, own) in both {
        let peer = UdpSocket::bind(SocketAddr::new(loopback, 0)).await.expect("a free port");
        peer.send_to(OPTIONS, SocketAddr::new(loopback, bench.bound.udp.port())).await.expect("sent");
        let (flow, _) = bench.received().await;
        assert_eq!((flow.remote, flow.local.ip()), (peer.local_addr().expect("bound"), own));
        assert_eq!(bench.sender.flow_to(Transport::Udp, flow.remote), Some(flow), "calls to it go the same way");
        bench.sender.send(flow, b"answer".to_vec());
        let mut buffer = [0; 100];
        let (length, _) = peer.recv_from(&mut buffer).await.expect("an answer");
        assert_eq!(&buffer[..length], b"answer");

        let mut stream =
            TcpStream::connect(SocketAddr::new(loopback, bench.bound.tcp.port())).await.expect("connected");
        stream.write_all(OPTIONS).await.expect("sent");
        let (flow, _) = bench.received().await;
        assert_eq!((flow.remote, flow.local.ip()), (stream.local_addr().expect("bound"), own));
        bench.sender.send(flow, b"answer".to_vec());
        let mut answer = [0; 6];
        stream.read_exact(&mut answer).await.expect("an answer");
        drop(stream);
        assert!(matches!(bench.inputs.recv().await, Some(ControlInput::FlowClosed { flow: gone, .. }) if gone == flow));
    }
    let only_v4 = start(open("127.0.0.1:0", None).await);
    let v6 = "[::1]:5060".parse().expect("an address");
    assert_eq!(only_v4.sender.flow_to(Transport::Udp, v6), None, "there is no way");
}

/// A NAT forgets a quiet connection, and then nobody can call us.
#[tokio::test]
async fn our_own_connection_pings_and_the_peer_may_answer() {
    let bench = hasty(None).await;
    let peer = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let flow = bench.sender.flow_to(Transport::Tcp, peer.local_addr().expect("bound")).expect("a way");
    bench.sender.send(flow, b"first".to_vec());
    let (mut stream, _) = peer.accept().await.expect("it connects");
    stream.write_all(OPTIONS).await.expect("the peer says something, too");
    let mut read = [0; 9];
    stream.read_exact(&mut read).await.expect("its message and a ping");
    assert_eq!(&read, b"first\r\n\r\n");
}
