//! The SIP sockets: one UDP socket and one TCP listener. They carry whole
//! messages between the wire and call control, and know nothing of what is in them.

mod streams;

use crate::control::{ControlInput, INPUTS};
use crate::metrics::MetricsHandle;
use crate::serve::Port;
use sip::{Flow, Transport};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket as StdUdpSocket};
use std::sync::Arc;
use streams::Streams;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Largest datagram. UDP has no larger ones.
const DATAGRAM: usize = 65_535;
/// SIP messages that may wait in the control channel. What calls in progress
/// need (media events, commands) always has the other half: peers repeat what
/// is dropped of UDP, and a stream lets its peer wait.
const PLACES: usize = INPUTS / 2;

/// One of the places in the control channel that are for SIP; free again when dropped.
pub struct SipPlace(#[allow(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// Where to listen.
#[derive(Debug, Clone, Copy)]
pub struct SipListen {
    /// UDP.
    pub udp: SocketAddr,
    /// TCP.
    pub tcp: SocketAddr,
    /// What peers see instead of our own address, if that differs.
    pub public: Option<IpAddr>,
    /// Where peers send sound. Whoever listens everywhere and names no public address is
    /// reached there for SIP too: `0.0.0.0` in a Contact is no address at all.
    pub media: IpAddr,
}

impl SipListen {
    /// A bound address as Via and Contact name it.
    fn seen_as(&self, bound: SocketAddr) -> SocketAddr {
        let everywhere = bound.ip().is_unspecified().then_some(self.media);
        SocketAddr::new(self.public.or(everywhere).unwrap_or(bound.ip()), bound.port())
    }
}

/// The open sockets. They can send at once; nothing is read before [`SipSockets::start`].
pub struct SipSockets {
    udp: UdpSocket,
    tcp: TcpListener,
    bound_udp: SocketAddr,
    bound_tcp: SocketAddr,
    udp_local: SocketAddr,
    inbox: Inbox,
    sender: SipSender,
}

/// The way out for SIP bytes.
#[derive(Clone)]
pub struct SipSender {
    udp: Arc<StdUdpSocket>,
    streams: Streams,
    metrics: MetricsHandle,
}

impl SipSockets {
    /// Opens both sockets. What arrives will go to `inputs`.
    pub async fn open(
        listen: SipListen,
        inputs: mpsc::Sender<ControlInput>,
        metrics: MetricsHandle,
    ) -> io::Result<SipSockets> {
        let socket = StdUdpSocket::bind(listen.udp).map_err(|error| Port::SipUdp.closed(listen.udp, &error))?;
        socket.set_nonblocking(true)?;
        let sender_udp = Arc::new(socket.try_clone()?);
        let udp = UdpSocket::from_std(socket)?;
        let tcp = TcpListener::bind(listen.tcp).await.map_err(|error| Port::SipTcp.closed(listen.tcp, &error))?;
        let (bound_udp, bound_tcp) = (udp.local_addr()?, tcp.local_addr()?);
        let inbox = Inbox { inputs, places: Arc::new(Semaphore::new(PLACES)), metrics: metrics.clone() };
        let streams = Streams::new(listen.seen_as(bound_tcp), inbox.clone());
        let sender = SipSender { udp: sender_udp, streams, metrics };
        Ok(SipSockets { udp, tcp, bound_udp, bound_tcp, udp_local: listen.seen_as(bound_udp), inbox, sender })
    }

    /// The UDP address that is really bound; others may know us by another.
    pub fn bound_udp(&self) -> SocketAddr {
        self.bound_udp
    }

    /// The TCP address that is really bound.
    pub fn bound_tcp(&self) -> SocketAddr {
        self.bound_tcp
    }

    /// The way out. It works before anything is read.
    pub fn sender(&self) -> SipSender {
        self.sender.clone()
    }

    /// Begins to read. What arrived since the sockets were opened waits in the kernel.
    pub fn start(self) {
        tokio::spawn(read_datagrams(self.udp, self.udp_local, self.inbox));
        tokio::spawn(self.sender.streams.accept(self.tcp));
    }
}

impl SipSender {
    /// Sends one message. A datagram that the kernel does not take now is
    /// dropped: SIP repeats it. (RFC 3261 §17, timers A and E)
    pub fn send(&self, flow: Flow, bytes: Vec<u8>) {
        self.metrics.sip_messages_out.add_one();
        match flow.transport {
            Transport::Udp => {
                if let Err(error) = self.udp.send_to(&bytes, flow.remote) {
                    tracing::debug!(%error, "a SIP datagram was not sent");
                }
            }
            Transport::Tcp => self.streams.send(flow, bytes),
            Transport::Tls | Transport::Ws | Transport::Wss => {
                tracing::error!(transport = ?flow.transport, "no such SIP transport is open");
            }
        }
    }
}

/// The way in for SIP messages.
#[derive(Clone)]
struct Inbox {
    inputs: mpsc::Sender<ControlInput>,
    places: Arc<Semaphore>,
    metrics: MetricsHandle,
}

impl Inbox {
    /// Hands a datagram over, or drops it while call control is behind.
    fn offer(&self, flow: Flow, bytes: Vec<u8>) {
        self.metrics.sip_messages_in.add_one();
        let place = self.places.clone().try_acquire_owned().map(SipPlace);
        let given =
            place.is_ok_and(|place| self.inputs.try_send(ControlInput::Received { flow, bytes, place }).is_ok());
        if !given {
            self.metrics.sip_shed.add_one();
        }
    }

    /// Hands a stream's message over, and lets the peer wait meanwhile.
    async fn give(&self, flow: Flow, bytes: Vec<u8>) {
        self.put(|place| ControlInput::Received { flow, bytes, place }).await;
    }

    /// Tells that a stream is gone.
    async fn closed(&self, flow: Flow) {
        self.put(|place| ControlInput::FlowClosed { flow, place }).await;
    }

    async fn put(&self, input: impl FnOnce(SipPlace) -> ControlInput) {
        let place = self.places.clone().acquire_owned().await.expect("nobody closes the places");
        // A stopped control thread needs nothing any more.
        let _ = self.inputs.send(input(SipPlace(place))).await;
    }
}

async fn read_datagrams(socket: UdpSocket, local: SocketAddr, inbox: Inbox) {
    let mut buffer = vec![0u8; DATAGRAM];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, remote)) => {
                let bytes = buffer.get(..length).unwrap_or_default();
                // Keep-alives of NATs: nothing but line ends. (RFC 5626 §3.5.1 has STUN instead; both are harmless.)
                if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
                    continue;
                }
                inbox.offer(Flow { transport: Transport::Udp, local, remote, connection: 0 }, bytes.to_vec());
            }
            // An ICMP answer to something that we sent, or a moment without memory: the socket lives on.
            Err(error) => {
                tracing::debug!(%error, "the SIP socket reports an error");
                tokio::task::yield_now().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    const OPTIONS: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";

    struct Bench {
        sender: SipSender,
        inputs: mpsc::Receiver<ControlInput>,
        udp: SocketAddr,
        tcp: SocketAddr,
        metrics: MetricsHandle,
        inbox: Inbox,
    }

    async fn bench() -> Bench {
        let (sockets, inputs, metrics) = open("127.0.0.1:0", None).await;
        let (sender, udp, tcp) = (sockets.sender(), sockets.bound_udp(), sockets.bound_tcp());
        let inbox = sockets.inbox.clone();
        sockets.start();
        Bench { sender, inputs, udp, tcp, metrics, inbox }
    }

    async fn open(listen: &str, public: Option<IpAddr>) -> (SipSockets, mpsc::Receiver<ControlInput>, MetricsHandle) {
        let any = listen.parse().expect("an address");
        let (sender, inputs) = mpsc::channel(INPUTS);
        let metrics = MetricsHandle::default();
        let listen = SipListen { udp: any, tcp: any, public, media: MEDIA };
        let sockets = SipSockets::open(listen, sender, metrics.clone()).await.expect("free ports");
        (sockets, inputs, metrics)
    }

    const MEDIA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7));

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
        let (udp, tcp) = (sockets.bound_udp(), sockets.bound_tcp());
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
        peer.send_to(b"\r\n\r\n", bench.udp).await.expect("a keep-alive, which is nothing to anybody");
        peer.send_to(OPTIONS, bench.udp).await.expect("sent");
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
        let mut peer = TcpStream::connect(bench.tcp).await.expect("connected");
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
        assert!(
            matches!(bench.inputs.recv().await, Some(ControlInput::FlowClosed { flow: closed, .. }) if closed == flow)
        );
    }

    /// A carrier that floods one stream used to fill the whole channel, and media events were lost.
    #[tokio::test]
    async fn a_flood_of_sip_leaves_half_of_the_channel_to_calls_in_progress() {
        let mut bench = bench().await;
        let mut peer = TcpStream::connect(bench.tcp).await.expect("connected");
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
        let mut peer = TcpStream::connect(bench.tcp).await.expect("connected");
        peer.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sent");
        let mut rest = Vec::new();
        peer.read_to_end(&mut rest).await.expect("it is closed");
        assert_eq!(bench.metrics.sip_connections.get(), 0);
    }

    #[tokio::test]
    async fn one_address_cannot_take_all_connections() {
        let bench = bench().await;
        let mut held = Vec::new();
        for _ in 0..streams::PER_ADDRESS {
            held.push(TcpStream::connect(bench.tcp).await.expect("connected"));
        }
        let mut one_more = TcpStream::connect(bench.tcp).await.expect("the kernel connects it");
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
        let flow = Flow { transport: Transport::Tcp, local: bench.tcp, remote, connection: 0 };
        bench.sender.send(flow, b"first".to_vec());
        let (mut stream, _) = peer.accept().await.expect("it connects");
        let mut first = [0; 5];
        stream.read_exact(&mut first).await.expect("its message");
        assert_eq!(&first, b"first");
    }
}
