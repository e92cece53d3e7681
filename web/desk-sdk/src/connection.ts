/**
 * The WebSocket of a desk: opens it with a fresh ticket, keeps it open, and
 * turns commands into promises. It knows frames and silence, not calls.
 */
import { parseFrame, type DeskCommand, type Fault, type ServerFrame } from './protocol'

/** The part of a WebSocket that is used, so that a test can hand in its own. */
export interface Socket {
  send(text: string): void
  close(code?: number): void
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number }) => void) | null
  onerror: (() => void) | null
}

/** A command that the server refused, or that never reached it. */
export class DeskError extends Error {
  readonly code: string
  readonly mend: string
  constructor(fault: Fault) {
    super(fault.message)
    this.name = 'DeskError'
    this.code = fault.code
    this.mend = fault.mend
  }
}

export type LinkState =
  /** Not wanted: before `connect`, after `disconnect`. */
  | { state: 'closed' }
  /** A ticket is being fetched or the socket is opening. */
  | { state: 'connecting'; attempt: number }
  | { state: 'open' }
  /** Lost; tried again at `retryAt` (this page's clock). */
  | { state: 'waiting'; attempt: number; retryAt: number; fault: Fault }
  /** Another page of the same agent took over. Nothing is tried any more. */
  | { state: 'replaced' }
  /** The sign-in is over. Nothing is tried any more. */
  | { state: 'refused'; fault: Fault }

export interface ConnectionOptions {
  /** Gives the whole WebSocket address with a ticket that was not used yet. */
  address: () => Promise<string>
  openSocket?: (address: string) => Socket
  onFrame: (frame: ServerFrame) => void
  onLink: (link: LinkState) => void
}

/** The server counts 25 s of silence as lost; so do we. */
export const PING_EVERY_MS = 10_000
export const SILENCE_MS = 25_000
/** A command without an answer this long is taken for lost. */
export const COMMAND_TIMEOUT_MS = 10_000
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 15_000
/** The server's close code when the session behind the ticket is over. */
export const CLOSE_SESSION_OVER = 4401

const LOST: Fault = {
  code: 'link.lost',
  message: 'The connection to the server was lost.',
  mend: 'It is being reopened; try again when the banner is gone.',
}

/** Thrown by `address` when trying again is of no use. */
export class NotSignedIn extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super(fault.message)
    this.fault = fault
  }
}

/** Doubles from half a second to 15 s, with a spread so that a restarted server is not rushed. */
export function retryDelay(attempt: number, luck: number): number {
  const full = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10))
  return Math.round(full * (0.5 + luck / 2))
}

interface Waiting {
  resolve: () => void
  reject: (error: DeskError) => void
  timer: ReturnType<typeof setTimeout>
}

export class Connection {
  link: LinkState = { state: 'closed' }
  private readonly options: ConnectionOptions
  private socket: Socket | null = null
  private attempt = 0
  /** Rises with each try and each end, so that an answer that comes late knows it is of no use. */
  private turn = 0
  private nextId = 1
  private readonly waiting = new Map<number, Waiting>()
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private pingTimer: ReturnType<typeof setInterval> | undefined
  private heardAt = 0

  constructor(options: ConnectionOptions) {
    this.options = options
  }

  /** Opens the socket and keeps it open until `stop`. */
  start(): void {
    if (this.link.state === 'open' || this.link.state === 'connecting') return
    clearTimeout(this.retryTimer)
    void this.open()
  }

  stop(): void {
    this.drop({ state: 'closed' })
  }

  /** Tries at once instead of waiting for the next retry (the page came back online). */
  retryNow(): void {
    if (this.link.state === 'waiting') this.start()
  }

