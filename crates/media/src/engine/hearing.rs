//! What a leg says, on its way to its peer and to recordings. This is the hot
//! path: a relayed packet takes a few look-ups and one copy; nothing is locked
//! or logged. Between plain legs nothing is allocated either
//! (`tests/allocations.rs`); on browser legs the WebRTC library allocates.

use super::{Engine, Output};
use crate::codec::{MAX_ENCODED, cross_law};
use crate::leg::{Arrival, Format, Leg, Path, Ready};
use crate::limits::{FRAME_SAMPLES, INLINE_PAYLOAD, LEVEL_EVERY};
use crate::recording::Piece;
use crate::rtp::{self, Header};
use crate::stream::{Incoming, Number};
use crate::telephone_event::{Place, Report};
use crate::{Codec, Event, LegId, PlaybackEnd};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A packet of sound as its speaker sent it.
#[derive(Clone, Copy)]
struct Spoken<'a> {
    incoming: Incoming,
    codec: Codec,
    payload: &'a [u8],
}

/// What a packet's samples are wanted for, beside its listener.
struct Wanted {
    recorded: bool,
    keys: bool,
    levels: bool,
}

/// A leg that hears now, and how.
#[derive(Clone, Copy)]
struct Ear {
    leg: LegId,
    codec: Codec,
    payload_type: u8,
    metered: bool,
}

/// The way to a listener: what it understands, when it is, and the door.
struct Way<'a> {
    codec: Codec,
    payload_type: u8,
    now: Duration,
    instant: Instant,
    outbox: &'a mut VecDeque<Output>,
}

