//! Offers and answers as the field writes them.

use sip::sdp::{
    Agreed, Direction, LocalKeys, LocalMedia, Reports, SdpError, Security, Suite, VoiceCodec, accept, answer, offer,
    page_direction,
};

fn local() -> LocalMedia {
    LocalMedia {
        address: "192.0.2.1:4000".parse().expect("an address"),
        security: Security::Plain,
        codecs: vec![VoiceCodec::Pcma, VoiceCodec::Pcmu, VoiceCodec::G722],
        telephone_event: true,
        session: 42,
        version: 1,
        direction: Direction::SendReceive,
    }
}

/// An offer with these lines below a common head.
fn offered(lines: &str) -> String {
    format!(
        "v=0\r\no=x 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n{}",
        lines.replace('\n', "\r\n")
    )
}

fn agree(lines: &str) -> Result<(Agreed, String), SdpError> {
    answer(offered(lines).as_bytes(), &local()).map(|(agreed, text)| (agreed, String::from_utf8(text).expect("text")))
}

#[test]
fn the_peers_preference_wins_among_what_we_speak() {
    let (agreed, text) =
        agree("m=audio 3000 RTP/AVP 18 8 0 96\na=rtpmap:96 telephone-event/8000\na=ptime:30\n").expect("agreed");
    let expected = Agreed {
        remote: "198.51.100.7:3000".parse().expect("an address"),
        srtp: None,
        reports: Reports::Apart(None),
        codec: VoiceCodec::Pcma,
        payload_type: 8,
        telephone_event: Some(96),
        peer_direction: Direction::SendReceive,
        ptime_ms: 30,
    };
    assert_eq!(agreed, expected);
    assert_eq!(
        text,
        "v=0\r\no=- 42 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 96\r\n\
         a=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\na=ptime:30\r\na=sendrecv\r\n"
    );
}

#[test]
fn codecs_are_known_by_name_under_any_number() {
    let (agreed, _) = agree("m=audio 3000 RTP/AVP 97 0\na=rtpmap:97 pcma/8000/1\n").expect("agreed");
    assert_eq!((agreed.codec, agreed.payload_type), (VoiceCodec::Pcma, 97));
    let (agreed, text) = agree("m=audio 3000 RTP/AVP 9 8 0\n").expect("agreed");
    assert_eq!((agreed.codec, agreed.payload_type), (VoiceCodec::G722, 9));
    assert!(text.contains("a=rtpmap:9 G722/8000\r\n"), "{text}");
    let (agreed, _) = agree("m=audio 3000 RTP/AVP 96 8\na=rtpmap:96 G722/16000\n").expect("agreed");
    assert_eq!(agreed.codec, VoiceCodec::Pcma, "RFC 3551 §4.5.2: its clock is written as 8000");
    let (agreed, _) = agree("m=audio 3000 RTP/AVP 8 0\na=rtpmap:8 OPUS/48000/2\n").expect("agreed");
    assert_eq!(agreed.codec, VoiceCodec::Pcmu, "a map beats the static number");
    assert_eq!(agreed.telephone_event, None);
}

#[test]
fn video_fax_and_second_streams_are_refused_in_place() {
    let (_, text) = agree(
        "m=video 4002 RTP/AVP 31\nm=audio 3000 RTP/AVP 8\nm=image 5000 udptl t38\nm=audio 3002 RTP/AVP 8\nm=audio 0 RTP/AVP 0\n",
    )
    .expect("agreed");
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        lines,
        [
            "m=video 0 RTP/AVP 31",
            "m=audio 4000 RTP/AVP 8",
            "m=image 0 udptl t38",
            "m=audio 0 RTP/AVP 8",
            "m=audio 0 RTP/AVP 0"
        ]
    );
}

#[test]
fn plain_audio_beside_encrypted_audio_is_taken() {
    let (agreed, text) = agree("m=audio 3000 RTP/SAVP 8\nm=audio 3002 RTP/AVP 8\n").expect("agreed");
    assert_eq!(agreed.remote.port(), 3002);
    assert!(text.contains("m=audio 0 RTP/SAVP 8\r\nm=audio 4000 RTP/AVP 8\r\n"), "{text}");
}

