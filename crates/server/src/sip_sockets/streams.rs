//! SIP over TCP: connections that peers opened and connections that we opened,
//! alike once they stand. Each has a number, a reader and a writer.

use super::Inbox;
use sip::framing::StreamFramer;
use sip::{Flow, Transport};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// Connections at once. Each may hold one unfinished message of 64 KiB.
const CONNECTIONS: usize = 1_000;
/// Connections of one address (in IPv6, one /64, which is what one customer gets); a trunk
/// needs one, a site of phones behind a NAT some dozens.
pub(super) const PER_ADDRESS: usize = 100;
/// Messages that may wait for one peer to read them.
const WAITING: usize = 256;
/// How long a message may take from its first byte to its last, and how long a
/// new connection may say nothing.
const UNFINISHED: Duration = Duration::from_secs(15);
/// How long a connection may be silent; phones and trunks ping more often.
const IDLE: Duration = Duration::from_secs(1_800);
/// The same before its first whole message: whoever connects wants to say something.
const UNPROVEN: Duration = Duration::from_secs(60);
/// How long a connection that cannot be framed any further stays for its 400.
const LAST_ANSWER: Duration = Duration::from_millis(200);
/// How long our own connection may take to stand. (Timer B is 32 s.)
const CONNECT: Duration = Duration::from_secs(10);

/// All stream connections. Cheap to clone.
#[derive(Clone)]
pub struct Streams {
    local: SocketAddr,
    inbox: Inbox,
    table: Arc<Mutex<Table>>,
    runtime: tokio::runtime::Handle,
}

#[derive(Default)]
struct Table {
    last: u64,
    connections: BTreeMap<u64, Connection>,
}

struct Connection {
    remote: SocketAddr,
    messages: mpsc::Sender<Vec<u8>>,
    worth: Worth,
}

/// Whether a connection may be closed to let another one in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worth {
    /// It was accepted and has not carried a whole message.
    Unproven,
    /// It has, or it is ours.
    Proven,
}

impl Table {
    /// Adds a connection, unless a limit forbids it. When all places are taken, the oldest
    /// connection that never carried a message makes room: its sender is dropped, which ends it.
    fn add(&mut self, remote: SocketAddr, worth: Worth) -> Option<(u64, mpsc::Receiver<Vec<u8>>)> {
        let near = self.connections.values().filter(|held| network(held.remote.ip()) == network(remote.ip()));
        if near.count() >= PER_ADDRESS {
            return None;
        }
        if self.connections.len() >= CONNECTIONS {
            let idle = self.connections.iter().find(|(_, held)| held.worth == Worth::Unproven);
            let oldest = idle.map(|(number, _)| *number)?;
            self.connections.remove(&oldest);
        }
        let (messages, outgoing) = mpsc::channel(WAITING);
        self.last += 1;
        self.connections.insert(self.last, Connection { remote, messages, worth });
        Some((self.last, outgoing))
    }

    fn find(&self, flow: Flow) -> Option<(u64, &Connection)> {
        if flow.connection != 0 {
            return self.connections.get(&flow.connection).map(|found| (flow.connection, found));
        }
        let found = self.connections.iter().find(|(_, connection)| connection.remote == flow.remote);
        found.map(|(number, connection)| (*number, connection))
    }
}

