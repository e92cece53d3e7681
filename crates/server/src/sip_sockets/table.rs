//! The table of stream connections, of all kinds together, and its limits. It knows
//! nothing of sockets: a connection is where its messages go.

use sip::{Flow, Transport};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use tokio::sync::mpsc;

/// Connections at once. Each may hold one unfinished message of 64 KiB.
pub const CONNECTIONS: usize = 1_000;
/// Connections of one address (in IPv6, one /64, which is what one customer gets); a trunk
/// needs one, a site of phones behind a NAT some dozens.
pub const PER_ADDRESS: usize = 100;
/// Messages that may wait for one peer to read them.
const WAITING: usize = 256;

/// What waits to be written to one connection.
pub type Outgoing = mpsc::Receiver<Vec<u8>>;

/// All stream connections.
#[derive(Default)]
pub struct Table {
    last: u64,
    connections: BTreeMap<u64, Connection>,
}

/// One connection.
pub struct Connection {
    peer: Peer,
    messages: mpsc::Sender<Vec<u8>>,
    worth: Worth,
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// By what it is connected.
    pub transport: Transport,
    /// Its address.
    pub remote: SocketAddr,
}

/// Whether a connection may be closed to let another one in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// It was accepted and has not carried a whole message.
    Unproven,
    /// It was accepted and has.
    Proven,
    /// We opened it.
    Ours,
}

impl Table {
    /// Adds a connection, unless a limit forbids it. When all places are taken, the oldest
    /// connection that never carried a message makes room: its sender is dropped, which ends it.
    pub fn add(&mut self, peer: Peer, worth: Worth) -> Option<(u64, Outgoing)> {
        let held = self.connections.values();
        let near = held.filter(|held| network(held.peer.remote.ip()) == network(peer.remote.ip()));
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
        self.connections.insert(self.last, Connection { peer, messages, worth });
        Some((self.last, outgoing))
    }

    /// Hands a message to the flow's connection, or to any one to the same peer if it names
    /// none. `None`: there is no such connection. A peer that lets so much wait that there is
    /// no room is as good as gone, and is taken out.
    pub fn send(&mut self, flow: Flow, bytes: &[u8]) -> Option<()> {
        let number = match flow.connection {
            0 => {
                let peer = Peer { transport: flow.transport, remote: flow.remote };
                *self.connections.iter().find(|(_, held)| held.peer == peer)?.0
            }
            named => named,
        };
        let connection = self.connections.get(&number)?;
        if connection.messages.try_send(bytes.to_vec()).is_err() {
            self.connections.remove(&number);
        }
        Some(())
    }

    /// A connection has carried a whole message.
    pub fn proven(&mut self, number: u64) {
        if let Some(connection) = self.connections.get_mut(&number)
            && connection.worth == Worth::Unproven
        {
            connection.worth = Worth::Proven;
        }
    }

    /// A connection is over.
    pub fn remove(&mut self, number: u64) {
        self.connections.remove(&number);
    }

    /// Ends the connections that we opened to one of these peers.
    pub fn end_ours(&mut self, transport: Transport, remotes: &[SocketAddr]) {
        self.connections.retain(|_, held| {
            held.worth != Worth::Ours || held.peer.transport != transport || !remotes.contains(&held.peer.remote)
        });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.connections.len()
    }
}

/// What counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Peer {
        Peer { transport: Transport::Tcp, remote: text.parse().expect("an address") }
    }

    #[test]
    fn who_never_said_anything_makes_room() {
        let mut table = Table::default();
        let mut held = Vec::new();
        for network in 0..CONNECTIONS / PER_ADDRESS {
            for host in 0..PER_ADDRESS {
                let peer = at(&format!("[2001:db8:0:{network}::{host}]:9"));
                held.push(table.add(peer, Worth::Unproven).expect("room"));
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
            let (number, _outgoing) = table.add(at("198.51.100.1:9"), Worth::Ours).expect("somebody makes room");
            assert!(!table.connections.contains_key(&evicted) && table.connections.contains_key(&number));
            let gone = held.iter_mut().find(|(number, _)| *number == evicted).expect("it was held");
            assert!(gone.1.try_recv().is_err_and(|error| error == mpsc::error::TryRecvError::Disconnected));
        }
        assert!(table.add(at("198.51.100.1:10"), Worth::Ours).is_none(), "nobody else can be spared");
        assert_eq!(table.connections.len(), CONNECTIONS);
    }

    /// A message for TLS must never leave by a plain connection to the same address.
    #[test]
    fn a_connection_of_another_kind_is_not_taken() {
        let mut table = Table::default();
        let plain = at("198.51.100.1:5061");
        let (number, mut outgoing) = table.add(plain, Worth::Ours).expect("room");
        let local = plain.remote;
        let flow = Flow { transport: Transport::Tls, local, remote: plain.remote, connection: 0 };
        assert_eq!(table.send(flow, b"secret"), None);
        assert_eq!(table.send(Flow { transport: Transport::Tcp, ..flow }, b"plain"), Some(()));
        assert_eq!(outgoing.try_recv(), Ok(b"plain".to_vec()));
        table.end_ours(Transport::Tls, &[plain.remote]);
        assert_eq!(table.len(), 1);
        table.end_ours(Transport::Tcp, &[plain.remote]);
        assert_eq!(table.send(Flow { connection: number, ..flow }, b"late"), None);
    }
}
