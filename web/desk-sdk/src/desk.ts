/**
 * The desk of one agent in one page: presence, offers and sound. It keeps the
 * last snapshot and what the page itself knows (link, microphone), and offers
 * them as one immutable value that `useSyncExternalStore` can read.
 */
import { Connection, NotSignedIn, type LinkState, type Socket } from './connection'
import type { DeskCall, DeskCommand, DeskSnapshot, Fault } from './protocol'
import { browserRinger, type Notice, type Ringer } from './ringer'
import { Sound, type Microphone, type SoundDevices } from './sound'

export interface ConnectOptions {
  /** Where Callyard is, e.g. `https://calls.example.com`. The page's own origin by default. */
  baseUrl?: string
  /** Gives a fresh desk ticket. By default the page's session cookie is used. */
  ticketProvider?: () => Promise<string>
  /** An SDK login token; signs the page in before the first ticket. */
  token?: string
  /**
   * What the server's words are in, where the page has a choice of its own. A function is
   * asked anew for each connection, so the choice may change; the browser's own by default.
   */
  language?: Language | (() => Language)
}

export type Language = 'zh' | 'en'

/** The world outside, so that tests can hand in their own. */
export interface DeskOptions {
  openSocket?: (address: string) => Socket
  devices?: SoundDevices
  ringer?: Ringer
  /** Words of the notification for an offer. */
  notice?: (snapshot: DeskSnapshot) => Notice
}

export interface DeskView {
  link: LinkState
  microphone: Microphone
  /** The last snapshot; `null` before the first, and when the desk is elsewhere. */
  desk: DeskSnapshot | null
  /** Add to this page's clock to get the server's. */
  clockOffsetMs: number
}

export interface DeskEvents {
  snapshot: DeskSnapshot
  /** A call began to ring. */
  offered: DeskSnapshot
  /** The call that rang is answered, gone or with somebody else. */
  offer_ended: DeskSnapshot
  /** We call somebody, who has not answered yet. */
  dialling: DeskSnapshot
  /** The call that we made is over before anybody answered; it is this one. */
  dial_ended: DeskCall
  /** Both can hear each other. */
  talking: DeskSnapshot
  /** The conversation is over. */
  ended: DeskSnapshot
  link: LinkState
  microphone: Microphone
}

type Listener<K extends keyof DeskEvents> = (event: DeskEvents[K]) => void

export class Desk {
  private view: DeskView = { link: { state: 'closed' }, microphone: { state: 'unasked' }, desk: null, clockOffsetMs: 0 }
  private readonly options: DeskOptions
  private readonly ringer: Ringer
  private readonly sound: Sound
  private connection: Connection | null = null
  private firstSnapshot = false
  /** The offer that is heard at this moment. */
  private ringingFor: string | null = null
  private readonly watchers = new Set<() => void>()
  private readonly listeners = new Map<keyof DeskEvents, Set<Listener<never>>>()
  private readonly retryNow = () => this.connection?.retryNow()

  constructor(options: DeskOptions = {}) {
    this.options = options
    this.ringer = options.ringer ?? browserRinger()
    this.sound = new Sound({
      ...(options.devices ? { devices: options.devices } : {}),
      offer: (sdp) => this.send({ do: 'offer_sound', sdp }),
      onMicrophone: (microphone) => {
        this.change({ microphone })
        this.emit('microphone', microphone)
      },
    })
  }

  /**
   * Opens the desk and keeps it open until `disconnect`. Called again, it changes nothing
   * while the desk is open, and tries at once while a lost one waits.
   */
  connect(options: ConnectOptions = {}): void {
    if (this.connection !== null && !isOver(this.view.link)) {
      this.connection.retryNow()
      return
    }
    const base = (options.baseUrl ?? globalThis.location?.origin ?? '').replace(/\/$/, '')
    const language = () => (typeof options.language === 'function' ? options.language() : options.language)
    const ticket = options.ticketProvider ?? ticketOf(base, options.token, language)
    this.connection = new Connection({
      address: async () => deskAddress(base, await ticket(), language()),
      ...(this.options.openSocket ? { openSocket: this.options.openSocket } : {}),
      onFrame: (frame) => {
        if (frame.kind === 'desk') this.heard(frame.desk)
        if (frame.kind === 'sound_answer') void this.sound.answered(frame.sdp).catch(() => {})
      },
      onLink: (link) => this.linkChanged(link),
    })
    globalThis.addEventListener?.('online', this.retryNow)
    this.connection.start()
  }

