//! Many datagrams by one system call (`recvmmsg`, `sendmmsg`), and the limit of
//! open files. The only unsafe code of the media thread. What makes it sound: every pointer given to the
//! kernel points into a vector that lives, unmoved, until the call returns, and
//! every length is that of its vector.

#![allow(unsafe_code)]

use media::PacketBuf;
use socket2::SockAddr;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};

/// Datagrams of one call.
pub const BATCH: usize = 64;

/// Room of one datagram: more than a path carries. What is longer is cut, and
/// then refused by whoever reads it.
const ROOM: usize = 2_048;

/// Lets the process open as many sockets as it is allowed to: each plain leg
/// needs one, and the usual soft limit of 1024 is for programs of another kind.
pub fn raise_open_files() -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid place for the kernel to write the limits to.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: `limit` holds limits that the kernel has just given.
    if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Receives datagrams in batches, into buffers that are used again and again.
pub struct Inbox {
    buffers: Vec<[u8; ROOM]>,
    names: Vec<libc::sockaddr_storage>,
    pieces: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
}

impl Default for Inbox {
    fn default() -> Inbox {
        Inbox::new()
    }
}

impl Inbox {
    /// Room for one batch.
    pub fn new() -> Inbox {
        let empty = libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 };
        // SAFETY: both are plain C structures of integers and pointers, for
        // which all zeros is a value.
        let (name, header) = unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
        Inbox {
            buffers: vec![[0; ROOM]; BATCH],
            names: vec![name; BATCH],
            pieces: vec![empty; BATCH],
            headers: vec![header; BATCH],
        }
    }

    /// Receives what waits, at most `limit` datagrams; never blocks. Fewer than
    /// asked for means that nothing waits any more.
    pub fn receive(&mut self, socket: &impl AsRawFd, limit: usize) -> io::Result<usize> {
        let limit = limit.min(BATCH);
        let fields = self.headers.iter_mut().zip(&mut self.pieces);
        let rooms = self.names.iter_mut().zip(&mut self.buffers);
        for ((header, piece), (name, buffer)) in fields.zip(rooms).take(limit) {
            piece.iov_base = buffer.as_mut_ptr().cast();
            piece.iov_len = buffer.len();
            header.msg_hdr.msg_name = std::ptr::from_mut(name).cast();
            header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_hdr.msg_iov = piece;
            header.msg_hdr.msg_iovlen = 1;
        }
        // SAFETY: the first `limit` headers were filled in above with pointers
        // into `names`, `pieces` and `buffers`, which have `BATCH` elements
        // each and are borrowed by `self` during the call; the descriptor is
        // open because `socket` is borrowed.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                limit as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        usize::try_from(count).map_err(|_| io::Error::last_os_error())
    }

    /// One datagram of the last batch: who sent it, and its bytes.
    pub fn datagram(&self, index: usize) -> Option<(SocketAddr, &[u8])> {
        let header = self.headers.get(index)?;
        let bytes = self.buffers.get(index)?.get(..header.msg_len as usize)?;
        Some((address_of(self.names.get(index)?)?, bytes))
    }
}

/// Reads an address that the kernel wrote.
fn address_of(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match libc::c_int::from(name.ss_family) {
        libc::AF_INET => {
            // SAFETY: `sockaddr_storage` is large enough and aligned for every
            // address, and its family says that it holds this one.
            let v4 = unsafe { &*std::ptr::from_ref(name).cast::<libc::sockaddr_in>() };
            let ip = v4.sin_addr.s_addr.to_ne_bytes();
            Some(SocketAddr::from((ip, u16::from_be(v4.sin_port))))
        }
        libc::AF_INET6 => {
            // SAFETY: as above.
            let v6 = unsafe { &*std::ptr::from_ref(name).cast::<libc::sockaddr_in6>() };
            let ip = std::net::Ipv6Addr::from(v6.sin6_addr.s6_addr);
            let port = u16::from_be(v6.sin6_port);
            // A socket for both families gives an IPv4 peer the clothes of IPv6.
            Some(match ip.to_ipv4_mapped() {
                Some(v4) => SocketAddr::from((v4, port)),
                None => std::net::SocketAddrV6::new(ip, port, v6.sin6_flowinfo, v6.sin6_scope_id).into(),
            })
        }
        _ => None,
    }
}

/// Sends datagrams of one socket in batches.
pub struct Mailbag {
    letters: Vec<(SockAddr, PacketBuf)>,
    pieces: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
}

// SAFETY: the pointers in `pieces` and `headers` are written and read within
// one call of `send` only; between calls the vectors are empty.
unsafe impl Send for Mailbag {}
// SAFETY: as above: the pointers are written anew in each call of `receive`.
unsafe impl Send for Inbox {}

