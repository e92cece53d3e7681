//! The SIP sockets: a UDP socket, a TCP and a TLS listener, and the WebSockets that come
//! in by the HTTP port. They carry whole messages between the wire and call control, and
//! know nothing of what is in them.

pub mod addresses;
mod streams;
mod table;
pub mod tls;
pub mod web_socket;

pub use addresses::KnownAs;
pub use streams::Timing;
pub use tls::PeerNames;

use crate::config::{Fault, TlsConfig};
use crate::control::{ControlInput, INPUTS};
use crate::metrics::MetricsHandle;
use crate::serve::Port;
use addresses::{bind_udp, canonical, for_socket, listen_tcp};
use sip::{Flow, Transport};
use std::io;
use std::net::{SocketAddr, UdpSocket as StdUdpSocket};
use std::sync::{Arc, OnceLock};
use streams::{Doors, Streams};
use table::Peer;
use tls::TlsDoor;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use web_socket::WebSocketDoor;

/// Largest datagram. UDP has no larger ones.
const DATAGRAM: usize = 65_535;
/// Bytes of the shortest start line, `A b SIP/2.0`. What is shorter keeps a NAT open.
const SHORTEST: usize = 11;
/// SIP messages that may wait in the control channel. What calls in progress
/// need (media events, commands) always has the other half: peers repeat what
/// is dropped of UDP, and a stream lets its peer wait.
const PLACES: usize = INPUTS / 2;

/// One of the places in the control channel that are for SIP; free again when dropped.
pub struct SipPlace(#[allow(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// Where to listen.
#[derive(Debug, Clone)]
pub struct SipListen {
    /// UDP.
    pub udp: SocketAddr,
    /// TCP.
    pub tcp: SocketAddr,
    /// TLS, if it is switched on.
    pub tls: Option<TlsConfig>,
    /// Under which addresses peers know us.
    pub known_as: KnownAs,
    /// How patient we are.
    pub timing: Timing,
}

/// Why the sockets could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// An address could not be bound.
    #[error("{0}")]
    Socket(#[from] io::Error),
    /// The files of TLS cannot be used.
    #[error("{0}")]
    Files(Fault),
}

/// The open sockets. They can send at once; nothing is read before [`SipSockets::start`].
pub struct SipSockets {
    udp: UdpSocket,
    tcp: TcpListener,
    tls: Option<TcpListener>,
    bound: Bound,
    inbox: Inbox,
    sender: SipSender,
}

/// The addresses that are really bound; others may know us by different ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// UDP.
    pub udp: SocketAddr,
    /// TCP.
    pub tcp: SocketAddr,
    /// TLS, if it is switched on.
    pub tls: Option<SocketAddr>,
}

/// The way out for SIP bytes.
#[derive(Clone)]
pub struct SipSender {
    udp: Arc<StdUdpSocket>,
    bound_udp: SocketAddr,
    streams: Streams,
    names: PeerNames,
    metrics: MetricsHandle,
}

impl SipSockets {
    /// Opens all sockets. What arrives will go to `inputs`.
    pub async fn open(
        listen: SipListen,
        inputs: mpsc::Sender<ControlInput>,
        metrics: MetricsHandle,
    ) -> Result<SipSockets, OpenError> {
        let socket = bind_udp(listen.udp).map_err(|error| Port::SipUdp.closed(listen.udp, &error))?;
        let sender_udp = Arc::new(socket.try_clone()?);
        let udp = UdpSocket::from_std(socket)?;
        let tcp = listener(Port::SipTcp, listen.tcp)?;
        let names = PeerNames::default();
        let tls = match &listen.tls {
            Some(config) => {
                let door = TlsDoor::open(&config.files, names.clone()).map_err(OpenError::Files)?;
                Some((listener(Port::SipTls, config.listen)?, door))
            }
            None => None,
        };
        let (tls, door) = tls.unzip();
        let bound_tls = tls.as_ref().map(TcpListener::local_addr).transpose()?;
        let bound = Bound { udp: udp.local_addr()?, tcp: tcp.local_addr()?, tls: bound_tls };
        let inbox = Inbox { inputs, places: Arc::new(Semaphore::new(PLACES)), metrics: metrics.clone() };
        let SipListen { known_as, timing, .. } = listen;
        let doors = Doors { known_as, tcp: bound.tcp, tls: bound_tls.zip(door), http: OnceLock::new(), timing };
        let streams = Streams::new(doors, inbox.clone());
        let sender = SipSender { udp: sender_udp, bound_udp: bound.udp, streams, names, metrics };
        Ok(SipSockets { udp, tcp, tls, bound, inbox, sender })
    }

