"""aiortc with SIP over WebSocket around it: a telephone that is neither a browser nor JsSIP.
It knows what the tests need: REGISTER with a digest, calls both ways, hold, BYE."""

import asyncio
import hashlib
import re
import time
import uuid

import websockets
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from harness import tones
from harness.desk import Microphone, loop, run
from harness.waiting import until


class Message:
    """A SIP message, taken apart."""

    def __init__(self, text):
        head, _, self.body = text.partition("\r\n\r\n")
        self.start, *lines = head.split("\r\n")
        self.lines = [line.split(":", 1) for line in lines if ":" in line]
        self.status = int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else None

    def get(self, name, default=""):
        return next((value.strip() for key, value in self.lines if key.strip().lower() == name.lower()), default)

    def all(self, name):
        return [f"{key}:{value}" for key, value in self.lines if key.strip().lower() == name.lower()]

    @property
    def method(self):
        return self.get("CSeq").split()[-1]


class WebSocketPhone:
    """One telephone, registered; at most one call at a time."""

    def __init__(self, server, account, hertz, level_db=-12.0, codecs=("PCMU", "PCMA")):
        self.user, self.realm, self.password = account["user"], account["realm"], account["password"]
        self.address = server.http_url.replace("http", "ws", 1) + "/sip"
        self.hertz, self.level_db, self.codecs = hertz, level_db, codecs
        self.contact = f"<sip:{self.user}@{uuid.uuid4().hex[:12]}.invalid;transport=ws>"
        self.heard, self.calls_in, self.ended, self.answers = [], [], 0, {}
        self.peer, self.dialog, self._cseq, self._tasks = None, None, 1, []
        run(self._open())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        run(self._close())

    # -- what a test says

    def call_later(self, user):
        """Calls without waiting for the answer."""
        self._calling = asyncio.run_coroutine_threadsafe(self._call(f"sip:{user}@{self.realm}"), loop())

    def wait_up(self):
        """Until the call is answered."""
        self._calling.result(20)

    def pick_up(self):
        """Until it rings, and then answers."""
        until("the telephone to ring", lambda: self.calls_in, 10)
        run(self._pick_up(self.calls_in.pop()))

    def hold(self):
        run(self._offer_again("sendonly"))

    def resume(self):
        run(self._offer_again("sendrecv"))

    def hang_up(self):
        run(self._hang_up())

    def hears(self, hertz, level, within=2.0, seconds=8):
        """This tone and nothing else for a second, from now on."""
        since = time.time()
        rate, heard = until(f"{hertz} Hz in aiortc", lambda: self._tone(hertz, since), seconds, every=0.2)
        tones.check_tone(heard, hertz, level, rate, within, "aiortc")

    def silent(self, seconds=0.6):
        since = time.time()
        time.sleep(seconds)
        return not [at for at, _ in self.heard if at >= since]

    def _tone(self, hertz, since):
        frames = [frame for at, frame in list(self.heard) if at >= since][-50:]
        samples = [value / 32768.0 for frame in frames
                   for value in memoryview(bytes(frame.planes[0])).cast("h")[:frame.samples * len(frame.layout.channels):len(frame.layout.channels)]]
        rate = frames[0].sample_rate if frames else 8_000
        return (rate, samples) if len(samples) > rate * 0.9 and tones.is_tone(samples, hertz, rate) else None

    # -- SIP

    async def _open(self):
        self.socket = await websockets.connect(self.address, subprotocols=["sip"], proxy=None)
        self._tasks.append(asyncio.ensure_future(self._read()))
        to = f"<sip:{self.user}@{self.realm}>"
        answer = await self._ask("REGISTER", f"sip:{self.realm}", to, uuid.uuid4().hex, extra=[f"Contact: {self.contact};expires=120"])
        assert answer.status == 200, answer.start

    async def _close(self):
        for task in self._tasks:
            task.cancel()
        if self.peer:
            await self.peer.close()
        await self.socket.close()

    async def _read(self):
        async for text in self.socket:
            message = Message(text if isinstance(text, str) else text.decode())
            if message.status:
                if message.status >= 200:
                    waiting = self.answers.pop((message.get("Call-ID"), message.get("CSeq")), None)
                    if waiting and not waiting.done():
                        waiting.set_result(message)
            else:
                await self._take(message)

    async def _take(self, request):
        if request.method == "INVITE":
            await self._reply(request, "180 Ringing")
            self.calls_in.append(request)
        elif request.method == "BYE":
            await self._reply(request, "200 OK")
            await self._over()
        elif request.method != "ACK":
            await self._reply(request, "200 OK")

    async def _reply(self, request, status, body=""):
        to = request.get("To") if ";tag=" in request.get("To") else request.get("To") + ";tag=here"
        lines = [f"SIP/2.0 {status}", *request.all("Via"), *request.all("Record-Route"), f"From: {request.get('From')}", f"To: {to}",
                 f"Call-ID: {request.get('Call-ID')}", f"CSeq: {request.get('CSeq')}", f"Contact: {self.contact}"]
        await self._send(lines, body)

    async def _send(self, lines, body=""):
        lines = [*lines, *(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(body.encode())}", "", body]
        await self.socket.send("\r\n".join(lines))

    async def _request(self, method, uri, to, call_id, extra=(), body="", sequence=None, tag="us"):
        sequence = sequence or self._cseq
        await self._send([f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/WS there.invalid;branch=z9hG4bK{uuid.uuid4().hex}", "Max-Forwards: 70",
                          f"From: <sip:{self.user}@{self.realm}>;tag={tag}", f"To: {to}", f"Call-ID: {call_id}", f"CSeq: {sequence} {method}", *extra], body)

    async def _ask(self, method, uri, to, call_id, extra=(), body="", tag="us"):
        """Until the final answer, proving the password where it is asked for."""
        proof = []
        for _ in range(2):
            self._cseq += 1
            waiting = self.answers[(call_id, f"{self._cseq} {method}")] = asyncio.get_running_loop().create_future()
            await self._request(method, uri, to, call_id, [*extra, *proof], body, tag=tag)
            answer = await asyncio.wait_for(waiting, 20)
            if answer.status not in (401, 407):
                return answer
            if method == "INVITE":
                await self._request("ACK", uri, answer.get("To"), call_id, sequence=self._cseq, tag=tag)
            proof = [self._proof(method, uri, answer)]
        return answer

    def _proof(self, method, uri, answer):
        asked = answer.get("WWW-Authenticate") or answer.get("Proxy-Authenticate")
        name = "Authorization" if answer.status == 401 else "Proxy-Authorization"
        said = dict(re.findall(r'(\w+)="?([^",]+)"?', asked))
        digest = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731
        secret = digest(f"{self.user}:{said['realm']}:{self.password}")
        response = digest(f"{secret}:{said['nonce']}:00000001:cafe:auth:{digest(f'{method}:{uri}')}")
        return (f'{name}: Digest username="{self.user}", realm="{said["realm"]}", nonce="{said["nonce"]}", uri="{uri}", '
                f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="cafe"')

    # -- calls

    def _new_peer(self):
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.on("track", lambda track: self._tasks.append(asyncio.ensure_future(self._listen(track))))

    def _speak(self):
        self.peer.addTrack(Microphone(self.hertz, self.level_db))
        known = RTCRtpSender.getCapabilities("audio").codecs
        self.peer.getTransceivers()[0].setCodecPreferences([codec for codec in known if codec.name in self.codecs])

    async def _listen(self, track):
        try:
            while True:
                self.heard.append((time.time(), await track.recv()))
        except MediaStreamError:
            pass

    async def _call(self, uri):
        self._new_peer()
        self._speak()
        await self.peer.setLocalDescription(await self.peer.createOffer())
        call_id = uuid.uuid4().hex
        answer = await self._ask("INVITE", uri, f"<{uri}>", call_id, [f"Contact: {self.contact}"], self.peer.localDescription.sdp)
        assert answer.status == 200, answer.start
        self.dialog = {"uri": answer.get("Contact").strip("<>").split(">")[0], "to": answer.get("To"), "call_id": call_id, "tag": "us"}
        await self._request("ACK", self.dialog["uri"], self.dialog["to"], call_id, sequence=self._cseq)
        await self.peer.setRemoteDescription(RTCSessionDescription(answer.body, "answer"))

    async def _pick_up(self, invite):
        self._new_peer()
        await self.peer.setRemoteDescription(RTCSessionDescription(invite.body, "offer"))
        self._speak()
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        await self._reply(invite, "200 OK", self.peer.localDescription.sdp)
        self.dialog = {"uri": invite.get("Contact").strip("<>").split(">")[0], "to": invite.get("From"), "call_id": invite.get("Call-ID"), "tag": "here"}

    async def _offer_again(self, direction):
        """A re-INVITE with the same ICE and keys: only who may speak is new."""
        sdp = re.sub(r"a=(sendrecv|sendonly|recvonly|inactive)", f"a={direction}", self.peer.localDescription.sdp)
        sdp = re.sub(r"a=setup:\w+", "a=setup:actpass", sdp)
        sdp = re.sub(r"(o=\S+ \S+) (\d+)", lambda found: f"{found[1]} {int(found[2]) + 1}", sdp)
        answer = await self._ask("INVITE", self.dialog["uri"], self.dialog["to"], self.dialog["call_id"], [f"Contact: {self.contact}"], sdp, tag=self.dialog["tag"])
        assert answer.status == 200, answer.start
        await self._request("ACK", self.dialog["uri"], self.dialog["to"], self.dialog["call_id"], sequence=self._cseq, tag=self.dialog["tag"])
        return answer

    async def _hang_up(self):
        await self._ask("BYE", self.dialog["uri"], self.dialog["to"], self.dialog["call_id"], tag=self.dialog["tag"])
        await self._over()

    async def _over(self):
        self.ended += 1
        if self.peer:
            await self.peer.close()
            self.peer = None
