/**
 * The sound path of a page: one microphone, one peer connection that is opened
 * at sign-in and kept, one audio element. Answering a call attaches it to this
 * path, so nothing is negotiated between the click and the sound.
 */
import type { Fault, SoundPath } from './protocol'

export type Microphone =
  | { state: 'unasked' }
  | { state: 'asking' }
  | { state: 'granted'; label: string }
  | { state: 'failed'; fault: Fault }

/** The browser's part, so that a test can hand in its own. */
export interface SoundDevices {
  microphone(): Promise<MediaStream>
  peer(): RTCPeerConnection
  /** Plays what the server sends; `null` stops. */
  play(stream: MediaStream | null): void
}

export interface SoundOptions {
  devices?: SoundDevices
  /** Sends an SDP offer to the server; the answer comes to `answered`. */
  offer: (sdp: string) => Promise<void>
  onMicrophone: (microphone: Microphone) => void
}

/** How long a lost path may mend itself (ICE checks again) before a new one is opened. */
const DISCONNECTED_MS = 4_000
/** How long after an offer the server's snapshot may still say that there is no path. */
const SETTLE_MS = 5_000
const LONGEST_REOPEN_MS = 15_000

export class Sound {
  microphone: Microphone = { state: 'unasked' }
  private readonly options: SoundOptions
  private readonly devices: SoundDevices
  private stream: MediaStream | null = null
  private peer: RTCPeerConnection | null = null
  /** Rises with each `open` and `close`: whoever waited meanwhile finds that it is no longer its turn. */
  private turn = 0
  private openedAt = 0
  private reopens = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private voice = false

  constructor(options: SoundOptions) {
    this.options = options
    this.devices = options.devices ?? browserDevices()
  }

  /** Asks for the microphone if need be and offers a fresh path to the server. */
  async open(): Promise<void> {
    clearTimeout(this.timer)
    const turn = ++this.turn
    const stream = await this.askMicrophone(turn)
    if (stream === null || turn !== this.turn) return
    this.closePeer()
    const peer = this.devices.peer()
    this.peer = peer
    this.openedAt = Date.now()
    for (const track of stream.getAudioTracks()) {
      track.enabled = this.voice
      peer.addTransceiver(track, { direction: 'sendrecv', streams: [stream] })
    }
    peer.ontrack = ({ track, streams }) => this.devices.play(streams[0] ?? new MediaStream([track]))
    peer.onconnectionstatechange = () => this.watch(peer)
    const offer = await peer.createOffer()
    if (peer !== this.peer) return
    await peer.setLocalDescription(offer)
    if (peer !== this.peer) return
    // The server is ICE-lite on one address: it finds us by our own checks, so
    // no candidate of ours is worth waiting for.
    await this.options.offer(peer.localDescription?.sdp ?? offer.sdp ?? '')
  }

  async answered(sdp: string): Promise<void> {
    const peer = this.peer
    if (peer === null || peer.signalingState !== 'have-local-offer') return
    await peer.setRemoteDescription({ type: 'answer', sdp })
  }

  /** Whether this end's path carries sound. */
  stands(): boolean {
    return this.peer?.connectionState === 'connected'
  }

  /** Compares the server's word with ours. The server is right: if it has no path, a new one is opened. */
  heardFromServer(path: SoundPath): void {
    if (path === 'connected') this.reopens = 0
    const settled = Date.now() - this.openedAt > SETTLE_MS
    if (path === 'none' && this.peer !== null && settled) this.reopenSoon()
  }

  /** Lets the agent's voice out: only in a call, and not when muted. */
  setVoice(on: boolean): void {
    this.voice = on
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = on
  }

  close(): void {
    this.turn += 1
    clearTimeout(this.timer)
    this.timer = undefined
    this.closePeer()
    if (this.stream !== null) release(this.stream)
    this.stream = null
    this.setMicrophone({ state: 'unasked' })
  }

