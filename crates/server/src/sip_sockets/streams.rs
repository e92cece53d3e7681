//! SIP over TCP and TLS: connections that peers opened and connections that we opened,
//! alike once they stand. Each has a number, a reader and a writer. WebSockets have a
//! place in the same table (`web_socket`).

use super::Inbox;
use super::addresses::{KnownAs, canonical};
use super::table::{Outgoing, Peer, Table, Worth};
use super::tls::TlsDoor;
use sip::framing::StreamFramer;
use sip::{Flow, Transport};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout, timeout_at};

/// How long a message may take from its first byte to its last, and how long a
/// new connection may say nothing.
const UNFINISHED: Duration = Duration::from_secs(15);
/// How long a connection may be silent; phones and trunks ping more often.
const IDLE: Duration = Duration::from_secs(1_800);
/// The same before its first whole message: whoever connects wants to say something.
const UNPROVEN: Duration = Duration::from_secs(60);
/// How long a connection that cannot be framed any further stays for its 400.
const LAST_ANSWER: Duration = Duration::from_millis(200);
/// How long our own connection may take to stand, and a message to be written. (Timer B is 32 s.)
const CONNECT: Duration = Duration::from_secs(10);
/// By how many hundredths of the time between two the pings of different connections differ
/// at most, so that connections that were opened together do not ping together.
const PING_SPREAD: u64 = 25;
/// A keep-alive. The peer may answer with half of it.
const PING: &[u8] = b"\r\n\r\n";

/// Both directions of a connection, whatever is below.
trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

/// What a test must not wait for.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// How long a peer may take for its part of the TLS handshake.
    pub handshake: Duration,
    /// How long a new WebSocket may take for its first message.
    pub first_frame: Duration,
    /// How often we ping a connection that we opened: every 95 s to 120 s (RFC 5626 §4.4.1),
    /// so that NATs on the way keep it and we learn when it broke.
    pub ping: Duration,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            handshake: Duration::from_secs(10),
            first_frame: Duration::from_secs(15),
            ping: Duration::from_secs(95),
        }
    }
}

/// Where the stream listeners are bound, and what they need.
pub struct Doors {
    /// Under which addresses peers know us.
    pub known_as: KnownAs,
    /// TCP.
    pub tcp: SocketAddr,
    /// TLS, if it is switched on.
    pub tls: Option<(SocketAddr, TlsDoor)>,
    /// The HTTP port, for WebSockets; known later than the others.
    pub http: OnceLock<SocketAddr>,
    /// How patient we are.
    pub timing: Timing,
}

/// All stream connections. Cheap to clone.
#[derive(Clone)]
pub struct Streams {
    doors: Arc<Doors>,
    inbox: Inbox,
    table: Arc<Mutex<Table>>,
    runtime: tokio::runtime::Handle,
}

impl Streams {
    /// None yet.
    pub fn new(doors: Doors, inbox: Inbox) -> Streams {
        Streams { doors: Arc::new(doors), inbox, table: Arc::default(), runtime: tokio::runtime::Handle::current() }
    }

    /// What the listeners are.
    pub fn doors(&self) -> &Doors {
        &self.doors
    }

    /// The way in for messages.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // No code that can panic runs under this lock; a poisoned table is still whole.
        self.table.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The flow of a connection to `peer`; `None` for a transport that is not open.
    pub fn flow(&self, peer: Peer, connection: u64) -> Option<Flow> {
        let Peer { transport, remote } = peer;
        let bound = match transport {
            Transport::Tcp => Some(self.doors.tcp),
            Transport::Tls => self.doors.tls.as_ref().map(|(bound, _)| *bound),
            Transport::Ws | Transport::Wss => self.doors.http.get().copied(),
            Transport::Udp => None,
        };
        let local = self.doors.known_as.seen_as(bound?, remote.ip());
        Some(Flow { transport, local, remote, connection })
    }

    /// Adds a connection, unless a limit forbids it.
    pub fn add(&self, peer: Peer, worth: Worth) -> Option<(u64, Outgoing)> {
        let mut table = self.table();
        let added = table.add(peer, worth);
        if added.is_none() {
            self.inbox.metrics.sip_connections_refused.add_one();
        }
        self.inbox.metrics.sip_connections.set(table.len() as u64);
        added
    }

    /// A connection has carried a whole message.
    pub fn proven(&self, number: u64) {
        self.table().proven(number);
    }

    /// A connection is over.
    pub fn remove(&self, number: u64) {
        let mut table = self.table();
        table.remove(number);
        self.inbox.metrics.sip_connections.set(table.len() as u64);
    }

