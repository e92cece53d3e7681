//! What a leg says, on its way to its peer and to recordings. This is the hot
//! path: a relayed packet takes a few look-ups and one copy; nothing is
//! allocated, locked or logged.

use super::{Engine, Output};
use crate::codec::{MAX_ENCODED, Samples, cross_law};
use crate::leg::{Format, Leg, Path, Ready};
use crate::limits::{FRAME_SAMPLES, INLINE_PAYLOAD};
use crate::recording::Piece;
use crate::rtp::{self, Header};
use crate::stream::Incoming;
use crate::telephone_event::Report;
use crate::{Codec, Event, LegId, PlaybackEnd};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// When something happens, on both clocks.
#[derive(Clone, Copy)]
struct Moment {
    now: Duration,
    instant: Instant,
}

impl Engine {
    pub(super) fn receive_plain(
        &mut self,
        id: LegId,
        from: SocketAddr,
        packet: &[u8],
        now: Duration,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return; // The leg was closed while the packet was on its way.
        };
        let Path::Plain(plain) = &mut leg.path else {
            return;
        };
        if rtp::is_rtcp(packet) {
            return;
        }
        let Some((header, payload)) =
            rtp::parse(packet).filter(|(header, _)| plain.latch.admit(from, header))
        else {
            leg.says.refused += 1;
            return;
        };
        self.heard(id, &header, payload, now);
    }

    /// Takes a packet that is the peer's.
    pub(super) fn heard(&mut self, id: LegId, header: &Header, payload: &[u8], now: Duration) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let format = leg.format(header.payload_type);
        let clock = match format {
            Format::Voice(codec) => codec.clock(),
            Format::Digits(clock) => clock,
            Format::Other => 8_000,
        };
        let Some(sequence) = leg.says.reception.note(header, clock, now) else {
            return;
        };
        leg.says.heard_at = now;
        leg.says.silence_told = false;
        if !leg.says.first_told {
            leg.says.first_told = true;
            self.outbox.push_back(Output::Event(Event::FirstSound { leg: id }));
        }
        let incoming = Incoming {
            sequence,
            timestamp: header.timestamp,
            ssrc: header.ssrc,
            marker: header.marker,
            clock,
            flowing: matches!(format, Format::Voice(_)),
        };
        match format {
            Format::Voice(codec) => self.heard_voice(id, codec, (incoming, payload), now),
            Format::Digits(_) => self.heard_digit(id, incoming, payload, now),
            // Comfort noise and what was never agreed are signs of life only.
            Format::Other => {}
        }
    }

    fn heard_voice(
        &mut self,
        id: LegId,
        codec: Codec,
        (incoming, payload): (Incoming, &[u8]),
        now: Duration,
    ) {
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.says.muted) else {
            return;
        };
        let recorded = leg.says.taps.iter().any(Option::is_some);
        let listener = leg.peer.filter(|peer| self.listens(*peer));
        let voice = listener
            .and_then(|peer| self.legs.get(&peer))
            .and_then(|peer| peer.voice(Some(codec)));
        let needs_samples = match voice {
            Some((other, _)) => other != codec && cross_law(codec, other).is_none(),
            None => false,
        };
        let moment = Moment { now, instant: self.instant(now) };
        let count = if recorded || needs_samples {
            self.decode(id, codec, (incoming.sequence, payload))
        } else {
            0
        };
        if recorded {
            self.tap(id, incoming, count, now);
        }
        let (Some(listener), Some((other, payload_type))) = (listener, voice) else {
            return;
        };
        let Engine { legs, samples, outbox, restless, .. } = self;
        let Some(peer) = legs.get_mut(&listener) else {
            return;
        };
        if needs_samples {
            let sound = samples.get(..count).unwrap_or_default();
            peer.join(incoming, (other, payload_type, sound), moment, outbox);
        } else {
            let law = cross_law(codec, other);
            peer.relay(incoming, (payload_type, law, payload), moment, outbox);
        }
        if matches!(peer.path, Path::Browser(_)) {
            restless.push(listener);
        }
    }

    /// Whether a leg would hear its peer now.
    fn listens(&self, leg: LegId) -> bool {
        self.legs.get(&leg).is_some_and(|leg| leg.hears.is_free() && leg.can_send())
    }

    /// Makes a packet linear in the engine's room; gives how many samples.
    fn decode(&mut self, id: LegId, codec: Codec, (sequence, payload): (u64, &[u8])) -> usize {
        let samples: &mut Samples = &mut self.samples;
        let Some(says) = self.legs.get_mut(&id).map(|leg| &mut leg.says) else {
            return 0;
        };
        // Opus remembers: a late packet would be decoded into the wrong past.
        if codec == Codec::Opus && sequence <= says.decoded {
            return 0;
        }
        says.decoded = sequence;
        says.decoder.decode(codec, payload, samples)
    }

    fn tap(&mut self, id: LegId, incoming: Incoming, count: usize, now: Duration) {
        let Some(leg) = self.legs.get(&id) else {
            return;
        };
        let piece = Piece {
            ssrc: incoming.ssrc,
            timestamp: incoming.timestamp,
            clock: incoming.clock,
            samples: self.samples.get(..count).unwrap_or_default(),
        };
        for (recording, channel) in leg.says.taps.iter().flatten() {
            if let Some(recording) = self.recordings.get_mut(recording) {
                recording.place(*channel, &piece, now);
            }
        }
    }

    fn heard_digit(&mut self, id: LegId, incoming: Incoming, payload: &[u8], now: Duration) {
        let Some(report) = Report::parse(payload) else {
            return;
        };
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let digit = leg.says.digits.receive(incoming.ssrc, incoming.timestamp, report);
        let interrupts = digit.is_some()
            && leg.hears.playback.as_ref().is_some_and(|playback| playback.interruptible);
        let peer = leg.peer.filter(|_| !leg.says.muted);
        if let Some(digit) = digit {
            self.tell(Event::Digit { leg: id, digit });
        }
        if interrupts {
            self.end_playback(id, PlaybackEnd::Interrupted);
        }
        let Some(peer) = peer.filter(|peer| self.listens(*peer)) else {
            return;
        };
        let moment = Moment { now, instant: self.instant(now) };
        let Engine { legs, outbox, restless, .. } = self;
        if let Some(leg) = legs.get_mut(&peer) {
            leg.relay_digit(incoming, report, moment, outbox);
            restless.push(peer);
        }
    }
}

