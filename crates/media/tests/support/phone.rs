//! A phone that speaks plain RTP: a tone, keys, and an ear for what comes.

use super::tone;
use media::telephone_event::{Place, Report, Sender, Step};
use media::{Codec, LegId, PlainParams, Transport, g711, rtp};
use std::net::SocketAddr;
use std::time::Duration;

pub const EVENTS: u8 = 101;

pub struct Phone {
    pub leg: LegId,
    pub address: SocketAddr,
    /// What its SDP says; a NAT may make it differ from `address`.
    pub signalled: SocketAddr,
    pub codec: Codec,
    pub tone: Vec<i16>,
    pub keys: Sender,
    pub next: Option<Duration>,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    event_timestamp: u32,
    said: usize,
    pub packets: Vec<(Duration, rtp::Header, Vec<u8>)>,
}

impl Phone {
    pub fn new(leg: u64, codec: Codec, hertz: f64) -> Phone {
        let address = SocketAddr::from(([10, 0, 1, leg as u8], 4_000));
        Phone {
            leg: LegId(leg),
            address,
            signalled: address,
            codec,
            tone: tone::sine(hertz, 1_000),
            keys: Sender::default(),
            next: Some(Duration::from_millis(7 + leg)),
            sequence: 65_500,
            timestamp: u32::MAX - 3_000,
            ssrc: 1_000 + leg as u32,
            event_timestamp: 0,
            said: 0,
            packets: Vec::new(),
        }
    }

    pub fn params(&self) -> PlainParams {
        PlainParams {
            remote: Some(self.signalled),
            transport: Transport::default(),
            codec: self.codec,
            payload_type: payload_type(self.codec),
            telephone_event: Some(EVENTS),
            sending: true,
        }
    }

    pub fn tick(&mut self) -> Vec<Vec<u8>> {
        self.next = self.next.map(|next| next + Duration::from_millis(20));
        self.timestamp = self.timestamp.wrapping_add(160);
        match self.keys.tick(160) {
            Some(Step::Down(report)) => {
                self.event_timestamp = self.timestamp;
                vec![self.packet(true, EVENTS, self.event_timestamp, &report.write())]
            }
            Some(Step::Goes(report)) => {
                vec![self.packet(false, EVENTS, self.event_timestamp, &report.write())]
            }
            Some(Step::Pause) => vec![],
            None => {
                let samples: Vec<i16> = (0..160).map(|n| self.tone[(self.said + n) % self.tone.len()]).collect();
                self.said += 160;
                let payload: Vec<u8> = samples
                    .iter()
                    .map(|sample| match self.codec {
                        Codec::Pcmu => g711::linear_to_ulaw(*sample),
                        Codec::Pcma => g711::linear_to_alaw(*sample),
                        Codec::G722 | Codec::Opus => unreachable!("phones speak G.711"),
                    })
                    .collect();
                vec![self.packet(false, payload_type(self.codec), self.timestamp, &payload)]
            }
        }
    }

    pub fn packet(&mut self, marker: bool, payload_type: u8, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        let header = rtp::Header { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc };
        [&rtp::write(&header)[..], payload].concat()
    }

    pub fn receive(&mut self, packet: &[u8], now: Duration) {
        let (header, payload) = rtp::parse(packet).expect("the engine sends RTP");
        self.packets.push((now, header, payload.to_vec()));
    }

    /// Everything it heard, each packet at its timestamp.
    pub fn heard(&self) -> Vec<i16> {
        let voice: Vec<_> = self.packets.iter().filter(|(_, header, _)| header.payload_type != EVENTS).collect();
        let Some((_, first, _)) = voice.first() else {
            return vec![];
        };
        let mut line = Vec::new();
        for (_, header, payload) in &voice {
            let at = header.timestamp.wrapping_sub(first.timestamp) as i32;
            let Ok(at) = usize::try_from(at) else {
                continue;
            };
            line.resize(line.len().max(at + payload.len()), 0);
            for (sample, byte) in line[at..].iter_mut().zip(payload) {
                *sample = match header.payload_type {
                    0 => g711::ulaw_to_linear(*byte),
                    8 => g711::alaw_to_linear(*byte),
                    other => panic!("payload type {other} was not agreed"),
                };
            }
        }
        line
    }

    /// The keys it heard.
    pub fn keys_heard(&self) -> String {
        let mut receiver = media::telephone_event::Receiver::default();
        let first = self.packets.first().map_or(0, |(_, header, _)| header.sequence);
        self.packets
            .iter()
            .filter(|(_, header, _)| header.payload_type == EVENTS)
            .filter_map(|(_, header, payload)| {
                let report = Report::parse(payload).expect("a report");
                // Tests are shorter than a turn of the sequence.
                let sequence = u64::from(header.sequence.wrapping_sub(first)) + 65_536;
                receiver.receive(Place { ssrc: header.ssrc, sequence, timestamp: header.timestamp }, report)
            })
            .collect()
    }

    pub fn forget(&mut self) {
        self.packets.clear();
    }
}

pub fn payload_type(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::G722 => 9,
        Codec::Opus => 111,
    }
}
