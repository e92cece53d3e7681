//! The SIP sockets: one UDP socket and one TCP listener. They carry whole
//! messages between the wire and call control, and know nothing of what is in them.

mod streams;

use crate::control::{ControlInput, INPUTS};
use crate::metrics::MetricsHandle;
use sip::{Flow, Transport};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket as StdUdpSocket};
use std::sync::Arc;
use streams::Streams;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;

/// Largest datagram. UDP has no larger ones.
const DATAGRAM: usize = 65_535;
/// Below this room in the control channel SIP is dropped: peers repeat what
/// they sent, while what calls in progress need must still fit.
const SHED_BELOW: usize = INPUTS / 2;

/// Where to listen.
#[derive(Debug, Clone, Copy)]
pub struct SipListen {
    /// UDP.
    pub udp: SocketAddr,
    /// TCP.
    pub tcp: SocketAddr,
    /// What peers see instead of our own address, if that differs.
    pub public: Option<IpAddr>,
}

/// The open sockets, not yet read.
pub struct SipSockets {
    udp: Arc<UdpSocket>,
    sender_udp: StdUdpSocket,
    tcp: TcpListener,
    udp_local: SocketAddr,
    tcp_local: SocketAddr,
}

/// The way out for SIP bytes.
#[derive(Clone)]
pub struct SipSender {
    udp: Arc<StdUdpSocket>,
    streams: Streams,
    metrics: MetricsHandle,
}

impl SipSockets {
    /// Opens both sockets.
    pub async fn open(listen: SipListen) -> io::Result<SipSockets> {
        let socket = StdUdpSocket::bind(listen.udp).map_err(|error| named("sip.udp", listen.udp, error))?;
        socket.set_nonblocking(true)?;
        let sender_udp = socket.try_clone()?;
        let udp = UdpSocket::from_std(socket)?;
        let tcp = TcpListener::bind(listen.tcp).await.map_err(|error| named("sip.tcp", listen.tcp, error))?;
        let seen_as = |local: SocketAddr| SocketAddr::new(listen.public.unwrap_or(local.ip()), local.port());
        let (udp_local, tcp_local) = (seen_as(udp.local_addr()?), seen_as(tcp.local_addr()?));
        Ok(SipSockets { udp: Arc::new(udp), sender_udp, tcp, udp_local, tcp_local })
    }

    /// Our UDP address as peers see it.
    pub fn udp_address(&self) -> SocketAddr {
        self.udp_local
    }

    /// Our TCP address as peers see it.
    pub fn tcp_address(&self) -> SocketAddr {
        self.tcp_local
    }

    /// Begins to read. What arrives goes to `inputs`.
    pub fn start(self, inputs: mpsc::Sender<ControlInput>, metrics: MetricsHandle) -> io::Result<SipSender> {
        let inbox = Inbox { inputs, metrics: metrics.clone() };
        let streams = Streams::new(self.tcp_local, inbox.clone());
        tokio::spawn(read_datagrams(self.udp, self.udp_local, inbox));
        tokio::spawn(streams.clone().accept(self.tcp));
        Ok(SipSender { udp: Arc::new(self.sender_udp), streams, metrics })
    }
}

/// An address that could not be bound, with the key that names it.
fn named(key: &str, address: SocketAddr, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{key}: cannot listen on {address}: {error}"))
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
    metrics: MetricsHandle,
}

impl Inbox {
    /// Hands a datagram over, or drops it while call control is behind.
    fn offer(&self, flow: Flow, bytes: Vec<u8>) {
        self.metrics.sip_messages_in.add_one();
        let room = self.inputs.capacity() >= SHED_BELOW;
        if !room || self.inputs.try_send(ControlInput::Received { flow, bytes }).is_err() {
            self.metrics.sip_shed.add_one();
        }
    }

    /// Hands a stream's message over, and lets the peer wait meanwhile.
    async fn give(&self, input: ControlInput) {
        // A stopped control thread needs nothing any more.
        let _ = self.inputs.send(input).await;
    }
}

async fn read_datagrams(socket: Arc<UdpSocket>, local: SocketAddr, inbox: Inbox) {
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
