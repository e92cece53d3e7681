//! The yardsticks: the least that a relay can do, once with a socket for each leg, as
//! carriers and telephones want it, once with one socket for all, by batches.

use super::{CALLS, HOST, Phones, Run, measured};
use media::PacketBuf;
use mio::net::UdpSocket as MioSocket;
use mio::{Events, Interest, Poll, Token};
use server::media_thread::kernel::{BATCH, Inbox, Mailbag};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What one socket holds for all legs: 4 MB are a quarter of a second of a thousand calls.
const SHARED_BUFFER: usize = 4 << 20;

/// With a socket a leg: wait, receive, send.
pub fn socket_a_leg() -> Run {
    let mut phones = Phones::new(CALLS);
    let legs: Vec<_> = (0..CALLS * 2).map(|_| MioSocket::bind(SocketAddr::new(HOST, 0)).expect("a socket")).collect();
    phones.targets = legs.iter().map(|leg| leg.local_addr().expect("an address")).collect();
    let peers: Vec<_> = (0..CALLS * 2).map(|leg| phones.address(leg ^ 1)).collect();
    beside("bare recv and send, a socket a leg", &mut phones, move |stop| relay_barely(legs, &peers, stop))
}

/// With one socket: receive a batch, send it back to whom it came from.
pub fn by_batches() -> Run {
    let mut phones = Phones::new(CALLS);
    let socket = MioSocket::bind(SocketAddr::new(HOST, 0)).expect("a socket");
    let options = socket2::SockRef::from(&socket);
    options.set_recv_buffer_size(SHARED_BUFFER).expect("an option");
    options.set_send_buffer_size(SHARED_BUFFER).expect("an option");
    phones.targets = vec![socket.local_addr().expect("an address"); CALLS * 2];
    beside("bare recvmmsg and sendmmsg, one socket", &mut phones, move |stop| echo_barely(socket, stop))
}

fn beside(
    name: &'static str,
    phones: &mut Phones,
    relay: impl FnOnce(&AtomicBool) -> io::Result<()> + Send + 'static,
) -> Run {
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let relaying = move || relay(&stopping).expect("it works");
    let thread = std::thread::Builder::new().name("bare".into()).spawn(relaying).expect("a thread");
    let run = measured(name, &["bare"], phones).0;
    stop.store(true, Ordering::Relaxed);
    thread.join().expect("it ends");
    run
}

fn relay_barely(mut legs: Vec<MioSocket>, peers: &[SocketAddr], stop: &AtomicBool) -> io::Result<()> {
    let mut poll = Poll::new()?;
    for (index, leg) in legs.iter_mut().enumerate() {
        poll.registry().register(leg, Token(index), Interest::READABLE)?;
    }
    let mut events = Events::with_capacity(1_024);
    let mut buffer = [0; 2_048];
    while !stop.load(Ordering::Relaxed) {
        wait(&mut poll, &mut events)?;
        for event in &events {
            let index = event.token().0;
            while let Ok(length) = legs[index].recv(&mut buffer) {
                // What a full buffer does not take is counted as lost.
                let _lost = legs[index ^ 1].send_to(&buffer[..length], peers[index]);
            }
        }
    }
    Ok(())
}

fn echo_barely(mut socket: MioSocket, stop: &AtomicBool) -> io::Result<()> {
    let mut poll = Poll::new()?;
    poll.registry().register(&mut socket, Token(0), Interest::READABLE)?;
    let mut events = Events::with_capacity(16);
    let (mut inbox, mut mailbag) = (Inbox::new(), Mailbag::new());
    while !stop.load(Ordering::Relaxed) {
        wait(&mut poll, &mut events)?;
        while let Ok(count @ 1..) = inbox.receive(&socket, BATCH) {
            for (from, bytes) in (0..count).filter_map(|index| inbox.datagram(index)) {
                mailbag.put(from, PacketBuf::joined(bytes, &[]));
            }
            // As above.
            let _lost = mailbag.send(&socket);
        }
    }
    Ok(())
}

/// Waits for packets, or for somebody who moves the thread to another core.
pub fn wait(poll: &mut Poll, events: &mut Events) -> io::Result<()> {
    match poll.poll(events, Some(Duration::from_millis(50))) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            events.clear();
            Ok(())
        }
        other => other,
    }
}
