//! When a packet reached its socket, as the kernel saw it: a listener that waits for the
//! processor itself does not spoil the delay that it measures. The only unsafe code of the
//! benchmark; every pointer is to a local variable that outlives the call.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsRawFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Room for one stamp and its header.
const CONTROL_BYTES: usize = 64;

/// Asks the kernel to stamp what a socket receives.
pub fn ask(socket: &impl AsRawFd) -> io::Result<()> {
    let on: libc::c_int = 1;
    let length = size_of_val(&on) as libc::socklen_t;
    // SAFETY: the pointer is to `on`, of that length, which the kernel only reads.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_TIMESTAMPNS,
            std::ptr::from_ref(&on).cast(),
            length,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// This moment on the clock of the stamps.
pub fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that was set")
}

/// Receives one packet: its length, and when it reached the socket.
pub fn receive(socket: &impl AsRawFd, buffer: &mut [u8]) -> io::Result<(usize, Duration)> {
    let mut piece = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let mut control = [0u64; CONTROL_BYTES / 8];
    // SAFETY: all zeros is a value of this plain C structure.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut piece;
    header.msg_iovlen = 1;
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = CONTROL_BYTES;
    // SAFETY: all pointers are to the variables above and to `buffer`, each with its length.
    let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_DONTWAIT) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    // SAFETY: the kernel filled `header` and `control`; the macros stay within their length.
    let stamp = unsafe {
        let first = libc::CMSG_FIRSTHDR(&raw const header);
        let stamped = !first.is_null() && (*first).cmsg_type == libc::SCM_TIMESTAMPNS;
        stamped.then(|| libc::CMSG_DATA(first).cast::<libc::timespec>().read_unaligned())
    };
    let stamp = stamp.ok_or_else(|| io::Error::other("the kernel stamped nothing"))?;
    Ok((length, Duration::new(stamp.tv_sec.unsigned_abs(), stamp.tv_nsec.unsigned_abs() as u32)))
}