    /// The addresses that are really bound.
    pub fn bound(&self) -> Bound {
        self.bound
    }

    /// The way out. It works before anything is read.
    pub fn sender(&self) -> SipSender {
        self.sender.clone()
    }

    /// Begins to read. What arrived since the sockets were opened waits in the kernel.
    pub fn start(self) {
        let SipSockets { udp, tcp, tls, bound: _, inbox, sender } = self;
        tokio::spawn(sender.streams.clone().accept(tcp, Transport::Tcp));
        if let Some(tls) = tls {
            tokio::spawn(sender.streams.clone().accept(tls, Transport::Tls));
        }
        if let Some((_, door)) = &sender.streams.doors().tls {
            tokio::spawn(door.clone().watch());
        }
        tokio::spawn(read_datagrams(udp, sender, inbox));
    }
}

fn listener(port: Port, listen: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::from_std(listen_tcp(listen).map_err(|error| port.closed(listen, &error))?)
}

impl SipSender {
    /// Sends one message. A datagram that the kernel does not take now is
    /// dropped: SIP repeats it. (RFC 3261 §17, timers A and E)
    pub fn send(&self, flow: Flow, bytes: Vec<u8>) {
        self.metrics.sip_messages_out.add_one();
        match flow.transport {
            Transport::Udp => {
                if let Err(error) = self.udp.send_to(&bytes, for_socket(self.bound_udp.ip(), flow.remote)) {
                    tracing::debug!(%error, "a SIP datagram was not sent");
                }
            }
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => self.streams.send(flow, bytes),
        }
    }

    /// The flow by which a message first goes to a peer; a connection is opened when it is
    /// used. `None` for a transport by which we cannot go there.
    pub fn flow_to(&self, transport: Transport, remote: SocketAddr) -> Option<Flow> {
        let remote = canonical(remote);
        let reachable = |bound: SocketAddr| bound.is_ipv6() || remote.is_ipv4();
        match transport {
            Transport::Udp => {
                let local = self.streams.doors().known_as.seen_as(self.bound_udp, remote.ip());
                reachable(self.bound_udp).then_some(Flow { transport, local, remote, connection: 0 })
            }
            // The kernel chooses where a connection of ours begins: any family will do.
            Transport::Tcp | Transport::Tls => self.streams.flow(Peer { transport, remote }, 0),
            // Their peers connect to us.
            Transport::Ws | Transport::Wss => None,
        }
    }

    /// Notes where the host that `owner` (a trunk) calls was found, so that TLS knows which
    /// name to ask for. What an older connection proved may not be enough any more; it ends.
    pub fn name_peers(&self, owner: u64, name: &str, addresses: &[SocketAddr]) {
        let addresses: Vec<SocketAddr> = addresses.iter().copied().map(canonical).collect();
        let changed = self.names.set(owner, name, &addresses);
        self.streams.end_tls(&changed);
    }

    /// The way in for WebSockets, which the HTTP port at this address takes.
    pub fn web_sockets(&self, http: SocketAddr) -> WebSocketDoor {
        WebSocketDoor::new(self.streams.clone(), http)
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

async fn read_datagrams(socket: UdpSocket, sender: SipSender, inbox: Inbox) {
    let mut buffer = vec![0u8; DATAGRAM];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, remote)) => {
                let bytes = buffer.get(..length).unwrap_or_default();
                if is_keep_alive(bytes) {
                    continue;
                }
                let remote = canonical(remote);
                let local = sender.streams.doors().known_as.seen_as(sender.bound_udp, remote.ip());
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

/// Datagrams that only keep a NAT open: line ends, zeros, a few letters (`jaK` of old soft phones),
/// and STUN (RFC 5626 §3.5.1), which we do not offer: its first two bits are zero, and its magic
/// cookie follows (RFC 5389 §6). They are not worth an answer or a line in the log.
fn is_keep_alive(bytes: &[u8]) -> bool {
    let is_blank = bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | b' ' | 0));
    let is_stun = bytes.first().is_some_and(|first| *first < 4) && bytes.get(4..8) == Some(&[0x21, 0x12, 0xa4, 0x42]);
    is_blank || is_stun || bytes.len() < SHORTEST
}

#[cfg(test)]
mod tests;
