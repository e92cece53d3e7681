//! Which RFCs the code cites, and how far each is supported: `docs/rfc-index.md`
//! is written from the citations and the table below, and must be up to date.

use crate::tree::{Tree, root};
use std::collections::BTreeMap;

const PAGE: &str = "docs/rfc-index.md";

/// What a reader is told about each RFC that the code may cite.
const KNOWN: &[(u32, &str, &str)] = &[
    (768, "User Datagram Protocol", "transport only"),
    (2045, "MIME part one", "Content-Type syntax only"),
    (1035, "Domain names", "their greatest length"),
    (1123, "Requirements for hosts", "how a host name is written"),
    (2069, "HTTP digest, the oldest form", "answered when challenged without qop, never asked for"),
    (2543, "SIP, the older version", "what RFC 3261 keeps of it"),
    (2617, "HTTP digest, the older form", "what old phones send"),
    (2782, "SRV records", "priority and weight, for carriers' gateways"),
    (2833, "RTP payload for DTMF, older", "as RFC 4733"),
    (3261, "SIP: Session Initiation Protocol", "user agent sides; no proxy"),
    (3262, "Reliable provisional responses", "both ways; no offer in PRACK"),
    (3263, "Locating SIP servers", "NAPTR, SRV and addresses, by the transport that the trunk names"),
    (3264, "Offer and answer with SDP", "audio; other media refused"),
    (3311, "SIP UPDATE", "answered before and after the answer; sent to refresh sessions"),
    (3323, "Privacy in SIP", "anonymous callers recognised and sent"),
    (3325, "P-Asserted-Identity", "read from trunks and sent"),
    (3326, "Reason header", "read and sent"),
    (3327, "Path header", "kept by the registrar, the Route of calls to phones"),
    (3389, "RTP comfort noise", "not generated"),
    (3398, "ISUP to SIP mapping", "causes of calls out that were refused"),
    (3403, "NAPTR records", "what RFC 3263 needs of them"),
    (3515, "SIP REFER", "received inside dialogs, with notices; not sent"),
    (3550, "RTP", "what two-party sound needs"),
    (3551, "RTP profile for audio and video", "static types 0 and 8"),
    (3581, "rport", "yes"),
    (3605, "RTCP port in SDP", "ignored"),
    (3711, "SRTP", "plain legs; browser legs through str0m"),
    (3891, "Replaces header", "received in INVITE and Refer-To; not sent"),
    (3892, "Referred-By header", "not read; sent to the telephone that a transfer calls"),
    (3960, "Early media", "not yet"),
    (3966, "tel URIs", "read as numbers"),
    (4028, "Session timers", "both sides"),
    (4180, "CSV", "not yet"),
    (4291, "IPv6 addressing", "literal addresses"),
    (4475, "SIP torture tests", "the messages are tests"),
    (4566, "SDP, older", "as RFC 8866"),
    (4568, "SDES keys in SDP", "without key identifiers"),
    (4648, "Base64", "keys in SDP"),
    (4733, "RTP payload for DTMF", "both ways"),
    (4961, "Symmetric RTP", "yes"),
    (5057, "Several uses of a dialog", "which answers mean that a dialog is gone"),
    (5118, "SIP torture tests for IPv6", "the messages are tests"),
    (5245, "ICE, older", "as RFC 8445"),
    (5389, "STUN, older", "as RFC 8489"),
    (5390, "Overload requirements for SIP", "shedding with 503"),
    (5589, "SIP call transfer", "blind and attended, asked for by telephones"),
    (5621, "Message bodies in SIP", "multipart: the SDP part is found"),
    (5626, "SIP outbound", "keep-alives on streams; pauses between registrations"),
    (5761, "RTP and RTCP on one port", "all legs"),
    (5763, "DTLS-SRTP framework", "browser legs"),
    (5764, "DTLS extension for SRTP", "through str0m"),
    (5769, "STUN test vectors", "through str0m"),
    (5806, "Diversion header", "read and sent"),
    (5922, "Domain certificates in SIP", "names of carriers verified; wildcards accepted"),
    (6026, "Correct 2xx handling in INVITE transactions", "yes"),
    (6455, "WebSocket", "the desk"),
    (6598, "Shared address space of carriers (100.64.0.0/10)", "as private addresses"),
    (6665, "SIP events", "notices of transfers only"),
    (6716, "Opus", "browser legs"),
    (7022, "RTCP CNAME", "random for each leg"),
    (7044, "History-Info", "read"),
    (7118, "SIP over WebSocket", "server side; TLS by a proxy"),
    (7332, "Loop detection for back-to-back user agents", "a call without hops left is refused; hops are handed on"),
    (7339, "SIP overload control", "shedding with 503"),
    (7433, "User-to-User", "read, kept in the record"),
    (7587, "RTP payload for Opus", "browser legs"),
    (7616, "HTTP digest", "MD5, SHA-256 and, answered only, SHA-512-256; qop=auth"),
    (7714, "AES-GCM in SRTP", "128 bits"),
    (7983, "Demultiplexing on one port", "browser legs"),
    (8445, "ICE", "lite, through str0m"),
    (8489, "STUN", "through str0m"),
    (8760, "Digest algorithms for SIP", "SHA-256 before MD5"),
    (8829, "JSEP", "what a browser's offer needs"),
    (8842, "DTLS in SDP", "browser legs; no new association within a call"),
    (8866, "SDP", "audio sessions"),
    (9110, "HTTP semantics", "ranges, conditions"),
];

