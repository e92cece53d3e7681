//! The sockets of the media thread: one shared by all browsers, one for each
//! plain leg on the port that it was given, and mostly one for its reports. None is connected, because who the
//! peer is is the engine's decision.

use super::kernel::{BATCH, Inbox, Mailbag};
use crate::serve::Port;
use crate::sip_sockets::addresses::{bind_udp, for_socket};
use media::{LegId, Output, PacketBuf, Socket};
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The token of commands.
pub const WAKE: Token = Token(0);
const SHARED: Token = Token(1);
const FIRST_LEG: usize = 2;

/// Asked of the kernel for the shared socket: 4 MB hold a quarter of a second
/// of a thousand browsers. It gives as much as `net.core.rmem_max` allows.
const SHARED_BUFFER: usize = 4 << 20;

/// Datagrams taken from a plain leg by one call. It rarely has more than one;
/// asking for two tells by one call that there is no second.
const LEG_BATCH: usize = 2;

/// Events taken in one turn.
const EVENTS: usize = 1_024;

/// All sockets of one media thread.
pub struct Sockets {
    poll: Poll,
    events: Events,
    shared: UdpSocket,
    /// The address that it is bound to.
    shared_bind: IpAddr,
    /// By token; an entry is empty after its leg has closed.
    legs: Vec<Option<(Socket, UdpSocket)>>,
    free: Vec<usize>,
    slots: HashMap<Socket, usize>,
    bind: IpAddr,
    inbox: Inbox,
    mailbag: Mailbag,
}

/// What is ready after a wait.
pub struct Ready {
    /// Commands wait.
    pub commands: bool,
    /// Which sockets have datagrams.
    pub sockets: Vec<Token>,
}

/// Binds the socket that browsers share.
pub fn bind_shared(listen: SocketAddr) -> io::Result<UdpSocket> {
    let socket = bind_udp(listen).map_err(|error| Port::Browsers.closed(listen, &error))?;
    let socket = UdpSocket::from_std(socket);
    let options = socket2::SockRef::from(&socket);
    options.set_recv_buffer_size(SHARED_BUFFER)?;
    options.set_send_buffer_size(SHARED_BUFFER)?;
    Ok(socket)
}

impl Sockets {
    pub fn new(poll: Poll, mut shared: UdpSocket, bind: IpAddr) -> io::Result<Sockets> {
        poll.registry().register(&mut shared, SHARED, Interest::READABLE)?;
        let shared_bind = shared.local_addr()?.ip();
        Ok(Sockets {
            shared_bind,
            poll,
            events: Events::with_capacity(EVENTS),
            shared,
            legs: Vec::new(),
            free: Vec::new(),
            slots: HashMap::new(),
            bind,
            inbox: Inbox::new(),
            mailbag: Mailbag::new(),
        })
    }

    /// Binds the port of a plain leg, or that of its reports.
    pub fn open(&mut self, which: Socket, port: u16) -> io::Result<()> {
        if self.slots.contains_key(&which) {
            return Ok(()); // A repeated command.
        }
        let mut socket = UdpSocket::from_std(bind_udp(SocketAddr::new(self.bind, port))?);
        let slot = self.free.pop().unwrap_or(self.legs.len());
        let token = Token(FIRST_LEG + slot);
        self.poll.registry().register(&mut socket, token, Interest::READABLE)?;
        if slot == self.legs.len() {
            self.legs.push(None);
        }
        if let Some(place) = self.legs.get_mut(slot) {
            *place = Some((which, socket));
            self.slots.insert(which, slot);
        }
        Ok(())
    }

    /// Closes the sockets of a plain leg.
    pub fn close(&mut self, leg: LegId) {
        for which in [Socket::Plain(leg), Socket::Reports(leg)] {
            let Some(slot) = self.slots.remove(&which) else {
                continue;
            };
            if let Some((_, mut socket)) = self.legs.get_mut(slot).and_then(Option::take) {
                // Dropping it closes it, which takes it out of the poll as well.
                let _closed_anyway = self.poll.registry().deregister(&mut socket);
                self.free.push(slot);
            }
        }
    }

    /// Sleeps until something is ready, at most this long.
    pub fn wait(&mut self, at_most: Option<Duration>, ready: &mut Ready) -> io::Result<()> {
        ready.commands = false;
        ready.sockets.clear();
        match self.poll.poll(&mut self.events, at_most) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            other => other?,
        }
        for event in &self.events {
            match event.token() {
                WAKE => ready.commands = true,
                token => ready.sockets.push(token),
            }
        }
        Ok(())
    }

    /// Takes a batch of datagrams from a socket; the caller reads them by
    /// [`Sockets::datagram`]. `None` for a socket that was closed meanwhile.
    pub fn receive(&mut self, token: Token) -> Option<Batch> {
        let (socket, count, limit) = if token == SHARED {
            (Socket::Browser, self.inbox.receive(&self.shared, BATCH), BATCH)
        } else {
            let (which, socket) = self.legs.get(token.0 - FIRST_LEG)?.as_ref()?;
            (*which, self.inbox.receive(socket, LEG_BATCH), LEG_BATCH)
        };
        // An error is "nothing waits", or an ICMP report about a peer that is
        // away, which the next call will not repeat.
        let count = count.unwrap_or(0);
        Some(Batch { socket, count, more: count == limit })
    }

    /// One datagram of the last batch.
    pub fn datagram(&self, index: usize) -> Option<(SocketAddr, &[u8])> {
        self.inbox.datagram(index)
    }

    /// Sends a packet of a plain leg at once, one of the shared socket soon.
    pub fn send(&mut self, socket: Socket, to: SocketAddr, packet: PacketBuf) {
        match socket {
            Socket::Browser => {
                if self.mailbag.put(for_socket(self.shared_bind, to), packet) {
                    self.mailbag.send(&self.shared);
                }
            }
            Socket::Plain(_) | Socket::Reports(_) => {
                let slot = self.slots.get(&socket).and_then(|slot| self.legs.get(*slot));
                if let Some(Some((_, socket))) = slot {
                    // What the kernel does not take is lost like any datagram.
                    let _lost = socket.send_to(&packet, for_socket(self.bind, to));
                }
            }
        }
    }

    /// Sends what waits for the shared socket.
    pub fn flush(&mut self) {
        self.mailbag.send(&self.shared);
    }
}

/// What one call of receive gave.
pub struct Batch {
    /// Where it came in.
    pub socket: Socket,
    /// How many datagrams.
    pub count: usize,
    /// Whether more may wait.
    pub more: bool,
}

/// What the engine wants done that needs no socket.
pub enum Rest {
    /// An event for the owner.
    Event(media::Event),
    /// A block for the recording writer.
    Recording(media::RecordingBlock),
}

impl Sockets {
    /// Does the part of an output that is about sockets.
    pub fn obey(&mut self, output: Output) -> Option<Rest> {
        match output {
            Output::Transmit { socket, to, packet } => {
                self.send(socket, to, packet);
                None
            }
            Output::CloseSocket(leg) => {
                self.close(leg);
                None
            }
            Output::Event(event) => {
                if let media::Event::LegFailed { leg, .. } = &event {
                    self.close(*leg);
                }
                Some(Rest::Event(event))
            }
            Output::Recording(block) => Some(Rest::Recording(block)),
        }
    }
}