#[test]
fn offers_without_a_stream_for_us_say_why() {
    for (lines, why) in [
        ("", SdpError::NoAudio),
        ("m=video 3000 RTP/AVP 31\n", SdpError::NoAudio),
        ("m=audio 0 RTP/AVP 8\n", SdpError::NoAudio),
        ("m=audio 3000 RTP/AVP 18\n", SdpError::NoCodec),
        ("m=audio 3000 RTP/SAVP 8\n", SdpError::Encrypted),
        ("m=audio 3000 UDP/TLS/RTP/SAVPF 8\n", SdpError::Encrypted),
        ("m=audio 3000 RTP/AVP 8\nc=IN IP4 sip.example.com\n", SdpError::Address),
        ("m=audio 3000 RTP/AVP 8\nc=IN IP4 224.2.1.1/127\n", SdpError::Address),
        ("m=audio 3000 RTP/AVP 8\nc=IN IP6 198.51.100.7\n", SdpError::Address),
        ("m=audio 3000 RTP/AVP 8\nc=IN IP6 2001:db8::1\n", SdpError::Address),
        ("m=audio 3000\n", SdpError::Malformed("a media line with too few words")),
        ("m=audio x RTP/AVP 8\n", SdpError::Malformed("a media line without a port")),
    ] {
        assert_eq!(agree(lines).map(|_| ()), Err(why), "{lines}");
    }
    assert_eq!(agree(&"m=audio 3000 RTP/AVP 8\n".repeat(21)).map(|_| ()), Err(SdpError::TooLong));
    assert_eq!(agree(&"a=x\n".repeat(2_000)).map(|_| ()), Err(SdpError::TooLong));
    assert!(matches!(answer(b"hello", &local()), Err(SdpError::Malformed(_))));
}

#[test]
fn hold_is_understood_in_its_old_and_new_forms() {
    for (lines, peer, ours) in [
        ("m=audio 3000 RTP/AVP 8\na=sendonly\n", Direction::SendOnly, "a=recvonly"),
        ("a=inactive\nm=audio 3000 RTP/AVP 8\n", Direction::Inactive, "a=inactive"),
        ("a=sendonly\nm=audio 3000 RTP/AVP 8\na=sendrecv\n", Direction::SendReceive, "a=sendrecv"),
        ("m=audio 3000 RTP/AVP 8\na=recvonly\n", Direction::ReceiveOnly, "a=sendonly"),
        ("m=audio 3000 RTP/AVP 8\nc=IN IP4 0.0.0.0\n", Direction::SendOnly, "a=recvonly"),
    ] {
        let (agreed, text) = agree(lines).expect("agreed");
        assert_eq!(agreed.peer_direction, peer, "{lines}");
        assert!(text.contains(ours), "{lines}: {text}");
    }
}

#[test]
fn a_page_holds_by_its_direction_only() {
    let offer =
        |lines: &str| format!("v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nc=IN IP4 0.0.0.0\nt=0 0\n{lines}").into_bytes();
    let line = "m=audio 9 UDP/TLS/RTP/SAVPF 111\n";
    assert_eq!(page_direction(&offer(line)), Some(Direction::SendReceive));
    assert_eq!(page_direction(&offer(&format!("{line}a=sendonly\n"))), Some(Direction::SendOnly));
    assert_eq!(page_direction(&offer("m=video 9 UDP/TLS/RTP/SAVPF 96\n")), None);
}

#[test]
fn addresses_may_stand_at_either_level_and_in_either_family() {
    let (agreed, _) = agree("m=audio 3000 RTP/AVP 8\nc=IN IP4 198.51.100.9\n").expect("agreed");
    assert_eq!(agreed.remote.to_string(), "198.51.100.9:3000");
    let six = LocalMedia { address: "[2001:db8::1]:4000".parse().expect("an address"), ..local() };
    let offer = "v=0\no=- 1 1 IN IP6 2001:db8::20\ns=-\nc=IN IP6 2001:db8::20\nt=3338481189 3370017201\nm=audio 6000 RTP/AVP 8\n";
    let (agreed, text) = answer(offer.as_bytes(), &six).expect("agreed");
    assert_eq!(agreed.remote.to_string(), "[2001:db8::20]:6000");
    let text = String::from_utf8(text).expect("text");
    assert!(text.contains("c=IN IP6 2001:db8::1\r\nt=3338481189 3370017201\r\n"), "{text}");
    let mapped = "v=0\r\ns=-\r\nc=IN IP6 ::ffff:198.51.100.7\r\nm=audio 3000 RTP/AVP 8\r\n";
    assert_eq!(answer(mapped.as_bytes(), &local()).expect("agreed").0.remote.to_string(), "198.51.100.7:3000");
}

#[test]
fn text_that_is_no_utf_8_does_not_matter() {
    let bytes = [b"v=0\r\ns=caf\xe9\r\nc=IN IP4 198.51.100.7\r\n".as_slice(), b"m=audio 3000 RTP/AVP 8\r\n"].concat();
    assert!(answer(&bytes, &local()).is_ok());
}