  /** `null` when there is no microphone, or when it came after its turn. */
  private async askMicrophone(turn: number): Promise<MediaStream | null> {
    if (this.stream?.getAudioTracks().some((track) => track.readyState === 'live')) return this.stream
    this.setMicrophone({ state: 'asking' })
    let stream: MediaStream
    try {
      stream = await this.devices.microphone()
    } catch (error) {
      if (turn === this.turn) this.setMicrophone({ state: 'failed', fault: microphoneFault(error) })
      return null
    }
    // The person may think about the browser's question for minutes. Whoever went offline
    // meanwhile gets no open microphone, and one that was asked for twice is held once.
    if (turn !== this.turn) {
      release(stream)
      return null
    }
    this.stream = stream
    const track = stream.getAudioTracks()[0]
    // A headset that is pulled out ends its track; the next one is asked for.
    if (track) {
      track.onended = () => {
        if (stream === this.stream) this.reopenSoon()
      }
    }
    this.setMicrophone({ state: 'granted', label: track?.label ?? '' })
    return stream
  }

  private watch(peer: RTCPeerConnection): void {
    if (peer !== this.peer) return
    switch (peer.connectionState) {
      case 'failed':
      case 'closed':
        this.reopenSoon()
        break
      case 'disconnected':
        clearTimeout(this.timer)
        this.timer = setTimeout(() => this.reopenSoon(), DISCONNECTED_MS)
        break
      case 'connected':
        clearTimeout(this.timer)
        this.timer = undefined
        this.reopens = 0
        break
      case 'new':
      case 'connecting':
        break
    }
  }

  private reopenSoon(): void {
    this.closePeer()
    clearTimeout(this.timer)
    const delay = Math.min(LONGEST_REOPEN_MS, 250 * 2 ** Math.min(this.reopens, 8))
    this.reopens += 1
    // `open` rejects while the WebSocket is down; the desk opens the path again after it is back.
    this.timer = setTimeout(() => void this.open().catch(() => {}), delay)
  }

  private closePeer(): void {
    const peer = this.peer
    this.peer = null
    if (peer === null) return
    peer.ontrack = null
    peer.onconnectionstatechange = null
    peer.close()
    this.devices.play(null)
  }

  private setMicrophone(microphone: Microphone): void {
    this.microphone = microphone
    this.options.onMicrophone(microphone)
  }
}

function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

/** A browser's error name as a fault with a mend. */
export function microphoneFault(error: unknown): Fault {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  switch (name) {
    case 'NotAllowedError':
      return {
        code: 'sound.not_allowed',
        message: 'This page may not use the microphone.',
        mend: 'Click the lock beside the address, allow the microphone, then reload the page.',
      }
    case 'NotFoundError':
      return { code: 'sound.no_microphone', message: 'No microphone was found.', mend: 'Plug in a headset, then try again.' }
    case 'NotReadableError':
      return {
        code: 'sound.microphone_busy',
        message: 'Another program holds the microphone.',
        mend: 'Close the other program, then try again.',
      }
    case 'InsecureContext':
      return {
        code: 'sound.insecure',
        message: 'Browsers give the microphone only to pages on HTTPS or localhost.',
        mend: 'Open this page over HTTPS.',
      }
    default:
      return {
        code: 'sound.failed',
        message: 'The microphone could not be opened.',
        mend: 'Check the headset and the browser, then try again.',
      }
  }
}

function browserDevices(): SoundDevices {
  let element: HTMLAudioElement | null = null
  return {
    async microphone() {
      if (!navigator.mediaDevices) throw Object.assign(new Error('no media devices'), { name: 'InsecureContext' })
      return navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
      })
    },
    peer: () => new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' }),
    play(stream) {
      if (element === null) {
        element = new Audio()
        element.autoplay = true
      }
      element.srcObject = stream
      // A page that holds the microphone may play; if a browser still refuses, the next click mends it.
      if (stream !== null) void element.play().catch(() => playAtNextClick(element))
    },
  }
}

function playAtNextClick(element: HTMLAudioElement | null): void {
  addEventListener('pointerdown', () => void element?.play().catch(() => {}), { once: true })
}