    /// Ends our own TLS connections to these peers: what they proved is no longer enough.
    pub fn end_tls(&self, remotes: &[SocketAddr]) {
        self.table().end_ours(Transport::Tls, remotes);
    }

    /// Takes connections of one listener for ever.
    pub async fn accept(self, listener: TcpListener, transport: Transport) {
        loop {
            match listener.accept().await {
                Ok((stream, remote)) => {
                    // Beyond the limits it is closed at once, which the peer sees.
                    let peer = Peer { transport, remote: canonical(remote) };
                    if let Some((number, outgoing)) = self.add(peer, Worth::Unproven) {
                        tokio::spawn(self.clone().greet(stream, (peer, number), outgoing));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a SIP connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Sends by the flow's connection; opens one if it names none.
    pub fn send(&self, flow: Flow, bytes: Vec<u8>) {
        if self.table().send(flow, &bytes).is_some() {
            return;
        }
        let streams = self.clone();
        let opens = flow.connection == 0 && matches!(flow.transport, Transport::Tcp | Transport::Tls);
        self.runtime.spawn(async move {
            if opens { streams.connect(flow, bytes).await } else { streams.inbox.closed(flow).await }
        });
    }

    async fn connect(self, flow: Flow, first: Vec<u8>) {
        let peer = Peer { transport: flow.transport, remote: flow.remote };
        let closed = Flow { connection: 0, ..flow };
        let Some((number, outgoing)) = self.add(peer, Worth::Ours) else {
            self.inbox.closed(closed).await;
            return;
        };
        // The channel is new and has room.
        self.table().send(Flow { connection: number, ..flow }, &first);
        match timeout(CONNECT, self.open(peer)).await {
            Ok(Ok(pipe)) => self.serve(pipe, (peer, number, Worth::Ours), outgoing).await,
            Ok(Err(error)) => {
                tracing::info!(transport = ?peer.transport, remote = %peer.remote, %error, "a SIP connection could not be opened");
                self.remove(number);
                self.inbox.closed(closed).await;
            }
            Err(_) => {
                tracing::info!(transport = ?peer.transport, remote = %peer.remote, "a SIP connection took too long to open");
                self.remove(number);
                self.inbox.closed(closed).await;
            }
        }
    }

    async fn open(&self, peer: Peer) -> io::Result<Box<dyn Pipe>> {
        let stream = TcpStream::connect(peer.remote).await?;
        // Small messages that somebody waits for.
        stream.set_nodelay(true)?;
        match (peer.transport, &self.doors.tls) {
            (Transport::Tls, Some((_, door))) => Ok(Box::new(door.connect(stream, peer.remote).await?)),
            (Transport::Tls, None) => Err(io::Error::other("sip.tls is not set, so there is no SIP over TLS")),
            (Transport::Tcp | Transport::Udp | Transport::Ws | Transport::Wss, _) => Ok(Box::new(stream)),
        }
    }

    /// What a connection that was accepted goes through before it is served.
    async fn greet(self, stream: TcpStream, (peer, number): (Peer, u64), mut outgoing: Outgoing) {
        // As above; a connection that broke already is noticed by its reader.
        drop(stream.set_nodelay(true));
        let pipe: Box<dyn Pipe> = match (peer.transport, &self.doors.tls) {
            (Transport::Tls, Some((_, door))) => {
                let shaken = tokio::select! {
                    shaken = timeout(self.doors.timing.handshake, door.accept(stream)) => shaken.unwrap_or_else(|late| Err(late.into())),
                    // Nobody can write to it yet: it had to make room for another one.
                    _ = outgoing.recv() => Err(io::Error::other("too many connections")),
                };
                match shaken {
                    Ok(pipe) => Box::new(pipe),
                    Err(error) => {
                        tracing::debug!(remote = %peer.remote, %error, "a TLS handshake failed");
                        self.inbox.metrics.sip_handshakes_failed.add_one();
                        self.remove(number);
                        return;
                    }
                }
            }
            (Transport::Tls, None) | (Transport::Tcp | Transport::Udp | Transport::Ws | Transport::Wss, _) => {
                Box::new(stream)
            }
        };
        self.serve(pipe, (peer, number, Worth::Unproven), outgoing).await;
    }

    async fn serve(self, pipe: Box<dyn Pipe>, (peer, number, worth): (Peer, u64, Worth), outgoing: Outgoing) {
        let (reader, writer) = tokio::io::split(pipe);
        if let Some(flow) = self.flow(peer, number) {
            let ping = match worth {
                Worth::Ours => {
                    let spread = u32::try_from(number % PING_SPREAD).unwrap_or_default();
                    Some(self.doors.timing.ping + self.doors.timing.ping / 100 * spread)
                }
                Worth::Unproven | Worth::Proven => None,
            };
            tokio::select! {
                () = self.read(reader, (flow, worth)) => {}
                () = write(writer, outgoing, ping) => {}
            }
            self.remove(number);
            self.inbox.closed(flow).await;
        }
        self.remove(number);
    }

    async fn read(&self, mut reader: impl AsyncRead + Unpin, (flow, worth): (Flow, Worth)) {
        let mut framer = StreamFramer::new();
        let mut buffer = vec![0u8; 16 * 1024];
        let mut patience = Patience::new(worth, Instant::now());
        loop {
            let length = match timeout_at(patience.until, reader.read(&mut buffer)).await {
                Ok(Ok(length)) if length > 0 => length,
                Ok(Ok(_) | Err(_)) | Err(_) => return,
            };
            framer.push(buffer.get(..length).unwrap_or_default());
            let mut messages = 0;
            while let Some(message) = framer.next_message() {
                self.inbox.metrics.sip_messages_in.add_one();
                match message {
                    Ok(bytes) => self.inbox.give(flow, bytes).await,
                    Err(error) => {
                        // The next message can no longer be found; the endpoint answers 400 if it can.
                        self.inbox.give(flow, error.head).await;
                        tokio::time::sleep(LAST_ANSWER).await;
                        return;
                    }
                }
                messages += 1;
            }
            for _ in 0..framer.take_pings() {
                self.send(flow, StreamFramer::PONG.to_vec());
            }
            if messages > 0 && patience.worth == Worth::Unproven {
                self.proven(flow.connection);
            }
            patience.after_read(messages, framer.pending(), Instant::now());
        }
    }
}

/// How long a connection may keep us waiting.
struct Patience {
    until: Instant,
    worth: Worth,
    between: bool,
}

impl Patience {
    fn new(worth: Worth, now: Instant) -> Patience {
        let first = match worth {
            Worth::Unproven => UNFINISHED,
            // We opened it and said something: the peer's answer may take as long as timer B.
            Worth::Proven | Worth::Ours => UNPROVEN,
        };
        Patience { until: now + first, worth, between: true }
    }

    /// After a read that completed some messages and left some bytes of the next. A message
    /// that has begun must end in time, however slowly it trickles.
    fn after_read(&mut self, messages: usize, pending: usize, now: Instant) {
        let begins = self.between || messages > 0;
        if messages > 0 && self.worth == Worth::Unproven {
            self.worth = Worth::Proven;
        }
        self.between = pending == 0;
        self.until = match (self.between, self.worth) {
            (true, Worth::Proven | Worth::Ours) => now + IDLE,
            (true, Worth::Unproven) => now + UNPROVEN,
            (false, Worth::Unproven | Worth::Proven | Worth::Ours) if begins => now + UNFINISHED,
            (false, Worth::Unproven | Worth::Proven | Worth::Ours) => self.until,
        };
    }
}

/// Writes what is to be sent until there will be nothing more, and pings in between.
async fn write(mut writer: impl AsyncWrite + Unpin, mut outgoing: Outgoing, ping: Option<Duration>) {
    loop {
        let next = match ping {
            Some(every) => timeout(every, outgoing.recv()).await.unwrap_or_else(|_| Some(PING.to_vec())),
            None => outgoing.recv().await,
        };
        let Some(bytes) = next else { break };
        let written = async {
            writer.write_all(&bytes).await?;
            // TLS keeps what the socket did not take at once.
            writer.flush().await
        };
        match timeout(CONNECT, written).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
    // The peer may be gone already; if not, TLS tells it that nothing was cut off.
    let _ = timeout(LAST_ANSWER, writer.shutdown()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pongs of the carrier, and messages that come in one read with the head of the next, used
    /// to close connections after 15 seconds.
    #[test]
    fn a_busy_connection_is_never_closed_for_what_it_began() {
        let start = Instant::now();
        let mut patience = Patience::new(Worth::Unproven, start);
        assert_eq!(patience.until, start + UNFINISHED);
        patience.after_read(0, 0, start);
        assert_eq!(patience.until, start + UNPROVEN, "a ping is not a message");
        patience.after_read(0, 100, start);
        assert_eq!(patience.until, start + UNFINISHED);
        let later = start + Duration::from_secs(10);
        patience.after_read(0, 200, later);
        assert_eq!(patience.until, start + UNFINISHED, "it trickles");
        patience.after_read(1, 300, later);
        assert_eq!(patience.until, later + UNFINISHED, "one is whole, the next one has begun");
        patience.after_read(2, 0, later);
        assert_eq!(patience.until, later + IDLE);
    }
}
