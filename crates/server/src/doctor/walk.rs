//! The examination itself, step by step, in the order in which a call meets the
//! rooms of the house.

use super::agent::Agent;
use super::browser::{Browser, Offering};
use super::http_client::HttpClient;
use super::report::{OrCheck, Report, Trouble};
use super::session::{KEY, PROMPT_HZ, Patient, Request};
use super::tone::{self, Listener, RATE, measure};
use crate::luck;
use crate::serve::Runtime;
use crate::virtual_phone::{Dial, Line, VirtualPhone};
use centre::desk::{DeskCommand, DeskPresence, SoundPath};
use centre::{CallId, OfferId};
use media::SoundId;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What the caller says.
const CALLER_HZ: u32 = 440;
/// What the agent says.
const AGENT_HZ: u32 = 1_000;
/// The caller's tone at the virtual phone.
const CALLER_TONE: SoundId = SoundId(1);
/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long both talk, so that the recording has something to hold.
const TALK: Duration = Duration::from_millis(1_500);

const CHECK_SERVER: &str =
    "is the server running on this data folder? Look at its log, and name the folder with --data";
const CHECK_API: &str = "look at the server's log for this moment; /healthz tells which part is not well";
const CHECK_SIP: &str =
    "sip.udp in the configuration, a firewall on the loopback, callyard_sip_rejected_total in /metrics";
const CHECK_RTP: &str =
    "media.address and media.rtp_ports in the configuration, a firewall for UDP, the limit of open files";
const CHECK_WEBRTC: &str = "media.address and media.browser_port in the configuration, a firewall for UDP on that port";
const CHECK_RECORDING: &str = "room on the disk of the data folder, the server's log for this recording";

/// Walks through everything.
pub async fn walk(data: &Path, report: &mut Report) -> Result<(), Trouble> {
    let runtime = read_runtime(data).or_check("runtime.json cannot be read", CHECK_SERVER)?;
    let mut client = HttpClient::new(&runtime.http_url).or_check("runtime.json is of no use", CHECK_SERVER)?;
    client.get("/healthz").await.or_check("the server is not well", CHECK_SERVER)?;
    report.done("the server is there and says that it is well");

    let own = loopback_of_our_own();
    let mut practice = client.with_token(&runtime.doctor_token);
    let request = json!(Request { source: own });
    let patient = practice.post("/api/v1/doctor/session", &request).await;
    let patient = patient.and_then(|value| serde_json::from_value(value).map_err(|error| error.to_string()));
    let patient: Patient = patient.or_check("no test application could be made", CHECK_API)?;
    report.done("a test application was made: a number, a menu, a queue, an agent");

    let outcome = examine(&runtime, own, &patient, report).await;
    // Whatever came of it, nothing of ours stays behind. The next examination cleans up again.
    if let Err(error) = practice.delete("/api/v1/doctor/session").await {
        println!("         note:     the test application could not be removed now: {error}");
    }
    outcome
}

async fn examine(runtime: &Runtime, own: IpAddr, patient: &Patient, report: &mut Report) -> Result<(), Trouble> {
    let mut client = HttpClient::new(&runtime.http_url).or_check("runtime.json is of no use", CHECK_SERVER)?;
    let agent_ear = Listener::default();
    let (mut agent, _browser) = sign_in(&mut client, patient, &agent_ear, report).await?;

    let server: SocketAddr = runtime.sip_address.parse().or_check("runtime.json is of no use", CHECK_SERVER)?;
    let phone = VirtualPhone::start(own, server).await.or_check("the caller has no socket", CHECK_RTP)?;
    let caller_ear = Listener::default();
    let talked = async {
        let mut line = call(&phone, patient, &caller_ear, report).await?;
        let call = answer(&mut line, &mut agent, report).await?;
        hear_each_other(&caller_ear, &agent_ear, report).await?;
        hang_up(&mut line, &mut agent, report).await?;
        Ok(call)
    };
    let talked = talked.await;
    phone.stop().await;
    let recording = read_record(&mut client, talked?, patient, report).await?;
    listen_to_recording(&mut client, &recording, report).await?;
    let _ = agent.command(&DeskCommand::SignOut).await;
    Ok(())
}