#[test]
fn our_offer_is_answered_by_ourselves() {
    let other = LocalMedia {
        address: "198.51.100.7:5000".parse().expect("an address"),
        security: Security::Plain,
        codecs: vec![VoiceCodec::Pcmu],
        ..local()
    };
    let (theirs, text) = answer(&offer(&local()), &other).expect("agreed");
    let ours = accept(&text, &local()).expect("agreed");
    assert_eq!((ours.codec, theirs.codec), (VoiceCodec::Pcmu, VoiceCodec::Pcmu));
    assert_eq!((ours.remote, theirs.remote), (other.address, local().address));
    assert_eq!((ours.telephone_event, theirs.telephone_event), (Some(101), Some(101)));
    assert_eq!(accept(offered("m=audio 0 RTP/AVP 0\n").as_bytes(), &local()), Err(SdpError::NoAudio));
}

const KEY: &str = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

fn keys() -> LocalKeys {
    LocalKeys::from_luck([[1; 30], [2; 30], [3; 30]])
}

fn under(security: Security, lines: &str) -> Result<(Agreed, String), SdpError> {
    let local = LocalMedia { security, ..local() };
    answer(offered(lines).as_bytes(), &local).map(|(agreed, text)| (agreed, String::from_utf8(text).expect("text")))
}

#[test]
fn a_protected_offer_is_answered_with_the_first_suite_that_both_have() {
    for profile in ["RTP/SAVP", "RTP/SAVPF"] {
        let lines = format!(
            "m=audio 3000 {profile} 8\na=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:{KEY}\n\
             a=crypto:5 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^31\na=crypto:6 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\n"
        );
        for security in [Security::Accepted(keys()), Security::Demanded(keys())] {
            let (agreed, text) = under(security, &lines).expect("agreed");
            let srtp = agreed.srtp.expect("protected");
            assert_eq!((srtp.tag, srtp.suite), (5, Suite::AesCm128Sha1Tag32));
            assert_eq!((srtp.theirs.bytes(), srtp.ours.bytes()), (b"wDfvg&T+)xG7@fb5jU,RaA}\\|p0%*#", &[2; 30]));
            assert!(text.contains(&format!("m=audio 4000 {profile} 8\r\n")), "{text}");
            let ours = "a=crypto:5 AES_CM_128_HMAC_SHA1_32 inline:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC\r\n";
            assert!(text.contains(ours) && text.matches("a=crypto").count() == 1, "{text}");
            assert!(!format!("{agreed:?}").contains("2, 2"), "keys are not printed");
        }
        assert_eq!(under(Security::Plain, &lines).map(|_| ()), Err(SdpError::Encrypted));
    }
}

#[test]
fn who_demands_protection_takes_keys_on_a_plain_line_and_refuses_a_line_without() {
    let crypto = format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\n");
    let best_effort = format!("m=audio 3000 RTP/AVP 8\n{crypto}");
    let (agreed, text) = under(Security::Demanded(keys()), &best_effort).expect("agreed");
    assert!(agreed.srtp.is_some() && text.contains("RTP/AVP 8") && text.contains("a=crypto:1"), "{text}");
    let (agreed, text) = under(Security::Accepted(keys()), &best_effort).expect("agreed");
    assert!(agreed.srtp.is_none() && !text.contains("crypto"), "{text}");
    let plain = "m=audio 3000 RTP/AVP 8\n";
    assert_eq!(under(Security::Demanded(keys()), plain).map(|_| ()), Err(SdpError::Unprotected));
    for lines in ["m=audio 3000 RTP/SAVP 8\n", "m=audio 3000 UDP/TLS/RTP/SAVPF 8\na=setup:actpass\n"] {
        assert_eq!(under(Security::Accepted(keys()), lines).map(|_| ()), Err(SdpError::Encrypted), "{lines}");
    }
}

#[test]
fn of_a_plain_and_a_protected_stream_the_protected_one_is_taken() {
    let lines =
        format!("m=audio 3000 RTP/AVP 8\nm=audio 3002 RTP/SAVP 8\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\n");
    let (agreed, text) = under(Security::Accepted(keys()), &lines).expect("agreed");
    assert_eq!((agreed.remote.port(), agreed.srtp.is_some()), (3002, true));
    assert!(text.contains("m=audio 0 RTP/AVP 8\r\nm=audio 4000 RTP/SAVP 8\r\n"), "{text}");
}

