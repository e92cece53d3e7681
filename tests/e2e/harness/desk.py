"""An agent without a browser: the desk's WebSocket and a second WebRTC
implementation (aiortc), so that offers find a sound path and sound can be measured."""

import asyncio
import fractions
import json
import math
import threading
import time

import av
import websockets
from aiortc import AudioStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from .waiting import until

_loop = None
_loop_lock = threading.Lock()


def loop():
    """One event loop on a thread of its own serves all desks of a run."""
    global _loop
    with _loop_lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, daemon=True).start()
    return _loop


def run(coroutine, seconds=30):
    return asyncio.run_coroutine_threadsafe(coroutine, loop()).result(seconds)


class Microphone(AudioStreamTrack):
    """Says a tone, 20 ms at a time."""

    RATE = 8_000

    def __init__(self, hertz, level_db):
        super().__init__()
        self.hertz, self.amplitude = hertz, 32767 * 10 ** (level_db / 20)
        self.position, self.started = 0, None

    async def recv(self):
        self.started = self.started or time.monotonic()
        await asyncio.sleep(max(0.0, self.started + self.position / self.RATE - time.monotonic()))
        step = 2 * math.pi * self.hertz / self.RATE
        samples = b"".join(round(self.amplitude * math.sin(step * n)).to_bytes(2, "little", signed=True)
                           for n in range(self.position, self.position + 160))
        frame = av.AudioFrame(format="s16", layout="mono", samples=160)
        frame.planes[0].update(samples)
        frame.sample_rate, frame.pts, frame.time_base = self.RATE, self.position, fractions.Fraction(1, self.RATE)
        self.position += 160
        return frame


class Desk:
    """Signs in as an agent, opens the sound path, keeps every snapshot."""

    def __init__(self, api, hertz=1000, level_db=-12.0, on_snapshot=None, sound=True):
        self.api, self.hertz, self.level_db, self.sound = api, hertz, level_db, sound
        self.on_snapshot = on_snapshot  # called on the loop with (desk, snapshot)
        self.snapshots, self.others, self.heard = [], [], []
        self.answers, self._next_id, self.closed = {}, 0, False
        self.peer = None
        run(self._open())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    async def _open(self):
        ticket = await asyncio.to_thread(self.api.get, "/desk/ticket")
        address = self.api.url.replace("http", "ws", 1) + "/api/v1/desk?ticket=" + ticket["ticket"]
        self.socket = await websockets.connect(address, origin=self.api.url, max_size=2**20, proxy=None)
        self._tasks = [asyncio.ensure_future(self._read()), asyncio.ensure_future(self._ping())]
        if self.sound:
            await self._open_sound()

    async def _open_sound(self):
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.addTrack(Microphone(self.hertz, self.level_db))
        # G.711 only: its levels are exact. (Chromium offers Opus too.)
        known = RTCRtpSender.getCapabilities("audio").codecs
        self.peer.getTransceivers()[0].setCodecPreferences([codec for codec in known if codec.name in ("PCMU", "PCMA")])
        self.peer.on("track", lambda track: self._tasks.append(asyncio.ensure_future(self._listen(track))))
        await self.peer.setLocalDescription(await self.peer.createOffer())
        await self._send({"do": "offer_sound", "sdp": self.peer.localDescription.sdp})

    async def _read(self):
        try:
            async for text in self.socket:
                message = json.loads(text)
                kind = message["kind"]
                if kind == "desk":
                    self.snapshots.append(message["desk"])
                    if self.on_snapshot:
                        self.on_snapshot(self, message["desk"])
                elif kind == "sound_answer":
                    await self.peer.setRemoteDescription(RTCSessionDescription(message["sdp"], "answer"))
                elif kind in ("done", "refused") and "id" in message:
                    self.answers[message["id"]] = message
                else:
                    self.others.append(message)
        except websockets.ConnectionClosed:
            pass
        self.closed = True

    async def _ping(self):
        while True:
            await asyncio.sleep(10)
            await self._send({"do": "ping"})

    async def _listen(self, track):
        try:
            while True:
                frame = await track.recv()
                self.heard.append((time.time(), frame))
        except MediaStreamError:
            pass

    async def _send(self, message):
        try:
            await self.socket.send(json.dumps(message))
        except websockets.ConnectionClosed:
            self.closed = True

    # -- what a test says

    def send(self, do, **fields):
        """Without waiting for its answer; may be called on the loop's thread too."""
        self._next_id += 1
        asyncio.run_coroutine_threadsafe(self._send({"id": self._next_id, "do": do, **fields}), loop())
        return self._next_id

    def ask(self, do, **fields):
        """And waits for `done` or `refused`."""
        number = self.send(do, **fields)
        return until(f"the answer to {do}", lambda: self.answers.get(number), 10, every=0.01)

    def be_ready(self):
        """Ready with a sound path: calls can come."""
        self.wait(lambda desk: desk["sound"] == "connected", "the sound path")
        if self.state != "ready":
            self.ask("be_ready")
        return self.wait_state("ready")

    def accept(self):
        offer = self.wait_state("offered")["presence"]["offer"]
        answer = self.ask("accept", offer=offer)
        assert answer["kind"] == "done", answer
        return self.wait_state("talking")

    @property
    def now(self):
        return self.snapshots[-1] if self.snapshots else None

    @property
    def state(self):
        return self.now["presence"]["state"] if self.now else None

    def wait(self, test, what, seconds=20.0):
        return until(f"{self.api.url} desk: {what} (state {self.state})",
                     lambda: self.now if self.now and test(self.now) else None, seconds, every=0.01)

    def wait_state(self, *states, seconds=20.0):
        return self.wait(lambda desk: desk["presence"]["state"] in states, " or ".join(states), seconds)

    def samples(self, since=0.0, to=float("inf")):
        """What the agent heard, mono, and at which rate."""
        rate, samples = 8_000, []
        for at, frame in list(self.heard):
            if since <= at < to:
                rate = frame.sample_rate
                values = memoryview(bytes(frame.planes[0])).cast("h")[:frame.samples * len(frame.layout.channels)]
                samples.extend(value / 32768.0 for value in values[::len(frame.layout.channels)])
        return rate, samples

    def close(self):
        run(self._close())

    async def _close(self):
        for task in self._tasks:
            task.cancel()
        if self.peer:
            await self.peer.close()
        await self.socket.close()
        self.closed = True
