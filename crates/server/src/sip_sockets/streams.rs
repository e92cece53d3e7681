//! SIP over TCP: connections that peers opened and connections that we opened,
//! alike once they stand. Each has a number, a reader and a writer.

use super::Inbox;
use crate::control::ControlInput;
use sip::framing::StreamFramer;
use sip::{Flow, Transport};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// Connections at once. Each may hold one unfinished message of 64 KiB.
const CONNECTIONS: usize = 1_000;
/// Connections of one address; a trunk needs one, a site of phones behind a NAT some dozens.
pub(super) const PER_ADDRESS: usize = 100;
/// Messages that may wait for one peer to read them.
const WAITING: usize = 256;
/// How long a message may take from its first byte to its last, and how long a
/// new connection may say nothing.
const UNFINISHED: Duration = Duration::from_secs(15);
/// How long a connection may be silent; phones and trunks ping more often.
const IDLE: Duration = Duration::from_secs(1_800);
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
}

impl Table {
    fn of_address(&self, address: IpAddr) -> usize {
        self.connections.values().filter(|connection| connection.remote.ip() == address).count()
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

    /// Adds a connection, unless a limit forbids it.
    fn add(&self, remote: SocketAddr) -> Option<(u64, mpsc::Receiver<Vec<u8>>)> {
        let mut table = self.table();
        if table.connections.len() >= CONNECTIONS || table.of_address(remote.ip()) >= PER_ADDRESS {
            self.inbox.metrics.sip_connections_refused.add_one();
            return None;
        }
        let (messages, outgoing) = mpsc::channel(WAITING);
        table.last += 1;
        let number = table.last;
        table.connections.insert(number, Connection { remote, messages });
        self.inbox.metrics.sip_connections.set(table.connections.len() as u64);
        Some((number, outgoing))
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
                    if let Some((number, outgoing)) = self.add(remote) {
                        tokio::spawn(self.clone().serve(stream, number, outgoing));
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
                self.runtime.spawn(async move { inbox.give(ControlInput::FlowClosed { flow }).await });
            }
        }
    }

    async fn connect(self, remote: SocketAddr, first: Vec<u8>) {
        let closed = ControlInput::FlowClosed { flow: self.flow(remote, 0) };
        let Some((number, outgoing)) = self.add(remote) else {
            self.inbox.give(closed).await;
            return;
        };
        if let Some(connection) = self.table().connections.get(&number) {
            // The channel is new and has room.
            let _ = connection.messages.try_send(first);
        }
        match timeout(CONNECT, TcpStream::connect(remote)).await {
            Ok(Ok(stream)) => self.serve(stream, number, outgoing).await,
            Ok(Err(_)) | Err(_) => {
                self.remove(number);
                self.inbox.give(closed).await;
            }
        }
    }

    async fn serve(self, stream: TcpStream, number: u64, outgoing: mpsc::Receiver<Vec<u8>>) {
        // Small messages that somebody waits for.
        let _ = stream.set_nodelay(true);
        let Ok(remote) = stream.peer_addr() else {
            self.remove(number);
            return;
        };
        let (reader, writer) = stream.into_split();
        let flow = self.flow(remote, number);
        tokio::select! {
            () = self.read(reader, flow) => {}
            () = write(writer, outgoing) => {}
        }
        self.remove(number);
        self.inbox.give(ControlInput::FlowClosed { flow }).await;
    }

    async fn read(&self, mut reader: OwnedReadHalf, flow: Flow) {
        let mut framer = StreamFramer::new();
        let mut buffer = vec![0u8; 16 * 1024];
        let mut until = Instant::now() + UNFINISHED;
        loop {
            let length = match timeout_at(until, reader.read(&mut buffer)).await {
                Ok(Ok(length)) if length > 0 => length,
                Ok(Ok(_) | Err(_)) | Err(_) => return,
            };
            let was_between = framer.pending() == 0;
            framer.push(buffer.get(..length).unwrap_or_default());
            while let Some(message) = framer.next_message() {
                self.inbox.metrics.sip_messages_in.add_one();
                match message {
                    Ok(bytes) => self.inbox.give(ControlInput::Received { flow, bytes }).await,
                    Err(error) => {
                        // The next message can no longer be found; the endpoint answers 400 if it can.
                        self.inbox.give(ControlInput::Received { flow, bytes: error.head }).await;
                        tokio::time::sleep(LAST_ANSWER).await;
                        return;
                    }
                }
            }
            for _ in 0..framer.take_pings() {
                self.send(flow, StreamFramer::PONG.to_vec());
            }
            // A message that has begun must end in time, however slowly it trickles.
            until = match framer.pending() {
                0 => Instant::now() + IDLE,
                _ if was_between => Instant::now() + UNFINISHED,
                _ => until,
            };
        }
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
