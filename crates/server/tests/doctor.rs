//! The doctor examines a server in the same process: a caller, a menu, a queue,
//! an agent with a real WebRTC leg, tones both ways, a record, a recording.

use server::config::{Config, Sources};
use server::serve::{AtOnce, ServeOptions, Server};
use store::NewSkillGroup;

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_a_healthy_server_well() {
    let data = std::env::temp_dir().join(format!("callyard-test-doctor-{}", std::process::id()));
    let file = "[http]\nlisten = \"127.0.0.1:0\"\n[sip]\nudp = \"127.0.0.1:0\"\ntcp = \"127.0.0.1:0\"\n\
                [media]\nbrowser_port = 0\nrtp_ports = \"32000-32999\"\n";
    let config = Config::read(&Sources { file: file.into(), environment: Vec::new() }).expect("a valid configuration");
    let options = ServeOptions { config, data: data.clone(), demo: false };
    let server = Server::start(options).await.expect("the server starts");
    // Somebody's own application with that name is none of the doctor's business.
    let namesake = server.store().create_application("Callyard Doctor").await.expect("an application").id;
    server.store().create_skill_group(namesake, NewSkillGroup::phone("Cardiology")).await.expect("a group");
    let before = server.store().settings(namesake).await.expect("its settings");
    assert!(server::doctor::run(&data).await, "the doctor says what is wrong above");
    assert!(server::doctor::run(&data).await, "and a second time");
    assert_eq!(server.store().settings(namesake).await.expect("its settings"), before);
    let applications = server.store().applications().await.expect("the applications");
    assert_eq!(applications.len(), 2, "the doctor uses one application again and again");
    server.stop(AtOnce).await;
    assert!(!server::doctor::run(&data).await, "a server that has stopped is not well");
    let _ = std::fs::remove_dir_all(&data);
}