async fn sign_in(
    client: &mut HttpClient,
    patient: &Patient,
    ear: &Listener,
    report: &mut Report,
) -> Result<(Agent, Browser), Trouble> {
    let account = json!({"user_id": patient.user_id, "password": patient.password, "sdk_app_id": patient.sdk_app_id});
    client.post("/api/v1/sign-in", &account).await.or_check("the agent cannot sign in", CHECK_API)?;
    let mut agent = Agent::open(client).await.or_check("the desk does not open", CHECK_API)?;
    agent.see(PATIENCE, |_| Some(())).await.or_check("the desk shows nothing", CHECK_API)?;
    report.done("the virtual agent signed in; the desk socket is open");

    let offering = Offering::new().or_check("no WebRTC offer", CHECK_WEBRTC)?;
    let offer = DeskCommand::OfferSound { sdp: offering.offer.clone() };
    agent.command(&offer).await.or_check("the server refused the WebRTC offer", CHECK_WEBRTC)?;
    let answer = agent.sound_answer().await.or_check("no answer to the WebRTC offer", CHECK_WEBRTC)?;
    let browser = offering.answered(&answer, tone::tone(AGENT_HZ), ear.clone()).await;
    let browser = browser.or_check("the WebRTC answer is of no use", CHECK_WEBRTC)?;
    let connected = |desk: &centre::desk::Desk| (desk.sound == SoundPath::Connected).then_some(());
    let stands = agent.see(PATIENCE, connected).await;
    stands.or_check("no WebRTC sound path: ICE or DTLS got no answer", CHECK_WEBRTC)?;
    report.done("the agent's WebRTC sound path stands (ICE, DTLS, SRTP)");

    agent.command(&DeskCommand::BeReady).await.or_check("the agent cannot become ready", CHECK_API)?;
    let ready = |desk: &centre::desk::Desk| matches!(desk.presence, DeskPresence::Ready { .. }).then_some(());
    agent.see(PATIENCE, ready).await.or_check("the agent is not ready", CHECK_API)?;
    report.done("the agent is ready");
    Ok((agent, browser))
}

async fn call(phone: &VirtualPhone, patient: &Patient, ear: &Listener, report: &mut Report) -> Result<Line, Trouble> {
    let dialer = phone.dialer();
    dialer.load(CALLER_TONE, &tone::tone(CALLER_HZ)).await;
    let dial = Dial { caller: "00000000".into(), called: patient.number.clone() };
    let line = dialer.dial(dial).await.ok_or("the virtual phone has stopped");
    let mut line = line.or_check("the call was not placed", CHECK_SIP)?;
    let answered = tokio::time::timeout(PATIENCE, line.answered()).await;
    let answered = answered.unwrap_or_else(|_| Err("no answer to the INVITE".into()));
    answered.or_check("the call was not answered", CHECK_SIP)?;
    report.done("the SIP call was answered");

    let heard_by = ear.clone();
    line.listen(Arc::new(move |samples| heard_by.hear(samples))).await;
    // The caller speaks first: a peer behind a NAT hears nothing before it has sent something.
    line.say(CALLER_TONE).await;
    let heard = ear.wait_for(PROMPT_HZ, PATIENCE).await.or_check("the caller does not hear the prompt", CHECK_RTP)?;
    report.done(&format!("the caller hears the prompt ({:.0} dB)", heard.level_db));
    line.press(&KEY.to_string()).await;
    Ok(line)
}

async fn answer(line: &mut Line, agent: &mut Agent, report: &mut Report) -> Result<CallId, Trouble> {
    let offered = |desk: &centre::desk::Desk| match (&desk.presence, &desk.call) {
        (DeskPresence::Offered { offer, .. }, Some(call)) => Some((*offer, call.call)),
        _ => None,
    };
    let (offer, call): (OfferId, CallId) = tokio::select! {
        offered = agent.see(PATIENCE, offered) => {
            offered.or_check("the agent's desk does not ring after the key was pressed (RFC 4733)", CHECK_RTP)?
        }
        why = line.ended() => return Err(why).or_check("the call ended before it rang", CHECK_SIP),
    };
    report.done("the key was understood; menu and queue passed the call on; the desk rings");
    agent.command(&DeskCommand::Accept { offer }).await.or_check("the agent cannot answer", CHECK_API)?;
    let talking = |desk: &centre::desk::Desk| matches!(desk.presence, DeskPresence::Talking { .. }).then_some(());
    agent.see(PATIENCE, talking).await.or_check("the agent is not talking after answering", CHECK_API)?;
    report.done("the agent answered");
    Ok(call)
}

async fn hear_each_other(caller: &Listener, agent: &Listener, report: &mut Report) -> Result<(), Trouble> {
    let heard = agent.wait_for(CALLER_HZ, PATIENCE).await;
    let heard = heard.or_check("sound is lost from the caller to the agent", CHECK_RTP)?;
    report.done(&format!("the agent hears the caller ({CALLER_HZ} Hz, {:.0} dB)", heard.level_db));
    let heard = caller.wait_for(AGENT_HZ, PATIENCE).await;
    let heard = heard.or_check("sound is lost from the agent to the caller", CHECK_WEBRTC)?;
    report.done(&format!("the caller hears the agent ({AGENT_HZ} Hz, {:.0} dB)", heard.level_db));
    tokio::time::sleep(TALK).await;
    report.done("both talk for a moment");
    Ok(())
}

async fn hang_up(line: &mut Line, agent: &mut Agent, report: &mut Report) -> Result<(), Trouble> {
    line.hang_up().await;
    let free = |desk: &centre::desk::Desk| (!matches!(desk.presence, DeskPresence::Talking { .. })).then_some(());
    agent.see(PATIENCE, free).await.or_check("the agent's call does not end when the caller hangs up", CHECK_SIP)?;
    let ended = tokio::time::timeout(PATIENCE, line.ended()).await;
    ended.or_check("the BYE was not answered", CHECK_SIP)?;
    report.done("the caller hung up; the desk knows");
    Ok(())
}