impl Streams {
    /// None yet.
    pub fn new(local: SocketAddr, inbox: Inbox) -> Streams {
        Streams { local, inbox, table: Arc::default(), runtime: tokio::runtime::Handle::current() }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // No code that can panic runs under this lock; a poisoned table is still whole.
        self.table.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn flow(&self, remote: SocketAddr, connection: u64) -> Flow {
        Flow { transport: Transport::Tcp, local: self.local, remote, connection }
    }

    fn add(&self, remote: SocketAddr, worth: Worth) -> Option<(u64, mpsc::Receiver<Vec<u8>>)> {
        let mut table = self.table();
        let added = table.add(remote, worth);
        if added.is_none() {
            self.inbox.metrics.sip_connections_refused.add_one();
        }
        self.inbox.metrics.sip_connections.set(table.connections.len() as u64);
        added
    }

    fn proven(&self, number: u64) {
        if let Some(connection) = self.table().connections.get_mut(&number) {
            connection.worth = Worth::Proven;
        }
    }

    fn remove(&self, number: u64) {
        let mut table = self.table();
        table.connections.remove(&number);
        self.inbox.metrics.sip_connections.set(table.connections.len() as u64);
    }

    /// Takes connections for ever.
    pub async fn accept(self, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, remote)) => {
                    // Beyond the limits it is closed at once, which the peer sees.
                    if let Some((number, outgoing)) = self.add(remote, Worth::Unproven) {
                        tokio::spawn(self.clone().serve(stream, (number, Worth::Unproven), outgoing));
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
        let hand_over = |connection: &Connection| connection.messages.try_send(bytes.clone()).is_ok();
        let sent = self.table().find(flow).map(|(number, connection)| (number, hand_over(connection)));
        match sent {
            Some((_, true)) => {}
            Some((number, false)) => {
                // A peer that lets so much wait is as good as gone.
                self.remove(number);
            }
            None if flow.connection == 0 => {
                let streams = self.clone();
                self.runtime.spawn(async move { streams.connect(flow.remote, bytes).await });
            }
            None => {
                let inbox = self.inbox.clone();
                self.runtime.spawn(async move { inbox.closed(flow).await });
            }
        }
    }

    async fn connect(self, remote: SocketAddr, first: Vec<u8>) {
        let closed = self.flow(remote, 0);
        let Some((number, outgoing)) = self.add(remote, Worth::Proven) else {
            self.inbox.closed(closed).await;
            return;
        };
        if let Some(connection) = self.table().connections.get(&number) {
            // The channel is new and has room.
            let _ = connection.messages.try_send(first);
        }
        match timeout(CONNECT, TcpStream::connect(remote)).await {
            Ok(Ok(stream)) => self.serve(stream, (number, Worth::Proven), outgoing).await,
            Ok(Err(_)) | Err(_) => {
                self.remove(number);
                self.inbox.closed(closed).await;
            }
        }
    }

    async fn serve(self, stream: TcpStream, (number, worth): (u64, Worth), outgoing: mpsc::Receiver<Vec<u8>>) {
        // Small messages that somebody waits for.
        let _ = stream.set_nodelay(true);
        let Ok(remote) = stream.peer_addr() else {
            self.remove(number);
            return;
        };
        let (reader, writer) = stream.into_split();
        let flow = self.flow(remote, number);
        tokio::select! {
            () = self.read(reader, (flow, worth)) => {}
            () = write(writer, outgoing) => {}
        }
        self.remove(number);
        self.inbox.closed(flow).await;
    }

    async fn read(&self, mut reader: OwnedReadHalf, (flow, worth): (Flow, Worth)) {
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
            Worth::Proven => UNPROVEN,
        };
        Patience { until: now + first, worth, between: true }
    }

    /// After a read that completed some messages and left some bytes of the next. A message
    /// that has begun must end in time, however slowly it trickles.
    fn after_read(&mut self, messages: usize, pending: usize, now: Instant) {
        let begins = self.between || messages > 0;
        if messages > 0 {
            self.worth = Worth::Proven;
        }
        self.between = pending == 0;
        self.until = match (self.between, self.worth) {
            (true, Worth::Proven) => now + IDLE,
            (true, Worth::Unproven) => now + UNPROVEN,
            (false, Worth::Proven | Worth::Unproven) if begins => now + UNFINISHED,
            (false, Worth::Proven | Worth::Unproven) => self.until,
        };
    }
}

/// What counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
    }
}

async fn write(mut writer: OwnedWriteHalf, mut outgoing: mpsc::Receiver<Vec<u8>>) {
    while let Some(bytes) = outgoing.recv().await {
        match timeout(CONNECT, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

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

    #[test]
    fn who_never_said_anything_makes_room() {
        let mut table = Table::default();
        let mut held = Vec::new();
        for network in 0..CONNECTIONS / PER_ADDRESS {
            for host in 0..PER_ADDRESS {
                let (number, outgoing) =
                    table.add(at(&format!("[2001:db8:0:{network}::{host}]:9")), Worth::Unproven).expect("room");
                held.push((number, outgoing));
            }
        }
        assert!(table.add(at("[2001:db8::ffff]:9"), Worth::Unproven).is_none(), "a /64 is one address");
        // All but two have carried a message.
        for (number, connection) in &mut table.connections {
            if ![7, 9].contains(number) {
                connection.worth = Worth::Proven;
            }
        }
        for evicted in [7_u64, 9] {
            let (number, _outgoing) = table.add(at("198.51.100.1:9"), Worth::Proven).expect("somebody makes room");
            assert!(!table.connections.contains_key(&evicted) && table.connections.contains_key(&number));
            let gone = held.iter_mut().find(|(number, _)| *number == evicted).expect("it was held");
            assert!(gone.1.try_recv().is_err_and(|error| error == mpsc::error::TryRecvError::Disconnected));
        }
        assert!(table.add(at("198.51.100.1:10"), Worth::Proven).is_none(), "nobody else can be spared");
        assert_eq!(table.connections.len(), CONNECTIONS);
    }
}