impl Engine {
    pub(super) fn receive_plain(&mut self, id: LegId, arrival: &Arrival<'_>) {
        if rtp::is_rtcp(arrival.packet) {
            return self.receive_report(id, arrival);
        }
        let Some(leg) = self.legs.get_mut(&id) else {
            return; // The leg was closed while the packet was on its way.
        };
        let Path::Plain(plain) = &mut leg.path else {
            return;
        };
        // Lent for the time that its sound is heard.
        let mut room = std::mem::take(&mut self.opened);
        match plain.read(arrival, &mut room) {
            Some((header, payload)) => self.heard(id, &header, payload, arrival.now),
            None => leg.says.refused += 1,
        }
        self.opened = room;
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
        if std::mem::take(&mut leg.says.unheard) {
            let lasted = now.saturating_sub(leg.says.heard_at);
            self.outbox.push_back(Output::Event(Event::SoundAgain { leg: id, lasted }));
        }
        leg.begin_silence(now);
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
            Format::Voice(codec) => {
                self.heard_voice(id, Spoken { incoming, codec, payload }, now);
            }
            Format::Digits(_) => self.heard_digit(id, incoming, payload, now),
            // Comfort noise and what was never agreed are signs of life only.
            Format::Other => {}
        }
    }

    fn heard_voice(&mut self, id: LegId, spoken: Spoken<'_>, now: Duration) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.says.muted) else {
            return;
        };
        if let Some(playout) = &mut leg.says.playout {
            playout.take(spoken.incoming, spoken.codec, spoken.payload);
        }
        let wanted = leg.wanted(&spoken);
        let listener = leg.peer.and_then(|peer| self.listener(peer, spoken.codec));
        let needs_samples =
            listener.is_some_and(|ear| ear.codec != spoken.codec && cross_law(spoken.codec, ear.codec).is_none());
        let metered = listener.is_some_and(|ear| ear.metered);
        let count = if wanted.any() || needs_samples || metered { self.decode(id, spoken) } else { 0 };
        self.look_at(id, &wanted, count);
        if wanted.recorded {
            self.tap(id, spoken.incoming, count, now);
        }
        let Some(ear) = listener else {
            return;
        };
        let instant = self.instant(now);
        let Engine { legs, samples, outbox, restless, .. } = self;
        let Some(peer) = legs.get_mut(&ear.leg) else {
            return;
        };
        let sound = samples.get(..count).unwrap_or_default();
        if let Some(meters) = &mut peer.meters {
            meters.heard.take(sound);
        }
        let mut way = Way { codec: ear.codec, payload_type: ear.payload_type, now, instant, outbox };
        if needs_samples {
            peer.join(spoken.incoming, sound, &mut way);
        } else {
            peer.relay(spoken, &mut way);
        }
        if matches!(peer.path, Path::Browser(_)) {
            restless.push(ear.leg);
        }
    }

    /// Looks at what a packet holds, for meters and for keys.
    fn look_at(&mut self, id: LegId, wanted: &Wanted, count: usize) {
        let Engine { legs, samples, .. } = self;
        let Some(leg) = legs.get_mut(&id).filter(|_| count > 0) else {
            return;
        };
        let sound = samples.get(..count).unwrap_or_default();
        leg.says.speech.take(sound);
        if let Some(meters) = &mut leg.meters {
            meters.said.take(sound);
        }
        let Some(detector) = leg.says.tones.as_mut().filter(|_| wanted.keys) else {
            return;
        };
        for digit in detector.hear(sound) {
            self.pressed(id, digit);
        }
    }

    /// A leg that would hear its peer now, and how it wants this codec's sound.
    fn listener(&self, id: LegId, spoken: Codec) -> Option<Ear> {
        let leg = self.legs.get(&id)?;
        if !leg.hears.is_free() || !leg.can_send() {
            return None;
        }
        let (codec, payload_type) = leg.voice(Some(spoken))?;
        Some(Ear { leg: id, codec, payload_type, metered: leg.meters.is_some() })
    }

    /// Makes a packet linear in the engine's room; gives how many samples.
    fn decode(&mut self, id: LegId, spoken: Spoken<'_>) -> usize {
        let Some(says) = self.legs.get_mut(&id).map(|leg| &mut leg.says) else {
            return 0;
        };
        // G.722 and Opus remember: a late packet would be decoded into the wrong past,
        // and a new source has none.
        let Incoming { ssrc, sequence, .. } = spoken.incoming;
        match says.decoded {
            Some((source, newest)) if source == ssrc => {
                if matches!(spoken.codec, Codec::G722 | Codec::Opus) && sequence <= newest {
                    return 0;
                }
            }
            Some(_) | None => says.decoder.forget(),
        }
        says.decoded = Some((ssrc, sequence));
        says.decoder.decode(spoken.codec, spoken.payload, &mut self.samples)
    }

    fn tap(&mut self, id: LegId, incoming: Incoming, count: usize, now: Duration) {
        let Engine { legs, recordings, samples, outbox, .. } = self;
        let Some(leg) = legs.get(&id) else {
            return;
        };
        let piece = Piece {
            ssrc: incoming.ssrc,
            timestamp: incoming.timestamp,
            clock: incoming.clock,
            samples: samples.get(..count).unwrap_or_default(),
        };
        for (recording, channel) in leg.says.taps.iter().flatten() {
            if let Some(recording) = recordings.get_mut(recording) {
                outbox.extend(std::iter::from_fn(|| recording.take_crowded(now)).map(Output::Recording));
                recording.place(*channel, &piece, now);
            }
        }
    }

    /// A key went down: it is told, and may end what the leg is played.
    fn pressed(&mut self, id: LegId, digit: char) {
        self.tell(Event::Digit { leg: id, digit });
        let playback = self.legs.get(&id).and_then(|leg| leg.hears.playback.as_ref());
        if playback.is_some_and(|playback| playback.interruptible) {
            self.end_playback(id, PlaybackEnd::Interrupted);
        }
    }

    fn heard_digit(&mut self, id: LegId, incoming: Incoming, payload: &[u8], now: Duration) {
        let Some(report) = Report::parse(payload) else {
            return;
        };
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let place = Place { ssrc: incoming.ssrc, sequence: incoming.sequence, timestamp: incoming.timestamp };
        let digit = leg.says.digits.receive(place, report);
        let peer = leg.peer.filter(|_| !leg.says.muted);
        if let Some(digit) = digit {
            self.pressed(id, digit);
        }
        let Some(Ear { leg: listener, codec, .. }) = peer.and_then(|peer| self.listener(peer, Codec::Pcmu)) else {
            return;
        };
        let instant = self.instant(now);
        let Engine { legs, outbox, restless, .. } = self;
        if let Some(leg) = legs.get_mut(&listener)
            && let Some((clock, payload_type)) = leg.digits(codec.clock())
        {
            let mut way = Way { codec, payload_type, now, instant, outbox };
            leg.relay_digit(incoming, report, (clock, &mut way));
            restless.push(listener);
        }
    }
}