/// Waits for the record and gives the id of its recording.
async fn read_record(
    client: &mut HttpClient,
    call: CallId,
    patient: &Patient,
    report: &mut Report,
) -> Result<String, Trouble> {
    let path = format!("/api/v1/records/{call}");
    let until = tokio::time::Instant::now() + PATIENCE;
    let record = loop {
        match client.get(&path).await {
            Ok(record) if record["end_status"].is_string() => break record,
            Ok(_) | Err(_) if tokio::time::Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(_) => return Err("the call is over, its record is not").or_check("the record is missing", CHECK_API),
            Err(error) => return Err(error).or_check("the record is missing", CHECK_API),
        }
    };
    let right = record["end_status"] == "ok"
        && record["agent"]["user_id"].as_str().is_some_and(|user_id| user_id.eq_ignore_ascii_case(&patient.user_id))
        && record["keys"][0]["key"] == KEY.to_string();
    if !right {
        return Err(record.to_string()).or_check("the record tells another story", CHECK_API);
    }
    let recording = record["recordings"][0].as_str().map(str::to_owned).ok_or("it names no recording");
    report.done("the call has its record: key, agent, normal end");
    recording.or_check("the record is incomplete", CHECK_RECORDING)
}

async fn listen_to_recording(client: &mut HttpClient, recording: &str, report: &mut Report) -> Result<(), Trouble> {
    let path = format!("/api/v1/recordings/{recording}/audio");
    let until = tokio::time::Instant::now() + PATIENCE;
    let wav = loop {
        match client.get_bytes(&path).await {
            Ok(wav) => break wav,
            Err(_) if tokio::time::Instant::now() < until => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(error) => return Err(error).or_check("the recording cannot be fetched", CHECK_RECORDING),
        }
    };
    let (left, right) =
        channels(&wav).ok_or("it is no two-channel WAV file").or_check("the recording is broken", CHECK_RECORDING)?;
    // The middle second: both tones were up by then.
    let middle = |channel: &[i16], hz| {
        let from = channel.len().saturating_sub(RATE) / 2;
        measure(channel.get(from..).unwrap_or_default().get(..RATE).unwrap_or_default(), hz)
    };
    for (side, heard) in [("caller", middle(&left, CALLER_HZ)), ("agent", middle(&right, AGENT_HZ))] {
        if !heard.is_clear() {
            let why = format!("{:.0} dB, {:.0} % of it is the tone", heard.level_db, heard.purity * 100.0);
            return Err(why).or_check(&format!("the recording lacks the {side}'s voice"), CHECK_RECORDING);
        }
    }
    report
        .done(&format!("the recording plays: {:.1} s, each voice in its own channel", left.len() as f64 / RATE as f64));
    Ok(())
}

/// Both channels of a 16-bit stereo WAV file.
fn channels(wav: &[u8]) -> Option<(Vec<i16>, Vec<i16>)> {
    let mut rest = wav.get(12..)?;
    let data = loop {
        let (head, body) = rest.split_first_chunk::<8>()?;
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if head.starts_with(b"data") {
            break body.get(..length).unwrap_or(body);
        }
        rest = body.get(length + length % 2..)?;
    };
    let frame = |at: usize| move |frame: &[u8]| Some(i16::from_le_bytes([*frame.get(at)?, *frame.get(at + 1)?]));
    Some((data.chunks_exact(4).filter_map(frame(0)).collect(), data.chunks_exact(4).filter_map(frame(2)).collect()))
}

fn read_runtime(data: &Path) -> Result<Runtime, String> {
    let path = data.join("runtime.json");
    let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice::<Runtime>(&text).map_err(|error: serde_json::Error| format!("{}: {error}", path.display()))
}

/// A loopback address that nobody else calls from, so that the doctor's trunk is
/// told from all others by its source.
fn loopback_of_our_own() -> IpAddr {
    let luck = luck::seed();
    IpAddr::V4(Ipv4Addr::new(127, 64 | (luck[0] & 0x3f), luck[1], 2 + luck[2] % 250))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_address_is_a_loopback_address() {
        assert!(loopback_of_our_own().is_loopback());
        assert_ne!(loopback_of_our_own(), IpAddr::from([127, 0, 0, 1]));
    }

    #[test]
    fn both_channels_of_a_wav_file_are_found() {
        let mut wav = b"RIFF....WAVEfmt \x10\0\0\0................data\x08\0\0\0".to_vec();
        wav.extend([1, 0, 2, 0, 3, 0, 4, 0]);
        assert_eq!(channels(&wav), Some((vec![1, 3], vec![2, 4])));
        assert_eq!(channels(b"RIFF"), None);
    }
}
