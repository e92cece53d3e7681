//! Telephones by the thousand on one socket: each proves its password, as RFC 7616
//! asks for it. As little of SIP as that needs, so that they cost less than what
//! they measure. A datagram that was lost is sent again after a second.

use md5::{Digest, Md5};
use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};
use store::{KeyFile, NewPhone, Store};

/// How many there are: as many as one application may have.
pub const PHONES: usize = 10_000;
/// Registrations on their way at once.
const WINDOW: usize = 64;
const AGAIN: Duration = Duration::from_secs(1);
/// Times that one is sent until it has failed.
const TRIES: u32 = 4;

/// Where a proof's nonce comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Nonces {
    /// Each registration asks for a new challenge.
    Fresh,
    /// The last challenge is answered again, with a higher count, while the server takes that.
    UsedAgain,
}

/// What became of registrations.
#[derive(Default)]
pub struct Registered {
    /// How many succeeded.
    pub made: u32,
    /// How many did not.
    pub failed: u32,
}

/// What a telephone is told by its administrator.
pub struct Account {
    user: String,
    password: String,
    realm: String,
}

/// Makes the accounts in the data folder of a server that does not run yet.
pub fn make(folder: &Path) -> Vec<Account> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let key = KeyFile::open(&folder.join("key")).expect("a key file");
        let database = format!("sqlite:{}", folder.join("callyard.db").display());
        let store = Store::open(&database, &key).await.expect("a database");
        let app = store.create_application("Telephones").await.expect("an application").id;
        let mut accounts = Vec::with_capacity(PHONES);
        for number in 0..PHONES {
            let extension = (100_000 + number).to_string();
            let phone = NewPhone { name: format!("Desk {number}"), extension, agent: None, enabled: true };
            let phone = store.create_phone(app, phone).await.expect("a telephone");
            let (user, password) = (phone.extension, phone.password.expose().clone());
            accounts.push(Account { user, password, realm: format!("{app}.callyard") });
        }
        accounts
    })
}

/// The telephones.
pub struct Telephones {
    socket: UdpSocket,
    local: SocketAddr,
    server: SocketAddr,
    phones: Vec<Telephone>,
    /// Whose turn is next.
    next: usize,
    waiting: BTreeMap<usize, Waiting>,
}

struct Telephone {
    account: Account,
    /// The hash of user, realm and password.
    secret: String,
    nonce: Option<String>,
    count: u32,
    sequence: u32,
}

struct Waiting {
    request: Vec<u8>,
    sent: Instant,
    tries: u32,
}

impl Telephones {
    /// Telephones of a server.
    pub fn new(server: SocketAddr, accounts: Vec<Account>) -> Telephones {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_nonblocking(true).expect("an option");
        socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20).expect("an option");
        let local = socket.local_addr().expect("an address");
        let phones = accounts.into_iter().map(|account| {
            let Account { user, password, realm } = &account;
            let secret = hash(&format!("{user}:{realm}:{password}"));
            Telephone { secret, account, nonce: None, count: 0, sequence: 0 }
        });
        Telephones { socket, local, server, phones: phones.collect(), next: 0, waiting: BTreeMap::new() }
    }

    /// So many registrations, one telephone after another.
    pub fn register(&mut self, wanted: usize, nonces: Nonces) -> Registered {
        let mut done = Registered::default();
        let mut begun = 0;
        while begun < wanted || !self.waiting.is_empty() {
            while begun < wanted && self.waiting.len() < WINDOW {
                self.begin(nonces);
                begun += 1;
            }
            if !self.hear(&mut done) {
                self.repeat(&mut done);
                std::thread::sleep(Duration::from_micros(100));
            }
        }
        done
    }

    fn begin(&mut self, nonces: Nonces) {
        let phone = self.next;
        self.next = (self.next + 1) % self.phones.len();
        if nonces == Nonces::Fresh {
            self.phones[phone].nonce = None;
        }
        self.send(phone);
    }

    fn send(&mut self, phone: usize) {
        let request = self.phones[phone].request(phone, self.local);
        // A full buffer loses it like a network would; it is sent again.
        let _ = self.socket.send_to(&request, self.server);
        self.waiting.insert(phone, Waiting { request, sent: Instant::now(), tries: 1 });
    }

    /// Takes what came; says whether anything did.
    fn hear(&mut self, done: &mut Registered) -> bool {
        let mut buffer = [0; 4_096];
        let mut heard = false;
        while let Ok(length) = self.socket.recv(&mut buffer) {
            heard = true;
            let Ok(text) = std::str::from_utf8(&buffer[..length]) else { continue };
            let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
            let phone = header("Call-ID: telephone-").and_then(|id| id.trim().parse::<usize>().ok());
            let sequence = header("CSeq: ").and_then(|cseq| cseq.split(' ').next()?.parse::<u32>().ok());
            let Some(phone) = phone.filter(|phone| self.waiting.contains_key(phone)) else { continue };
            if sequence != Some(self.phones[phone].sequence) {
                continue; // An answer to what was sent again.
            }
            let md5 = || text.lines().find(|line| line.starts_with("WWW-Authenticate:") && line.contains("=MD5"));
            let nonce = md5().and_then(|line| line.split_once("nonce=\"")?.1.split('"').next());
            match (text.get(8..11), nonce) {
                (Some("200"), _) => {
                    self.waiting.remove(&phone);
                    done.made += 1;
                }
                (Some("401"), Some(nonce)) => {
                    self.phones[phone].nonce = Some(nonce.to_owned());
                    self.phones[phone].count = 0;
                    self.send(phone);
                }
                _ => {
                    self.waiting.remove(&phone);
                    done.failed += 1;
                }
            }
        }
        heard
    }

    fn repeat(&mut self, done: &mut Registered) {
        let (socket, server, now) = (&self.socket, self.server, Instant::now());
        self.waiting.retain(|_, waiting| {
            if now - waiting.sent < AGAIN {
                return true;
            }
            waiting.sent = now;
            waiting.tries += 1;
            // As in `send`.
            let _ = socket.send_to(&waiting.request, server);
            done.failed += u32::from(waiting.tries > TRIES);
            waiting.tries <= TRIES
        });
    }
}

impl Telephone {
    /// The next REGISTER, with a proof if there is a nonce for it.
    fn request(&mut self, id: usize, local: SocketAddr) -> Vec<u8> {
        self.sequence += 1;
        let proof = self.proof();
        let (Account { user, realm, .. }, sequence) = (&self.account, self.sequence);
        format!(
            "REGISTER sip:{realm} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{id}.{sequence};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{user}@{realm}>;tag=t{id}\r\nTo: <sip:{user}@{realm}>\r\n\
             Call-ID: telephone-{id}\r\nCSeq: {sequence} REGISTER\r\nContact: <sip:{user}@{local}>\r\nExpires: 3600\r\n\
             {proof}Content-Length: 0\r\n\r\n"
        )
        .into_bytes()
    }

    fn proof(&mut self) -> String {
        let Some(nonce) = &self.nonce else { return String::new() };
        self.count += 1;
        let (Account { user, realm, .. }, count) = (&self.account, self.count);
        let request = hash(&format!("REGISTER:sip:{realm}"));
        let response = hash(&format!("{}:{nonce}:{count:08x}:bench:auth:{request}", self.secret));
        format!(
            "Authorization: Digest username=\"{user}\",realm=\"{realm}\",nonce=\"{nonce}\",uri=\"sip:{realm}\",\
             response=\"{response}\",algorithm=MD5,qop=auth,nc={count:08x},cnonce=\"bench\"\r\n"
        )
    }
}

fn hash(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
