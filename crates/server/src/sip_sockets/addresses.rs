//! Under which address peers know us: of their own family (RFC 3261 §18.1.1), whatever
//! we are bound to. A socket on `[::]` serves both families; above it, an IPv4 peer is
//! always written as one.

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Connections that the kernel holds for us until we take them.
const BACKLOG: i32 = 1_024;

/// What an administrator said about our addresses, of each family at most one.
#[derive(Debug, Clone, Default)]
pub struct KnownAs {
    /// What peers see instead of our own address, if that differs.
    pub public: Vec<IpAddr>,
    /// Where peers send sound. Whoever listens everywhere and names no public address is
    /// reached there for SIP too: `0.0.0.0` in a Contact is no address at all.
    pub media: Vec<IpAddr>,
}

impl KnownAs {
    /// A bound address as Via and Contact name it to `peer`.
    pub fn seen_as(&self, bound: SocketAddr, peer: IpAddr) -> SocketAddr {
        let of_family = |of: &[IpAddr]| of.iter().copied().find(|own| own.is_ipv4() == peer.to_canonical().is_ipv4());
        let everywhere = bound.ip().is_unspecified();
        let own = match (of_family(&self.public), everywhere) {
            (Some(public), _) => Some(public),
            (None, false) => None,
            // An address of the other family is better than one that nobody can write to.
            (None, true) => of_family(&self.media).or(self.public.first().or(self.media.first()).copied()),
        };
        SocketAddr::new(own.unwrap_or(bound.ip()), bound.port())
    }
}

/// An address without the IPv6 clothes that a socket on `[::]` gives an IPv4 peer.
pub fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// The same the other way round: `peer` as a socket that is bound to `bound` takes it.
pub fn for_socket(bound: IpAddr, peer: SocketAddr) -> SocketAddr {
    match (bound, peer.ip()) {
        (IpAddr::V6(_), IpAddr::V4(v4)) => SocketAddr::new(v4.to_ipv6_mapped().into(), peer.port()),
        (IpAddr::V4(_) | IpAddr::V6(_), IpAddr::V4(_) | IpAddr::V6(_)) => peer,
    }
}

/// Binds a UDP socket.
pub fn bind_udp(listen: SocketAddr) -> io::Result<std::net::UdpSocket> {
    Ok(bound(listen, (Type::DGRAM, Protocol::UDP))?.into())
}

/// Binds a TCP socket and listens.
pub fn listen_tcp(listen: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = bound(listen, (Type::STREAM, Protocol::TCP))?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn bound(listen: SocketAddr, (kind, protocol): (Type, Protocol)) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(listen), kind, Some(protocol))?;
    if let SocketAddr::V6(v6) = listen {
        // `[::]` is both families whatever the system's habit is; any other address is one.
        socket.set_only_v6(*v6.ip() != Ipv6Addr::UNSPECIFIED)?;
    }
    if kind == Type::STREAM {
        // A restart must not wait for the connections of the last run to be forgotten.
        socket.set_reuse_address(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::from(listen))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_peer_reads_an_address_of_its_own_family() {
        let ips =
            |text: &str| -> Vec<IpAddr> { text.split_whitespace().map(|ip| ip.parse().expect("an IP")).collect() };
        // bound, public, media, peer, what is written
        let table = [
            ("0.0.0.0:5060", "", "203.0.113.7", "192.0.2.1", "203.0.113.7:5060"),
            ("0.0.0.0:5060", "198.51.100.4", "203.0.113.7", "192.0.2.1", "198.51.100.4:5060"),
            ("127.0.0.1:5060", "", "203.0.113.7", "127.0.0.1", "127.0.0.1:5060"),
            ("127.0.0.1:5060", "198.51.100.4", "203.0.113.7", "192.0.2.1", "198.51.100.4:5060"),
            ("[::]:5060", "", "203.0.113.7 2001:db8::7", "192.0.2.1", "203.0.113.7:5060"),
            ("[::]:5060", "", "203.0.113.7 2001:db8::7", "::ffff:192.0.2.1", "203.0.113.7:5060"),
            ("[::]:5060", "", "203.0.113.7 2001:db8::7", "2001:db8::1", "[2001:db8::7]:5060"),
            ("[::]:5060", "198.51.100.4 2001:db8::4", "203.0.113.7", "2001:db8::1", "[2001:db8::4]:5060"),
            ("[::]:5060", "198.51.100.4", "203.0.113.7 2001:db8::7", "2001:db8::1", "[2001:db8::7]:5060"),
            ("[::1]:5060", "", "203.0.113.7", "::1", "[::1]:5060"),
        ];
        for (bound, public, media, peer, written) in table {
            let known = KnownAs { public: ips(public), media: ips(media) };
            let seen = known.seen_as(bound.parse().expect("an address"), peer.parse().expect("an IP"));
            assert_eq!(seen.to_string(), written, "{bound} {public} {media} {peer}");
        }
    }

    #[test]
    fn an_ipv4_peer_of_a_socket_for_both_keeps_its_own_writing() {
        let peer: SocketAddr = "192.0.2.1:5060".parse().expect("an address");
        let both: IpAddr = "::".parse().expect("an address");
        assert_eq!(for_socket(both, peer).to_string(), "[::ffff:192.0.2.1]:5060");
        assert_eq!(canonical(for_socket(both, peer)), peer);
        assert_eq!(for_socket(peer.ip(), peer), peer);
    }
}