impl Default for Mailbag {
    fn default() -> Mailbag {
        Mailbag::new()
    }
}

impl Mailbag {
    /// An empty one.
    pub fn new() -> Mailbag {
        Mailbag {
            letters: Vec::with_capacity(BATCH),
            pieces: Vec::with_capacity(BATCH),
            headers: Vec::with_capacity(BATCH),
        }
    }

    /// Puts a datagram in; gives whether the bag is full.
    pub fn put(&mut self, to: SocketAddr, packet: PacketBuf) -> bool {
        self.letters.push((to.into(), packet));
        self.letters.len() >= BATCH
    }

    /// Sends everything. What the kernel does not take (a full buffer, an
    /// unreachable network) is lost like any datagram; gives how many.
    pub fn send(&mut self, socket: &impl AsRawFd) -> usize {
        if self.letters.is_empty() {
            return 0;
        }
        for (_, packet) in &self.letters {
            self.pieces
                .push(libc::iovec { iov_base: packet.as_bytes().as_ptr().cast_mut().cast(), iov_len: packet.len() });
        }
        for ((to, _), piece) in self.letters.iter().zip(&mut self.pieces) {
            // SAFETY: all zeros is a value of this plain C structure.
            let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
            header.msg_hdr.msg_name = to.as_ptr().cast_mut().cast();
            header.msg_hdr.msg_namelen = to.len();
            header.msg_hdr.msg_iov = piece;
            header.msg_hdr.msg_iovlen = 1;
            self.headers.push(header);
        }
        let lost = self.send_headers(socket.as_raw_fd());
        self.headers.clear();
        self.pieces.clear();
        self.letters.clear();
        lost
    }

    fn send_headers(&mut self, socket: RawFd) -> usize {
        let (mut done, mut lost) = (0, 0);
        while let Some(rest) = self.headers.get_mut(done..).filter(|rest| !rest.is_empty()) {
            // SAFETY: `rest` is a slice of headers whose pointers go into
            // `letters` and `pieces`, neither of which changes before `send`
            // clears them after this function; the kernel only reads through
            // them. Each header stands for exactly one piece.
            let count =
                unsafe { libc::sendmmsg(socket, rest.as_mut_ptr(), rest.len() as libc::c_uint, libc::MSG_DONTWAIT) };
            match usize::try_from(count) {
                Ok(sent) if sent > 0 => done += sent,
                // The first of the rest was not taken: leave it out.
                Ok(_) | Err(_) => {
                    done += 1;
                    lost += 1;
                }
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    fn pair(host: &str) -> Option<(UdpSocket, UdpSocket)> {
        Some((UdpSocket::bind(host).ok()?, UdpSocket::bind(host).ok()?))
    }

    #[test]
    fn two_hundred_datagrams_arrive_in_order_with_their_sender() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let Some((from, to)) = pair(host) else {
                continue; // This machine has no such address.
            };
            let target = to.local_addr().expect("an address");
            let (mut bag, mut inbox) = (Mailbag::new(), Inbox::new());
            let mut got = Vec::new();
            for n in 0..200u8 {
                if bag.put(target, PacketBuf::joined(&[n; 12], &[n; 20])) || n == 199 {
                    assert_eq!(bag.send(&from), 0);
                    while let Ok(count @ 1..) = inbox.receive(&to, BATCH) {
                        for index in 0..count {
                            let (sender, bytes) = inbox.datagram(index).expect("a datagram");
                            assert_eq!(sender, from.local_addr().expect("an address"));
                            assert_eq!(bytes.len(), 32);
                            got.push(bytes[0]);
                        }
                    }
                }
            }
            assert_eq!(got, (0..200).collect::<Vec<u8>>());
        }
    }

    #[test]
    fn an_empty_socket_gives_nothing_and_does_not_wait() {
        let (_, to) = pair("127.0.0.1:0").expect("loopback");
        let error = Inbox::new().receive(&to, 8).expect_err("nothing waits");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_datagram_that_cannot_leave_does_not_stop_the_next() {
        let (from, to) = pair("127.0.0.1:0").expect("loopback");
        let mut bag = Mailbag::new();
        let target = to.local_addr().expect("an address");
        bag.put(target, PacketBuf::from(vec![0; 100_000]));
        bag.put(target, PacketBuf::from(vec![7; 10]));
        assert_eq!(bag.send(&from), 1);
        let mut inbox = Inbox::new();
        assert_eq!(inbox.receive(&to, 8).ok(), Some(1));
        assert_eq!(inbox.datagram(0).map(|(_, bytes)| bytes.len()), Some(10));
    }
}
