//! The whole server in one process, on free ports and a data folder of its own,
//! with a virtual telephone as the carrier: the first call, a restart, a stop.

use centre::journal::EndStatus;
use centre::{SdkAppId, pii::Pii};
use server::config::{Config, Sources};
use server::control::DeskMessage;
use server::serve::{AtOnce, ServeOptions, Server};
use server::virtual_phone::{Dial, Line, LineEvent, VirtualPhone};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::RecordQuery;

/// Longest wait for anything: a busy build machine is slow.
const PATIENCE: Duration = Duration::from_secs(30);
const NUMBER: &str = "0086075512345678";

/// A data folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("callyard-test-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn demo_server(data: &Path) -> Server {
    let file = "[sip]\nudp = \"127.0.0.1:0\"\ntcp = \"127.0.0.1:0\"\n\
                [media]\nbrowser_port = 0\nrtp_ports = \"31000-31999\"\n";
    server_of(data, file).await
}

async fn server_of(data: &Path, file: &str) -> Server {
    let file = format!("[http]\nlisten = \"127.0.0.1:0\"\n{file}");
    let config = Config::read(&Sources { file, environment: Vec::new() }).expect("a valid configuration");
    let options = ServeOptions { config, data: data.to_owned(), demo: true };
    Server::start(options).await.expect("the server starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_stops_the_start_before_anything_is_made() {
    let folder = Folder::new("taken");
    let other = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let port = other.local_addr().expect("an address").port();
    let file = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\n[sip]\nudp = \"127.0.0.1:0\"\ntcp = \"127.0.0.1:0\"\n\
         [media]\nbrowser_port = {port}\n"
    );
    let config = Config::read(&Sources { file, environment: Vec::new() }).expect("a valid configuration");
    let options = ServeOptions { config, data: folder.0.clone(), demo: true };
    let told = Server::start(options).await.err().expect("the port is taken").to_string();
    assert_eq!(
        told,
        format!(
            "opening the ports: 127.0.0.1:{port} (UDP) is taken by another program; \
             stop that program, or set media.browser_port"
        )
    );
    assert!(!folder.0.exists(), "a failed start leaves nothing behind");
}

async fn phone(server: &Server) -> VirtualPhone {
    let address = server.addresses().sip_address.parse().expect("an address");
    VirtualPhone::start([127, 0, 0, 1].into(), address).await.expect("a telephone")
}

async fn call(phone: &VirtualPhone, called: &str) -> Line {
    let dial = Dial { caller: "008613800000001".into(), called: called.into() };
    phone.dialer().dial(dial).await.expect("the telephone works")
}

async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// The only record there is, once it is there.
async fn record(server: &Server, app: SdkAppId) -> centre::record::Record {
    within("the record", async {
        loop {
            let page = server.store().records(app, &RecordQuery::default()).await.expect("the store answers");
            match page.records.into_iter().next() {
                Some(record) if record.end_status.is_some() => return record,
                Some(_) | None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    })
    .await
}

async fn demo_app(server: &Server) -> SdkAppId {
    let applications = server.store().applications().await.expect("the store answers");
    applications.first().expect("the demo application").id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_hears_the_welcome_hangs_up_and_leaves_a_record() {
    let folder = Folder::new("welcome");
    let server = demo_server(&folder.0).await;
    let phone = phone(&server).await;
    let mut line = call(&phone, NUMBER).await;
    within("the answer", line.answered()).await.expect("the call is answered");
    within("sound", async { while line.event().await != LineEvent::FirstSound {} }).await;
    line.hang_up().await;
    within("the end", line.ended()).await;
    let record = record(&server, demo_app(&server).await).await;
    assert_eq!(record.caller, Pii::new("008613800000001".to_owned()));
    assert_eq!(record.end_status, Some(EndStatus::IvrGiveUp));
    phone.stop().await;
    server.stop(AtOnce).await;
}

/// One server for both families: each caller hears the welcome by its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_comes_by_ipv6_as_well_as_by_ipv4() {
    let folder = Folder::new("families");
    let server = server_of(
        &folder.0,
        "[sip]\nudp = \"[::]:0\"\ntcp = \"[::]:0\"\n[media]\naddress_v6 = \"::1\"\n\
         browser_port = 0\nrtp_ports = \"32000-32999\"\n",
    )
    .await;
    let local: SocketAddr = server.addresses().sip_address.parse().expect("an address");
    for own in ["::1", "127.0.0.1"].map(|text| text.parse::<IpAddr>().expect("an IP")) {
        let phone = VirtualPhone::start(own, SocketAddr::new(own, local.port())).await.expect("a telephone");
        let mut line = call(&phone, NUMBER).await;
        within("the answer", line.answered()).await.expect("the call is answered");
        within("sound", async { while line.event().await != LineEvent::FirstSound {} }).await;
        line.hang_up().await;
        within("the end", line.ended()).await;
        phone.stop().await;
    }
    server.stop(AtOnce).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_nobody_has_is_refused() {
    let folder = Folder::new("unknown");
    let server = demo_server(&folder.0).await;
    let phone = phone(&server).await;
    let mut line = call(&phone, "0086000").await;
    let why = within("the refusal", line.answered()).await.expect_err("nobody has this number");
    assert!(why.contains("404"), "{why}");
    phone.stop().await;
    server.stop(AtOnce).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_calls_with_a_record_and_a_restart_changes_nothing_of_the_demo() {
    let folder = Folder::new("restart");
    let server = demo_server(&folder.0).await;
    let app = demo_app(&server).await;
    let secrets = std::fs::read(folder.0.join("demo.json")).expect("demo.json");
    let phone = phone(&server).await;
    let mut line = call(&phone, NUMBER).await;
    within("the answer", line.answered()).await.expect("the call is answered");
    server.stop(AtOnce).await;
    within("the BYE", line.ended()).await;
    phone.stop().await;

    let server = demo_server(&folder.0).await;
    let record = record(&server, app).await;
    assert_eq!(record.hung_up_by, Some(centre::journal::HungUpSide::System));
    assert_eq!(demo_app(&server).await, app);
    let again = std::fs::read(folder.0.join("demo.json")).expect("demo.json");
    let field = |file: &[u8], name: &str| {
        let value: serde_json::Value = serde_json::from_slice(file).expect("JSON");
        value[name].clone()
    };
    for name in ["secret_id", "secret_key", "agents", "admin", "number", "sdk_app_id"] {
        assert_eq!(field(&secrets, name), field(&again, name), "{name}");
    }
    server.stop(AtOnce).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_connects_gets_one_snapshot() {
    let folder = Folder::new("snapshot");
    let server = demo_server(&folder.0).await;
    let app = demo_app(&server).await;
    let settings = server.store().settings(app).await.expect("the store answers");
    let agent = *settings.staff.keys().next().expect("the demo's people");
    let mut page = server.control().open_page(app, agent).await;
    let first = within("the snapshot", page.messages.recv()).await;
    assert!(matches!(first, Some(DeskMessage::Desk(_))), "{first:?}");
    // Answered in its turn, after everything that the page's coming caused.
    server.control().desk_state(app, agent).await.expect("the agent is known");
    let more = page.messages.try_recv();
    assert!(more.is_err(), "{more:?}");
    drop(page);
    server.stop(AtOnce).await;
}