/// Checks that every citation is known and that the page is up to date.
pub fn check(tree: &Tree, faults: &mut Vec<String>) {
    let cited = citations(tree);
    for (number, places) in &cited {
        if !KNOWN.iter().any(|(known, _, _)| known == number) {
            faults.push(format!("{}: cites RFC {number}, which xtask's rfc.rs does not know", places[0]));
        }
    }
    let written = std::fs::read_to_string(root().join(PAGE)).unwrap_or_default();
    if written != page(&cited) {
        faults.push(format!("{PAGE}: out of date; run cargo xtask gen"));
    }
}

/// Writes the page.
pub fn write() -> Result<(), String> {
    let tree = Tree::read()?;
    std::fs::write(root().join(PAGE), page(&citations(&tree))).map_err(|error| format!("{PAGE}: {error}"))
}

/// Number → files that cite it.
fn citations(tree: &Tree) -> BTreeMap<u32, Vec<String>> {
    let mut cited: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let ours = tree.files.iter().filter(|file| file.path.starts_with("crates/") && file.path.ends_with(".rs"));
    for file in ours.filter(|file| !file.path.starts_with("crates/xtask/")) {
        for number in numbers(&file.text) {
            let places = cited.entry(number).or_default();
            if places.last() != Some(&file.path) {
                places.push(file.path.clone());
            }
        }
    }
    cited
}

/// `RFC 3261` and `rfc3261:7541` both count.
fn numbers(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("RFC ").chain(text.match_indices("rfc")) {
        let digits: String =
            text[at + 3..].trim_start_matches(' ').chars().take_while(char::is_ascii_digit).take(6).collect();
        if let Ok(number) = digits.parse() {
            found.push(number);
        }
    }
    found
}

fn page(cited: &BTreeMap<u32, Vec<String>>) -> String {
    let mut page = String::from(
        "# RFCs\n\n<!-- Written by `cargo xtask gen` from the citations in crates/. Do not edit. -->\n\n\
         What the code cites, and how far it goes.\n\n| RFC | Title | Support | Where |\n|---|---|---|---|\n",
    );
    for (number, places) in cited {
        let (title, support) = match KNOWN.iter().find(|(known, _, _)| known == number) {
            Some((_, title, support)) => (*title, *support),
            None => ("?", "?"),
        };
        let more = if places.len() > 3 { format!(" and {} more", places.len() - 3) } else { String::new() };
        let shown: Vec<String> =
            places.iter().take(3).map(|place| format!("`{}`", place.trim_start_matches("crates/"))).collect();
        page.push_str(&format!(
            "| [{number}](https://www.rfc-editor.org/rfc/rfc{number}) | {title} | {support} | {}{more} |\n",
            shown.join(", ")
        ));
    }
    page
}
