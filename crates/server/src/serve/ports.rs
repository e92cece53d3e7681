//! The ports that a server opens, and what to do when one of them cannot be had.

use crate::config::Config;
use crate::sip_sockets::addresses::{bind_udp, listen_tcp};
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};

/// A port of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// The console, the APIs and the desk WebSocket.
    Http,
    /// SIP by UDP.
    SipUdp,
    /// SIP by TCP.
    SipTcp,
    /// SIP by TLS.
    SipTls,
    /// Sound from and to browsers.
    Browsers,
}

impl Port {
    /// The configuration's key for it.
    fn key(self) -> &'static str {
        match self {
            Port::Http => "http.listen",
            Port::SipUdp => "sip.udp",
            Port::SipTcp => "sip.tcp",
            Port::SipTls => "sip.tls",
            Port::Browsers => "media.browser_port",
        }
    }

    fn transport(self) -> &'static str {
        match self {
            Port::Http | Port::SipTcp | Port::SipTls => "TCP",
            Port::SipUdp | Port::Browsers => "UDP",
        }
    }

    /// The system's error with the address, the key and the mend.
    pub fn closed(self, address: SocketAddr, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), Closed { port: self, address, why: error.to_string(), kind: error.kind() })
    }

    fn try_open(self, address: SocketAddr) -> io::Result<()> {
        let opened = match self {
            Port::Http => TcpListener::bind(address).map(drop),
            Port::SipTcp | Port::SipTls => listen_tcp(address).map(drop),
            Port::SipUdp | Port::Browsers => bind_udp(address).map(drop),
        };
        opened.map_err(|error| self.closed(address, &error))
    }
}

/// Why a port is not open.
#[derive(Debug)]
struct Closed {
    port: Port,
    address: SocketAddr,
    why: String,
    kind: io::ErrorKind,
}

impl std::error::Error for Closed {}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Closed { port, address, why, kind } = self;
        let (key, transport) = (port.key(), port.transport());
        match kind {
            io::ErrorKind::AddrInUse => {
                write!(f, "{address} ({transport}) is taken by another program; stop that program, or set {key}")
            }
            io::ErrorKind::AddrNotAvailable => {
                write!(f, "this machine has no address {}; set {key} to one that it has", address.ip())
            }
            io::ErrorKind::PermissionDenied => write!(
                f,
                "{address} ({transport}) needs more rights than this user has (ports below 1024 do); \
                 set {key} to a higher port"
            ),
            _ => write!(f, "cannot listen on {address} ({transport}): {why}; set {key}"),
        }
    }
}

/// Opens every port for a moment: a start that must fail should fail before it makes anything.
pub(super) fn try_all(config: &Config) -> io::Result<()> {
    Port::Http.try_open(config.http.listen)?;
    Port::SipUdp.try_open(config.sip.udp)?;
    Port::SipTcp.try_open(config.sip.tcp)?;
    if let Some(tls) = &config.sip.tls {
        Port::SipTls.try_open(tls.listen)?;
    }
    Port::Browsers.try_open(SocketAddr::new(config.media.bind(), config.media.browser_port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn a_taken_port_is_named_with_its_key_and_the_mend() {
        let tcp = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let udp = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let (tcp, udp) = (tcp.local_addr().map(|at| (at, tcp)), udp.local_addr().map(|at| (at, udp)));
        let ((tcp, _tcp), (udp, _udp)) = (tcp.expect("an address"), udp.expect("an address"));
        for (port, taken, transport) in [
            (Port::Http, tcp, "TCP"),
            (Port::SipTcp, tcp, "TCP"),
            (Port::SipTls, tcp, "TCP"),
            (Port::SipUdp, udp, "UDP"),
            (Port::Browsers, udp, "UDP"),
        ] {
            let told = port.try_open(taken).expect_err("it is taken").to_string();
            let expected =
                format!("{taken} ({transport}) is taken by another program; stop that program, or set {}", port.key());
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn an_address_of_another_machine_is_told_as_such() {
        let elsewhere = "192.0.2.1:5060".parse().expect("an address");
        let told = Port::SipUdp.try_open(elsewhere).expect_err("not of this machine").to_string();
        assert_eq!(told, "this machine has no address 192.0.2.1; set sip.udp to one that it has");
    }

    #[test]
    fn every_key_is_one_of_the_configuration() {
        for port in [Port::Http, Port::SipUdp, Port::SipTcp, Port::SipTls, Port::Browsers] {
            assert!(crate::config::KEYS.iter().any(|key| key.path == port.key()), "{}", port.key());
        }
    }
}
