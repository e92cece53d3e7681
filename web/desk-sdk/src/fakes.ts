/** The other side, for tests: a server that speaks when told to, and a browser without hardware. */
import type { Socket } from './connection'
import type { DeskCommand, DeskSnapshot, Presence, ServerFrame } from './protocol'
import type { Notice, Ringer } from './ringer'
import type { SoundDevices } from './sound'

export type Sent = DeskCommand & { id: number }

export class FakeServer {
  readonly sockets: FakeSocket[] = []
  private sequence = 0

  readonly openSocket = (address: string): Socket => {
    const socket = new FakeSocket(address)
    this.sockets.push(socket)
    return socket
  }

  get socket(): FakeSocket {
    const last = this.sockets.at(-1)
    if (last === undefined) throw new Error('no page has connected yet')
    return last
  }

  tell(presence: Presence, part: Partial<DeskSnapshot> = {}): void {
    this.sequence += 1
    this.socket.say({ kind: 'desk', desk: { sequence: this.sequence, server_ms: Date.now(), agent: 2, presence, sound: 'connected', call: null, waiting: 0, ...part } })
  }
}

export class FakeSocket implements Socket {
  onopen: Socket['onopen'] = null
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  onerror: Socket['onerror'] = null
  readonly sent: Sent[] = []
  pings = 0
  closed = false

  constructor(readonly address: string) {}

  send(text: string): void {
    const frame = JSON.parse(text) as Sent | { do: 'ping' }
    if (frame.do === 'ping') this.pings += 1
    else this.sent.push(frame)
  }

  close(): void {
    this.closed = true
  }

  say(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }

  /** The last command of this kind, done. */
  done(what: DeskCommand['do']): void {
    this.say({ kind: 'done', id: this.last(what).id })
  }

  last(what: DeskCommand['do']): Sent {
    const found = this.sent.findLast((command) => command.do === what)
    if (found === undefined) throw new Error(`the page never sent ${what}`)
    return found
  }
}

export class FakeTrack {
  enabled = true
  readyState = 'live'
  label = 'Fake microphone'
  onended: (() => void) | null = null
  stop(): void {
    this.readyState = 'ended'
  }
}

export class FakePeer {
  connectionState = 'new'
  signalingState = 'stable'
  localDescription: { sdp: string } | null = null
  answer: string | null = null
  closed = false
  ontrack: unknown = null
  onconnectionstatechange: (() => void) | null = null

  constructor(readonly name: string) {}
  addTransceiver(): void {}
  async createOffer() {
    return { type: 'offer', sdp: this.name }
  }
  async setLocalDescription(offer: { sdp: string }) {
    this.localDescription = offer
    this.signalingState = 'have-local-offer'
  }
  async setRemoteDescription({ sdp }: { sdp: string }) {
    this.answer = sdp
    this.signalingState = 'stable'
  }
  become(state: string): void {
    this.connectionState = state
    this.onconnectionstatechange?.()
  }
  close(): void {
    this.closed = true
  }
}

export class FakeBrowser {
  readonly peers: FakePeer[] = []
  /** One for each time that the microphone was given. */
  readonly tracks: FakeTrack[] = []
  refusal: Error | null = null
  /** While set, the person looks at the browser's question. */
  question: Promise<void> | null = null

  get track(): FakeTrack {
    const last = this.tracks.at(-1)
    if (last === undefined) throw new Error('nobody has asked for the microphone yet')
    return last
  }

  readonly devices: SoundDevices = {
    microphone: async () => {
      if (this.question !== null) await this.question
      if (this.refusal !== null) throw this.refusal
      const track = new FakeTrack()
      this.tracks.push(track)
      return { getAudioTracks: () => [track], getTracks: () => [track] } as unknown as MediaStream
    },
    peer: () => {
      const peer = new FakePeer(`offer ${this.peers.length + 1}`)
      this.peers.push(peer)
      return peer as unknown as RTCPeerConnection
    },
    play: () => {},
  }
}

export class FakeRinger implements Ringer {
  ringing: Notice | null = null
  start(notice: Notice): void {
    this.ringing = notice
  }
  stop(): void {
    this.ringing = null
  }
  unlock(): void {}
}