  /** Sends a command; settles when the server has done or refused it. */
  command(command: DeskCommand): Promise<void> {
    const socket = this.socket
    if (socket === null || this.link.state !== 'open') return Promise.reject(new DeskError(LOST))
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.settle(id, LOST), COMMAND_TIMEOUT_MS)
      this.waiting.set(id, { resolve, reject, timer })
      socket.send(JSON.stringify({ id, ...command }))
    })
  }

  private async open(): Promise<void> {
    const turn = ++this.turn
    this.setLink({ state: 'connecting', attempt: this.attempt })
    let address: string
    try {
      address = await this.options.address()
    } catch (error) {
      if (turn !== this.turn) return
      if (error instanceof NotSignedIn) this.drop({ state: 'refused', fault: error.fault })
      else this.lost()
      return
    }
    // `stop`, or another try, may have come while the ticket was on its way.
    if (turn !== this.turn) return
    const socket = (this.options.openSocket ?? openWebSocket)(address)
    this.socket = socket
    socket.onopen = () => this.opened(socket)
    socket.onmessage = ({ data }) => this.heard(socket, String(data))
    socket.onclose = ({ code }) => this.closed(socket, code)
    socket.onerror = () => {}
  }

  private opened(socket: Socket): void {
    if (socket !== this.socket) return
    this.attempt = 0
    this.heardAt = Date.now()
    this.pingTimer = setInterval(() => this.ping(socket), PING_EVERY_MS)
    this.setLink({ state: 'open' })
  }

  private ping(socket: Socket): void {
    if (Date.now() - this.heardAt >= SILENCE_MS) {
      // The network may hold a dead socket open for minutes; do not wait for its close event.
      socket.close()
      this.lost()
      return
    }
    socket.send('{"do":"ping"}')
  }

  private heard(socket: Socket, text: string): void {
    if (socket !== this.socket) return
    this.heardAt = Date.now()
    const frame = parseFrame(text)
    if (frame === null) return
    switch (frame.kind) {
      case 'done':
        this.settle(frame.id, null)
        break
      case 'refused':
        if (frame.id !== undefined && frame.id !== null) this.settle(frame.id, frame.error)
        break
      case 'replaced':
        this.drop({ state: 'replaced' })
        break
      case 'desk':
      case 'sound_answer':
      case 'pong':
        break
    }
    this.options.onFrame(frame)
  }

  private closed(socket: Socket, code: number): void {
    if (socket !== this.socket) return
    if (code === CLOSE_SESSION_OVER) {
      this.drop({ state: 'refused', fault: { code: 'auth.session_over', message: 'The sign-in is over.', mend: 'Sign in again.' } })
      return
    }
    this.lost()
  }

  private settle(id: number, fault: Fault | null): void {
    const waiting = this.waiting.get(id)
    if (waiting === undefined) return
    this.waiting.delete(id)
    clearTimeout(waiting.timer)
    if (fault === null) waiting.resolve()
    else waiting.reject(new DeskError(fault))
  }

  private lost(): void {
    this.forgetSocket()
    const delay = retryDelay(this.attempt, Math.random())
    this.attempt += 1
    this.setLink({ state: 'waiting', attempt: this.attempt, retryAt: Date.now() + delay, fault: LOST })
    this.retryTimer = setTimeout(() => void this.open(), delay)
  }

  private drop(link: LinkState): void {
    const socket = this.socket
    this.turn += 1
    this.forgetSocket()
    clearTimeout(this.retryTimer)
    this.attempt = 0
    socket?.close(1000)
    this.setLink(link)
  }

  private forgetSocket(): void {
    this.socket = null
    clearInterval(this.pingTimer)
    for (const id of Array.from(this.waiting.keys())) this.settle(id, LOST)
  }

  private setLink(link: LinkState): void {
    this.link = link
    this.options.onLink(link)
  }
}

function openWebSocket(address: string): Socket {
  const socket = new WebSocket(address)
  const wrapped: Socket = {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    close: (code) => socket.close(code),
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
  }
  socket.onopen = () => wrapped.onopen?.()
  socket.onmessage = (event) => wrapped.onmessage?.(event)
  socket.onclose = (event) => wrapped.onclose?.(event)
  socket.onerror = () => wrapped.onerror?.()
  return wrapped
}