impl Leg {
    /// Passes a packet of the peer on as it is, or law by law.
    fn relay(
        &mut self,
        incoming: Incoming,
        (payload_type, law, payload): (u8, Option<fn(u8) -> u8>, &[u8]),
        moment: Moment,
        outbox: &mut VecDeque<Output>,
    ) {
        self.hears.joiner.used = false;
        let Some(number) = self.hears.numbering.relayed(incoming, incoming.clock, moment.now)
        else {
            return;
        };
        let Some(law) = law else {
            self.send(&Ready { number, payload_type, payload }, moment.instant, outbox);
            return;
        };
        let mut room = [0; INLINE_PAYLOAD];
        let length = payload.len().min(room.len());
        for (byte, source) in room.iter_mut().zip(payload) {
            *byte = law(*source);
        }
        let payload = room.get(..length).unwrap_or_default();
        self.send(&Ready { number, payload_type, payload }, moment.instant, outbox);
    }

    /// Joins the peer's samples into frames of another codec.
    fn join(
        &mut self,
        incoming: Incoming,
        (codec, payload_type, sound): (Codec, u8, &[i16]),
        moment: Moment,
        outbox: &mut VecDeque<Output>,
    ) {
        let per_sample = (incoming.clock / 8_000).max(1);
        let joiner = &mut self.hears.joiner;
        joiner.used = true;
        let waiting = joiner.filled as u32 * per_sample;
        let follows = joiner.ssrc == incoming.ssrc
            && joiner.timestamp.wrapping_add(waiting) == incoming.timestamp;
        if joiner.filled == 0 || !follows {
            joiner.ssrc = incoming.ssrc;
            joiner.timestamp = incoming.timestamp;
            joiner.filled = 0;
        }
        for sample in sound {
            let joiner = &mut self.hears.joiner;
            if let Some(place) = joiner.samples.get_mut(joiner.filled) {
                *place = *sample;
                joiner.filled += 1;
            }
            if joiner.filled == FRAME_SAMPLES {
                self.send_joined(incoming, (codec, payload_type), moment, outbox);
            }
        }
    }

    fn send_joined(
        &mut self,
        incoming: Incoming,
        (codec, payload_type): (Codec, u8),
        moment: Moment,
        outbox: &mut VecDeque<Output>,
    ) {
        let hears = &mut self.hears;
        let mut room = [0; MAX_ENCODED];
        let length = hears.encoder.encode(codec, &hears.joiner.samples, &mut room);
        let frame = Incoming { timestamp: hears.joiner.timestamp, ..incoming };
        let number = hears.numbering.reframed(frame, codec.clock(), moment.now);
        let lasted = FRAME_SAMPLES as u32 * (incoming.clock / 8_000).max(1);
        hears.joiner.timestamp = hears.joiner.timestamp.wrapping_add(lasted);
        hears.joiner.filled = 0;
        let payload = room.get(..length).unwrap_or_default();
        self.send(&Ready { number, payload_type, payload }, moment.instant, outbox);
    }

    /// Passes a key of the peer on, in the payload type and clock of this leg.
    fn relay_digit(
        &mut self,
        incoming: Incoming,
        report: Report,
        moment: Moment,
        outbox: &mut VecDeque<Output>,
    ) {
        let voice_clock = self.voice(None).map_or(8_000, |(codec, _)| codec.clock());
        let Some((clock, payload_type)) = self.digits(voice_clock) else {
            return; // This peer understands no keys.
        };
        let numbering = &mut self.hears.numbering;
        let number = if self.hears.joiner.used {
            let number = numbering.reframed(incoming, clock, moment.now);
            Some(crate::stream::Number { marker: incoming.marker, ..number })
        } else {
            numbering.relayed(incoming, clock, moment.now)
        };
        let duration = u32::from(report.duration) * clock / incoming.clock.max(1);
        let report = Report {
            duration: u16::try_from(duration).unwrap_or(u16::MAX),
            ..report
        };
        if let Some(number) = number {
            let payload = &report.write();
            self.send(&Ready { number, payload_type, payload }, moment.instant, outbox);
        }
    }
}
