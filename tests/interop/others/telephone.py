#!/usr/bin/env python3
"""A telephone made of pjsua2, as a process: commands come in as lines of JSON, what happens
goes out as lines of JSON. Driven by pjsua.py. It speaks a file with a tone, and writes what
it hears into another."""

import json
import os
import queue
import sys
import threading

import pjsua2 as pj

CODECS = {"pcmu": "PCMU/8000/1", "pcma": "PCMA/8000/1", "g722": "G722/16000/1"}
TRANSPORTS = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP, "tls": pj.PJSIP_TRANSPORT_TLS}
SRTP = {"off": pj.PJMEDIA_SRTP_DISABLED, "offered": pj.PJMEDIA_SRTP_OPTIONAL, "demanded": pj.PJMEDIA_SRTP_MANDATORY}


def tell(kind, **more):
    sys.stdout.write(json.dumps({"event": kind, **more}) + "\n")
    sys.stdout.flush()


class Talk(pj.Call):
    """One call; its number is the telephone's own count."""

    def __init__(self, phone, call_id=pj.PJSUA_INVALID_ID):
        super().__init__(phone.account, call_id)
        self.phone, self.number = phone, len(phone.talks)
        phone.talks.append(self)

    def onCallState(self, _):
        info = self.getInfo()
        tell("state", call=self.number, state=info.stateText, status=info.lastStatusCode, call_id=info.callIdString)

    def onCallMediaState(self, _):
        info = self.getInfo()
        for index, media in enumerate(info.media):
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            words = {pj.PJSUA_CALL_MEDIA_ACTIVE: "active", pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "held by us",
                     pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "held by them"}
            tell("sound", call=self.number, sound=words.get(media.status, "none"))
            if media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
                sound = self.getAudioMedia(index)
                self.phone.voice.startTransmit(sound)
                sound.startTransmit(self.phone.ear)

    def onDtmfDigit(self, digit):
        tell("key", call=self.number, key=digit.digit)

    def onCallTransferStatus(self, status):
        tell("transfer", call=self.number, status=status.statusCode, final=status.finalNotify)
        status.cont = not status.finalNotify

    def onCallReplaced(self, replaced):
        tell("replaced", call=self.number, by=replaced.newCallId)


class Line(pj.Account):
    def __init__(self, phone):
        super().__init__()
        self.phone = phone

    def onRegState(self, state):
        tell("registration", status=state.code, lasts=state.expiration)

    def onIncomingCall(self, incoming):
        talk = Talk(self.phone, incoming.callId)
        ringing = pj.CallOpParam()
        ringing.statusCode = pj.PJSIP_SC_RINGING
        talk.answer(ringing)
        tell("incoming", call=talk.number, caller=talk.getInfo().remoteUri)


class Telephone:
    def __init__(self, given):
        self.talks, self.given = [], given
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.logConfig.level, config.logConfig.consoleLevel = 5, 0
        config.logConfig.filename = given["log"]
        config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly, config.uaConfig.maxCalls = 0, True, 4
        rate = 16_000 if given["codec"] == "g722" else 8_000
        config.medConfig.clockRate = config.medConfig.sndClockRate = rate
        config.medConfig.noVad, config.medConfig.ecTailLen = True, 0
        self.endpoint.libInit(config)
        self._open_transport()
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        for codec in self.endpoint.codecEnum2():
            self.endpoint.codecSetPriority(codec.codecId, 200 if codec.codecId == CODECS[given["codec"]] else 0)
        self.voice, self.ear = pj.AudioMediaPlayer(), pj.AudioMediaRecorder()
        self.voice.createPlayer(given["voice"], 0)
        self.ear.createRecorder(given["ear"])
        self._open_line()

    def _open_transport(self):
        config = pj.TransportConfig()
        config.port, config.boundAddress = self.given["port"], "127.0.0.1"
        if self.given["transport"] == "tls":
            config.tlsConfig.CaListFile, config.tlsConfig.verifyServer = self.given["authority"], True
            config.tlsConfig.method = pj.PJSIP_TLSV1_2_METHOD
        self.endpoint.transportCreate(TRANSPORTS[self.given["transport"]], config)

    def _open_line(self):
        given, config = self.given, pj.AccountConfig()
        where = f";transport={given['transport']}"
        if given.get("realm"):
            config.idUri = f"sip:{given['user']}@{given['realm']}"
            config.regConfig.registrarUri = f"sip:{given['realm']}{where}"
            config.regConfig.timeoutSec = 120
            config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", given["login"], 0, given["password"]))
            config.sipConfig.proxies.append(f"<sip:{given['server']};lr{where}>")
        else:
            config.idUri = f"sip:{given['user']}@127.0.0.1:{given['port']}"
        config.mediaConfig.transportConfig.port = given["rtp_port"]
        config.mediaConfig.transportConfig.portRange = 20
        config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
        config.mediaConfig.srtpUse, config.mediaConfig.srtpSecureSignaling = SRTP[given["srtp"]], 0
        self.account = Line(self)
        self.account.create(config, True)

    def do(self, command):
        talk = self.talks[command["call"]] if "call" in command else None
        simple = pj.CallOpParam(True)
        match command["do"]:
            case "dial":
                Talk(self).makeCall(command["to"], simple)
            case "answer":
                simple.statusCode = command.get("status", 200)
                talk.answer(simple)
            case "hang_up":
                talk.hangup(pj.CallOpParam())
            case "hold":
                talk.setHold(pj.CallOpParam())
            case "resume":
                simple.opt.flag = pj.PJSUA_CALL_UNHOLD
                talk.reinvite(simple)
            case "press":
                tones = pj.CallSendDtmfParam()
                tones.digits = command["keys"]
                tones.method = pj.PJSUA_DTMF_METHOD_SIP_INFO if command.get("by") == "info" else pj.PJSUA_DTMF_METHOD_RFC2833
                talk.sendDtmf(tones)
            case "transfer":
                talk.xfer(command["to"], pj.CallOpParam())
            case "join":
                talk.xferReplaces(self.talks[command["other"]], pj.CallOpParam())
            case other:
                raise ValueError(f"no such command: {other}")

    def serve(self):
        lines = queue.Queue()
        threading.Thread(target=lambda: [lines.put(line) for line in sys.stdin] and None or lines.put(None), daemon=True).start()
        tell("ready")
        while True:
            self.endpoint.libHandleEvents(10)
            try:
                line = lines.get_nowait()
            except queue.Empty:
                continue
            if not line:
                return
            command = json.loads(line)
            try:
                self.do(command)
                tell("done", id=command["id"])
            except pj.Error as error:
                tell("refused", id=command["id"], why=error.reason)


if __name__ == "__main__":
    Telephone(json.loads(sys.argv[1])).serve()
    # Its own end waits for telephones that no longer answer.
    os._exit(0)