  /** Closes the page's end. The agent's state at the server is left as it is: see `signOut`. */
  disconnect(): void {
    globalThis.removeEventListener?.('online', this.retryNow)
    this.connection?.stop()
    this.connection = null
    this.sound.close()
    this.stopRinging()
    this.change({ desk: null })
  }

  // The store: for `useSyncExternalStore`.

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  readonly getSnapshot = (): DeskView => this.view

  on<K extends keyof DeskEvents>(event: K, listener: Listener<K>): () => void {
    const set = this.listeners.get(event) ?? new Set()
    this.listeners.set(event, set)
    set.add(listener as Listener<never>)
    return () => set.delete(listener as Listener<never>)
  }

  // Commands. Each settles when the server has done it, or rejects with a `DeskError`.

  beReady = (): Promise<void> => this.send({ do: 'be_ready' })
  /** A break, with a reason that supervisors see. */
  rest = (reason: string): Promise<void> => this.send({ do: 'be_away', rest: reason })
  beNotReady = (): Promise<void> => this.send({ do: 'be_away', rest: null })
  mute = (muted: boolean): Promise<void> => {
    // Our own end goes silent at once; the server's word follows with the snapshot.
    if (muted) this.sound.setVoice(false)
    return this.send({ do: 'mute', muted }).catch((error: unknown) => {
      this.followServerVoice()
      throw error
    })
  }
  sendDigits = (digits: string): Promise<void> => this.send({ do: 'send_digits', digits })
  remark = (text: string): Promise<void> => this.send({ do: 'remark', text })

  /** Answers the call that rings. */
  accept(): Promise<void> {
    const presence = this.view.desk?.presence
    if (presence?.state !== 'offered') return Promise.resolve()
    return this.send({ do: 'accept', offer: presence.offer })
  }

  decline(): Promise<void> {
    const presence = this.view.desk?.presence
    if (presence?.state !== 'offered') return Promise.resolve()
    return this.send({ do: 'decline', offer: presence.offer })
  }

  /**
   * Calls a number or an extension. `from` is the number to show, one of those that the agent
   * may show; without it the server takes the first of them.
   */
  call(to: string, from: string | null = null): Promise<void> {
    return this.send({ do: 'call', to, from })
  }

  hangUp(): Promise<void> {
    const call = this.view.desk?.call
    return call ? this.send({ do: 'hang_up', call: call.call }) : Promise.resolve()
  }

  /** Ends the agent's working time and closes the page's end. */
  async signOut(): Promise<void> {
    await this.send({ do: 'sign_out' })
    this.disconnect()
  }

  /** Asks for the microphone again, after the person changed a permission or a plug. */
  retrySound = (): Promise<void> => this.sound.open()

  /** Lets the browser ring: call it from a click once. */
  unlockRinging(): void {
    this.ringer.unlock()
  }

  private send(command: DeskCommand): Promise<void> {
    if (this.connection === null) return new Connection(NOWHERE).command(command)
    return this.connection.command(command)
  }

  private linkChanged(link: LinkState): void {
    this.change({ link })
    this.emit('link', link)
    switch (link.state) {
      case 'open':
        this.firstSnapshot = true
        break
      case 'replaced':
      case 'refused':
        this.stopRinging()
        this.sound.close()
        // The agent's world goes on elsewhere; what this page knew of it is old.
        this.change({ desk: null })
        break
      case 'waiting':
        this.stopRinging()
        break
      case 'closed':
      case 'connecting':
        break
    }
  }

  private heard(desk: DeskSnapshot): void {
    const before = this.view.desk
    this.change({ desk, clockOffsetMs: desk.server_ms - Date.now() })
    this.followServerVoice()
    this.keepSound(desk)
    this.emit('snapshot', desk)
    this.announce(before, desk)
  }

  private followServerVoice(): void {
    const presence = this.view.desk?.presence
    this.sound.setVoice(presence?.state === 'talking' && !presence.muted)
  }