#[test]
fn our_protected_offer_is_answered_by_ourselves_with_keys_that_fit() {
    let ours = LocalMedia { security: Security::Demanded(keys()), ..local() };
    let far = LocalKeys::from_luck([[4; 30], [5; 30], [6; 30]]);
    let other = LocalMedia {
        address: "198.51.100.7:5000".parse().expect("an address"),
        security: Security::Accepted(far),
        ..local()
    };
    let text = String::from_utf8(offer(&ours)).expect("text");
    assert!(text.contains("RTP/SAVP") && text.matches("a=crypto:").count() == 3, "{text}");
    // Whatever suite the peer takes, both have the same keys, crosswise.
    for suite in ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM"] {
        let only: Vec<&str> = text.lines().filter(|line| !line.contains("crypto") || line.contains(suite)).collect();
        let (theirs, answer) = answer((only.join("\r\n") + "\r\n").as_bytes(), &other).expect("agreed");
        let agreed = accept(&answer, &ours).expect("agreed");
        let (mine, peers) = (agreed.srtp.expect("protected"), theirs.srtp.expect("protected"));
        assert_eq!((mine.suite.name(), peers.suite.name()), (suite, suite));
        assert_eq!((mine.ours, mine.theirs), (peers.theirs, peers.ours));
    }
    let stripped = offered("m=audio 3000 RTP/AVP 8\n");
    assert_eq!(accept(stripped.as_bytes(), &ours).map(|_| ()), Err(SdpError::Unprotected));
    let foreign = offered(&format!("m=audio 3000 RTP/SAVP 8\na=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\n"));
    assert_eq!(accept(foreign.as_bytes(), &ours).map(|_| ()), Err(SdpError::Encrypted));
}

#[test]
fn who_offers_keys_on_a_plain_line_is_protected_when_the_far_end_takes_them() {
    let ours = LocalMedia { security: Security::Offered(keys()), ..local() };
    let text = String::from_utf8(offer(&ours)).expect("text");
    assert!(text.contains(" RTP/AVP ") && text.matches("a=crypto:").count() == 3, "{text}");
    let far = LocalKeys::from_luck([[4; 30], [5; 30], [6; 30]]);
    let address = "198.51.100.7:5000".parse().expect("an address");
    for (security, protected) in [
        (Security::Demanded(far), true),
        (Security::Offered(far), true),
        (Security::Accepted(far), false),
        (Security::Plain, false),
    ] {
        let other = LocalMedia { address, security, ..local() };
        let (theirs, answer) = answer(text.as_bytes(), &other).expect("agreed");
        let mine = accept(&answer, &ours).expect("agreed").srtp;
        assert_eq!((mine.is_some(), theirs.srtp.is_some()), (protected, protected), "{security:?}");
        if let (Some(mine), Some(theirs)) = (mine, theirs.srtp) {
            assert_eq!((mine.ours, mine.theirs), (theirs.theirs, theirs.ours));
        }
    }
    // What comes is taken as it is: plain, with keys, or protected.
    let crypto = format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\n");
    for (lines, protected) in [
        ("m=audio 3000 RTP/AVP 8\n".to_owned(), false),
        (format!("m=audio 3000 RTP/AVP 8\n{crypto}"), true),
        (format!("m=audio 3000 RTP/SAVP 8\n{crypto}"), true),
    ] {
        let (agreed, _) = under(Security::Offered(keys()), &lines).expect("agreed");
        assert_eq!(agreed.srtp.is_some(), protected, "{lines}");
    }
    // Keys under a number that we did not write belong to nothing of ours.
    let foreign = offered(&format!("m=audio 3000 RTP/AVP 8\na=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\n"));
    assert_eq!(accept(foreign.as_bytes(), &ours).map(|agreed| agreed.srtp), Ok(None));
}

#[test]
fn reports_share_the_port_when_both_say_so_and_never_go_to_a_third_host() {
    let reports = |lines: &str| agree(&format!("m=audio 3000 RTP/AVP 8\n{lines}")).expect("agreed").0.reports;
    let at = |text: &str| Reports::Apart(Some(text.parse().expect("an address")));
    assert_eq!(reports("a=rtcp-mux\n"), Reports::Muxed);
    assert_eq!(reports("a=rtcp:3007\n"), at("198.51.100.7:3007"));
    assert_eq!(reports("a=rtcp:3007 IN IP4 198.51.100.7\n"), at("198.51.100.7:3007"));
    for lines in ["", "a=rtcp:0\n", "a=rtcp:x\n", "a=rtcp:3007 IN IP4 203.0.113.9\n", "a=rtcp:3007 IN IP4 host\n"] {
        assert_eq!(reports(lines), Reports::Apart(None), "{lines}");
    }
    let (_, text) = agree("m=audio 3000 RTP/AVP 8\na=rtcp-mux\n").expect("agreed");
    assert!(text.contains("a=rtcp-mux\r\n"), "{text}");
}
