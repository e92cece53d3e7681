//! The product as a user has it: its own binary, in a process of its own, with
//! the demo application in a folder of its own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The unit of CPU time in /proc, the same on every Linux.
const TICKS_A_SECOND: f64 = 100.0;

/// A running server.
pub struct Product {
    process: Child,
    folder: PathBuf,
    /// Where it takes SIP.
    pub sip: SocketAddr,
    /// Where it takes HTTP.
    http: SocketAddr,
    /// The number that its flow answers.
    pub number: String,
    /// How long it took from its start until it answered.
    pub started: Duration,
}

impl Product {
    /// Starts it and waits until it answers.
    pub fn start() -> Product {
        Product::start_with(|_empty| ()).0
    }

    /// The same after something was put into its data folder.
    pub fn start_with<T>(prepare: impl FnOnce(&Path) -> T) -> (Product, T) {
        let folder = std::env::temp_dir().join(format!("callyard-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the server's data");
        let prepared = prepare(&folder);
        let began = Instant::now();
        let process = Command::new(env!("CARGO_BIN_EXE_callyard"))
            .args(["serve", "--demo", "--data"])
            .arg(&folder)
            .envs([
                ("CALLYARD_HTTP_LISTEN", "127.0.0.1:0"),
                ("CALLYARD_SIP_UDP", "127.0.0.1:0"),
                ("CALLYARD_SIP_TCP", "127.0.0.1:0"),
                ("CALLYARD_MEDIA_BROWSER_PORT", "0"),
                ("CALLYARD_MEDIA_RTP_PORTS", "20000-39999"),
                ("CALLYARD_LOG_LEVEL", "error"),
            ])
            .stdout(Stdio::null())
            .spawn()
            .expect("the server starts");
        let facts = wait_for(&folder.join("demo.json"), began);
        let text = |key: &str| facts[key].as_str().expect("a text in demo.json").to_owned();
        let http = text("http_url").trim_start_matches("http://").parse().expect("an address in demo.json");
        let sip = text("sip_address").parse().expect("an address in demo.json");
        wait_for_answer(sip);
        let started = began.elapsed();
        (Product { process, folder, sip, http, number: text("number"), started }, prepared)
    }

    /// CPU time that it has used: user and system, all threads.
    pub fn cpu(&self) -> Duration {
        let stat = self.read("stat");
        // The name, in brackets, may hold spaces; utime and stime are fields 14 and 15.
        let after_name = stat.rsplit_once(')').expect("a bracket").1;
        let ticks: u64 =
            after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum();
        Duration::from_secs_f64(ticks as f64 / TICKS_A_SECOND)
    }

    /// Memory in use, in MiB.
    pub fn memory_mib(&self) -> f64 {
        let status = self.read("status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).expect("a number") / 1024.0
    }

    /// A figure of its metrics page.
    pub fn metric(&self, name: &str) -> u64 {
        let mut stream = TcpStream::connect(self.http).expect("the server takes HTTP");
        stream.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n").expect("it reads");
        let mut page = String::new();
        stream.read_to_string(&mut page).expect("it answers");
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.trim().parse().ok()).unwrap_or_else(|| panic!("no {name} in {page}"))
    }

    /// What each open file and socket is, sorted: `/path`, `socket:[…]`, `anon_inode:[…]`.
    pub fn files(&self) -> Vec<String> {
        let folder = format!("/proc/{}/fd", self.process.id());
        let entries = std::fs::read_dir(folder).expect("the server runs");
        // A file may be closed between being listed and being looked at.
        let links = entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        let mut files: Vec<String> = links.map(|link| link.to_string_lossy().into_owned()).collect();
        files.sort();
        files
    }

    /// Threads.
    pub fn threads(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/task", self.process.id())).expect("the server runs").count()
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).expect("the server runs")
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to stop.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn wait_for(file: &std::path::Path, began: Instant) -> serde_json::Value {
    while began.elapsed() < Duration::from_secs(30) {
        // Half a file does not parse; the next look finds all of it.
        if let Some(facts) = std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            return facts;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the server did not write {} within 30 s", file.display());
}

/// Asks with OPTIONS until an answer comes.
fn wait_for_answer(sip: SocketAddr) {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_millis(20))).expect("an option");
    let local = socket.local_addr().expect("an address");
    for attempt in 0..500 {
        let request = format!(
            "OPTIONS sip:bench@{sip} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKo{attempt}\r\nMax-Forwards: 70\r\n\
             From: <sip:bench@{local}>;tag=o\r\nTo: <sip:bench@{sip}>\r\nCall-ID: o{attempt}\r\nCSeq: 1 OPTIONS\r\n\
             Content-Length: 0\r\n\r\n"
        );
        // Nobody may listen yet; the next attempt tells.
        let _ = socket.send_to(request.as_bytes(), sip);
        if socket.recv(&mut [0; 2_048]).is_ok() {
            return;
        }
    }
    panic!("the server does not answer OPTIONS at {sip}");
}