  /**
   * The first snapshot of a socket decides: a path that both ends hold is kept, so a
   * short loss of the socket is not heard; anything else is offered anew.
   */
  private keepSound(desk: DeskSnapshot): void {
    const first = this.firstSnapshot
    this.firstSnapshot = false
    if (first && !(desk.sound === 'connected' && this.sound.stands())) void this.sound.open().catch(() => {})
    else this.sound.heardFromServer(desk.sound)
  }

  /** Goes by what is heard, not by what was known before: an offer that outlives a lost link rings again. */
  private ring(desk: DeskSnapshot): void {
    const offer = desk.presence.state === 'offered' ? desk.presence.offer : null
    if (offer === this.ringingFor) return
    this.stopRinging()
    if (offer === null) return
    this.ringingFor = offer
    this.ringer.start(this.options.notice?.(desk) ?? { title: 'Incoming call', body: desk.call?.caller ?? '' })
  }

  private stopRinging(): void {
    this.ringingFor = null
    this.ringer.stop()
  }

  private announce(last: DeskSnapshot | null, desk: DeskSnapshot): void {
    const [before, now] = [last?.presence ?? null, desk.presence]
    const rang = before?.state === 'offered' ? before.offer : null
    const rings = now.state === 'offered' ? now.offer : null
    this.ring(desk)
    if (rang !== null && rang !== rings) this.emit('offer_ended', desk)
    if (rings !== null && rings !== rang) this.emit('offered', desk)
    if (now.state === 'dialling' && before?.state !== 'dialling') this.emit('dialling', desk)
    if (before?.state === 'dialling' && now.state !== 'dialling' && now.state !== 'talking' && last?.call) this.emit('dial_ended', last.call)
    if (now.state === 'talking' && before?.state !== 'talking') this.emit('talking', desk)
    if (before?.state === 'talking' && now.state !== 'talking') this.emit('ended', desk)
  }

  private change(part: Partial<DeskView>): void {
    this.view = { ...this.view, ...part }
    for (const watcher of Array.from(this.watchers)) watcher()
  }

  private emit<K extends keyof DeskEvents>(event: K, value: DeskEvents[K]): void {
    for (const listener of Array.from(this.listeners.get(event) ?? [])) (listener as Listener<K>)(value)
  }
}

const NOWHERE = { address: () => Promise.reject(new Error('not connected')), onFrame: () => {}, onLink: () => {} }

function isOver(link: LinkState): boolean {
  return link.state === 'closed' || link.state === 'replaced' || link.state === 'refused'
}

function deskAddress(base: string, ticket: string, language: Language | undefined): string {
  // A browser lets no page choose the headers of a WebSocket, so the language goes with the ticket.
  const query = new URLSearchParams({ ticket, ...(language ? { language } : {}) })
  return `${base.replace(/^http/, 'ws')}/api/v1/desk?${query}`
}

/** Fetches desk tickets with the page's cookie, signing in with an SDK token first if there is one. */
function ticketOf(base: string, token: string | undefined, language: () => Language | undefined): () => Promise<string> {
  let signedIn = token === undefined
  return async () => {
    if (!signedIn) {
      await call(`${base}/api/v1/sign-in/token`, { method: 'POST', body: JSON.stringify({ token }) }, language())
      signedIn = true
    }
    const { ticket } = (await call(`${base}/api/v1/desk/ticket`, {}, language())) as { ticket: string }
    return ticket
  }
}

async function call(url: string, init: RequestInit, language: Language | undefined): Promise<unknown> {
  const response = await fetch(url, {
    ...init,
    credentials: 'include',
    headers: { 'content-type': 'application/json', 'x-callyard': '1', ...(language ? { 'accept-language': language } : {}) },
  })
  if (response.ok) return response.json()
  const body = (await response.json().catch(() => null)) as { error?: Fault } | null
  const fault = body?.error ?? { code: `http.${response.status}`, message: response.statusText, mend: '' }
  // 401 and 403 do not heal by themselves; anything else may be a server that restarts.
  if (response.status === 401 || response.status === 403) throw new NotSignedIn(fault)
  throw new Error(fault.message)
}