impl Wanted {
    fn any(&self) -> bool {
        self.recorded || self.keys || self.levels
    }
}

impl Leg {
    /// What the samples of a packet of this leg are wanted for.
    fn wanted(&self, spoken: &Spoken<'_>) -> Wanted {
        // Laws are cheap to look at; other codecs only when somebody watches.
        let looked_at = match spoken.codec {
            Codec::Pcmu | Codec::Pcma => spoken.incoming.sequence.is_multiple_of(LEVEL_EVERY),
            Codec::G722 | Codec::Opus => false,
        };
        Wanted {
            recorded: self.says.taps.iter().any(Option::is_some),
            keys: self.says.tones.is_some() && self.digits(spoken.codec.clock()).is_none(),
            levels: looked_at || self.meters.is_some(),
        }
    }

    /// Passes a packet of the peer on as it is, or law by law.
    fn relay(&mut self, spoken: Spoken<'_>, way: &mut Way<'_>) {
        self.hears.joiner.used = false;
        let clock = way.codec.clock();
        let Some(number) = self.hears.numbering.relayed(spoken.incoming, clock, way.now) else {
            return; // From before the bridge.
        };
        let Some(law) = cross_law(spoken.codec, way.codec) else {
            self.send_by(way, number, spoken.payload);
            return;
        };
        let mut room = [0; INLINE_PAYLOAD];
        let length = spoken.payload.len().min(room.len());
        for (byte, source) in room.iter_mut().zip(spoken.payload) {
            *byte = law(*source);
        }
        self.send_by(way, number, room.get(..length).unwrap_or_default());
    }

    /// Joins the peer's samples into frames of another codec.
    fn join(&mut self, incoming: Incoming, sound: &[i16], way: &mut Way<'_>) {
        let per_sample = (incoming.clock / 8_000).max(1);
        let joiner = &mut self.hears.joiner;
        joiner.used = true;
        let waiting = joiner.filled as u32 * per_sample;
        let follows = joiner.ssrc == incoming.ssrc && joiner.timestamp.wrapping_add(waiting) == incoming.timestamp;
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
                self.send_joined(incoming, way);
            }
        }
    }

    fn send_joined(&mut self, incoming: Incoming, way: &mut Way<'_>) {
        let hears = &mut self.hears;
        let mut room = [0; MAX_ENCODED];
        let length = hears.encoder.encode(way.codec, &hears.joiner.samples, &mut room);
        let frame = Incoming { timestamp: hears.joiner.timestamp, ..incoming };
        let number = hears.numbering.reframed(frame, way.codec.clock(), way.now);
        let lasted = FRAME_SAMPLES as u32 * (incoming.clock / 8_000).max(1);
        hears.joiner.timestamp = hears.joiner.timestamp.wrapping_add(lasted);
        hears.joiner.filled = 0;
        self.send_by(way, number, room.get(..length).unwrap_or_default());
    }

    /// Passes a key of the peer on, in the payload type and clock of this leg.
    fn relay_digit(&mut self, incoming: Incoming, report: Report, (clock, way): (u32, &mut Way<'_>)) {
        let numbering = &mut self.hears.numbering;
        let number = if self.hears.joiner.used {
            let number = numbering.reframed(incoming, clock, way.now);
            Some(Number { marker: incoming.marker, ..number })
        } else {
            numbering.relayed(incoming, clock, way.now)
        };
        let duration = u64::from(report.duration) * u64::from(clock) / u64::from(incoming.clock.max(1));
        let report = Report { duration: u16::try_from(duration).unwrap_or(u16::MAX), ..report };
        if let Some(number) = number {
            self.send_by(way, number, &report.write());
        }
    }

    fn send_by(&mut self, way: &mut Way<'_>, number: Number, payload: &[u8]) {
        let ready = Ready { number, payload_type: way.payload_type, payload };
        self.send(&ready, way.instant, way.outbox);
    }
}
