import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PING_EVERY_MS, retryDelay, SILENCE_MS } from './connection'
import { Desk, type ConnectOptions, type Language } from './desk'
import { FakeBrowser, FakeRinger, FakeServer } from './fakes'
import type { DeskCall, Presence } from './protocol'

const call: DeskCall = { call: 'c1', direction: 'inbound', caller: '008613812345678', callee: '0086075512345678', group: 'Sales', started_ms: 0, waited_ms: 900, keys: [{ key: '1', label: 'Sales' }], unheard: [] }
const ready: Presence = { state: 'ready', since_ms: 0 }
const offered: Presence = { state: 'offered', offer: 'o1', until_ms: 15_000, ring_ms: 15_000 }
const talking: Presence = { state: 'talking', since_ms: 0, muted: false }

function setUp() {
  const server = new FakeServer()
  const browser = new FakeBrowser()
  const ringer = new FakeRinger()
  let tickets = 0
  const desk = new Desk({ openSocket: server.openSocket, devices: browser.devices, ringer })
  const ticketProvider = async () => `t${++tickets}`
  const connect = async (options: ConnectOptions = {}) => {
    desk.connect({ baseUrl: 'https://calls.test', ticketProvider, ...options })
    await vi.advanceTimersByTimeAsync(0)
    server.socket.onopen?.()
  }
  return { server, browser, ringer, desk, connect }
}

/** A desk that is ready, with its sound path up. */
async function readyDesk() {
  const world = setUp()
  await world.connect()
  world.server.tell({ state: 'signed_out' }, { sound: 'none' })
  await vi.advanceTimersByTimeAsync(0)
  world.server.socket.done('offer_sound')
  world.server.socket.say({ kind: 'sound_answer', sdp: 'answer' })
  world.browser.peers[0]?.become('connected')
  world.server.tell(ready)
  await vi.advanceTimersByTimeAsync(0)
  return world
}

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void vi.useRealTimers())

describe('a desk', () => {
  it('connects with a ticket and offers its sound after the first snapshot', async () => {
    const { server, browser, desk } = await readyDesk()
    expect(server.socket.address).toBe('wss://calls.test/api/v1/desk?ticket=t1')
    expect(server.socket.last('offer_sound')).toMatchObject({ sdp: 'offer 1' })
    expect(browser.peers[0]?.answer).toBe('answer')
    expect(desk.getSnapshot().desk?.presence).toEqual(ready)
  })

  it('rings for an offer, once, and stops when the caller leaves', async () => {
    const { server, ringer, desk } = await readyDesk()
    const heard: string[] = []
    desk.on('offered', () => heard.push('offered'))
    desk.on('offer_ended', () => heard.push('offer_ended'))
    server.tell(offered, { call })
    server.tell(offered, { call, waiting: 1 })
    expect(ringer.ringing).not.toBeNull()
    server.tell(ready)
    expect(ringer.ringing).toBeNull()
    expect(heard).toEqual(['offered', 'offer_ended'])
  })

  it('answers the lease that it was offered, and lets the voice out only while talking', async () => {
    const { server, browser, desk } = await readyDesk()
    expect(browser.track.enabled).toBe(false)
    server.tell(offered, { call })
    const accepted = desk.accept()
    expect(server.socket.last('accept')).toMatchObject({ offer: 'o1' })
    server.socket.done('accept')
    await accepted
    server.tell(talking, { call })
    expect(browser.track.enabled).toBe(true)
    void desk.mute(true)
    expect(browser.track.enabled).toBe(false)
    server.socket.done('mute')
    server.tell({ ...talking, muted: true }, { call })
    expect(browser.track.enabled).toBe(false)
    server.tell({ state: 'wrap_up', until_ms: 1, wrap_up_ms: 1 }, { call })
    expect(browser.track.enabled).toBe(false)
  })

  it('calls a number, shows it until somebody answers, and lets the voice out only then', async () => {
    const { server, browser, ringer, desk } = await readyDesk()
    const heard: string[] = []
    desk.on('dialling', () => heard.push('dialling'))
    desk.on('talking', () => heard.push('talking'))
    desk.on('dial_ended', () => heard.push('dial_ended'))
    const out: DeskCall = { ...call, direction: 'outbound', caller: '0086075512345678', callee: '008613812345678' }
    const called = desk.call('13812345678', '0086075512345678')
    expect(server.socket.last('call')).toMatchObject({ to: '13812345678', from: '0086075512345678' })
    server.tell({ state: 'dialling', since_ms: 0 }, { call: out })
    server.socket.done('call')
    await called
    expect(ringer.ringing).toBeNull()
    expect(browser.track.enabled).toBe(false)
    server.tell(talking, { call: out })
    expect(browser.track.enabled).toBe(true)
    expect(heard).toEqual(['dialling', 'talking'])
  })

  it('says which call nobody answered, and hangs up one that rings', async () => {
    const { server, desk } = await readyDesk()
    const ended: string[] = []
    desk.on('dial_ended', (over) => ended.push(over.call))
    void desk.call('8001')
    expect(server.socket.last('call')).toMatchObject({ to: '8001', from: null })
    server.tell({ state: 'dialling', since_ms: 0 }, { call: { ...call, call: 'c2', direction: 'internal' } })
    void desk.hangUp()
    expect(server.socket.last('hang_up')).toMatchObject({ call: 'c2' })
    server.tell(ready)
    server.tell(ready)
    expect(ended).toEqual(['c2'])
  })

  it('says why the server refused', async () => {
    const { server, desk } = await readyDesk()
    server.tell(offered, { call })
    const accepted = desk.accept()
    const { id } = server.socket.last('accept')
    server.socket.say({ kind: 'refused', id, error: { code: 'desk.offer_gone', message: 'Gone.', mend: 'Wait.' } })
    await expect(accepted).rejects.toMatchObject({ code: 'desk.offer_gone', mend: 'Wait.' })
  })

  it('counts against the server’s clock', async () => {
    const { server, desk } = await readyDesk()
    server.tell(ready, { server_ms: Date.now() + 90_000 })
    expect(desk.getSnapshot().clockOffsetMs).toBe(90_000)
  })
})

describe('a lost connection', () => {
  it('is opened again with a new ticket, and keeps a sound path that both ends hold', async () => {
    const { server, browser, desk } = await readyDesk()
    server.tell(talking, { call })
    server.socket.onclose?.({ code: 1006 })
    expect(desk.getSnapshot().link.state).toBe('waiting')
    // What the agent sees of the call stays on the page meanwhile.
    expect(desk.getSnapshot().desk?.call).toEqual(call)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(server.socket.address).toContain('ticket=t2')
    server.socket.onopen?.()
    server.tell(talking, { call })
    await vi.advanceTimersByTimeAsync(0)
    expect(browser.peers).toHaveLength(1)
    expect(server.socket.sent).toHaveLength(0)
  })

  it('offers sound anew to a server that knows of none', async () => {
    const { server, browser } = await readyDesk()
    server.socket.onclose?.({ code: 1006 })
    await vi.advanceTimersByTimeAsync(1_000)
    server.socket.onopen?.()
    server.tell(talking, { call, sound: 'none' })
    await vi.advanceTimersByTimeAsync(0)
    expect(browser.peers).toHaveLength(2)
    expect(browser.peers[0]?.closed).toBe(true)
    expect(server.socket.last('offer_sound')).toMatchObject({ sdp: 'offer 2' })
  })

  it('is opened at once when somebody asks for it', async () => {
    const { server, desk } = await readyDesk()
    server.socket.onclose?.({ code: 1006 })
    desk.connect()
    await vi.advanceTimersByTimeAsync(0)
    expect(server.sockets).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.sockets).toHaveLength(2)
  })

  it('rings again for a call that still rings when it is back', async () => {
    const { server, ringer, desk } = await readyDesk()
    const heard: string[] = []
    desk.on('offered', () => heard.push('offered'))
    server.tell(offered, { call })
    server.socket.onclose?.({ code: 1006 })
    expect(ringer.ringing).toBeNull()
    await vi.advanceTimersByTimeAsync(1_000)
    server.socket.onopen?.()
    server.tell(offered, { call })
    expect(ringer.ringing).not.toBeNull()
    // It is the same offer, so pages that were told of it are not told again.
    expect(heard).toEqual(['offered'])
    server.tell(ready)
    expect(ringer.ringing).toBeNull()
  })

  it('is noticed by silence, not only by a close', async () => {
    const { server, desk } = await readyDesk()
    await vi.advanceTimersByTimeAsync(PING_EVERY_MS)
    expect(server.socket.pings).toBe(1)
    await vi.advanceTimersByTimeAsync(SILENCE_MS)
    expect(server.sockets[0]?.closed).toBe(true)
    expect(desk.getSnapshot().link.state).not.toBe('open')
  })

  it('refuses what was under way', async () => {
    const { server, desk } = await readyDesk()
    const away = desk.rest('Lunch')
    server.socket.onclose?.({ code: 1006 })
    await expect(away).rejects.toMatchObject({ code: 'link.lost' })
  })

  it('stays closed when the person goes offline while a ticket fails', async () => {
    const { server, desk } = setUp()
    let refuse = (_error: Error) => {}
    desk.connect({ baseUrl: 'https://calls.test', ticketProvider: () => new Promise((_, reject) => (refuse = reject)) })
    desk.disconnect()
    refuse(new Error('no answer'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(desk.getSnapshot().link.state).toBe('closed')
    expect(server.sockets).toHaveLength(0)
  })

  it('is not opened again when another page took over', async () => {
    const { server, desk } = await readyDesk()
    server.socket.say({ kind: 'replaced' })
    server.sockets[0]?.onclose?.({ code: 4001 })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.sockets).toHaveLength(1)
    expect(desk.getSnapshot().link.state).toBe('replaced')
  })

  it('waits longer each time, but never long', () => {
    expect([0, 1, 2, 9].map((attempt) => retryDelay(attempt, 1))).toEqual([500, 1000, 2000, 15_000])
    expect(retryDelay(9, 0)).toBe(7500)
  })
})

describe('the sound path', () => {
  it('is opened anew when the peer connection fails', async () => {
    const { server, browser } = await readyDesk()
    browser.peers[0]?.become('failed')
    await vi.advanceTimersByTimeAsync(300)
    expect(browser.peers).toHaveLength(2)
    expect(server.socket.last('offer_sound')).toMatchObject({ sdp: 'offer 2' })
  })

  it('gets time to mend itself when it is only disconnected', async () => {
    const { browser } = await readyDesk()
    browser.peers[0]?.become('disconnected')
    await vi.advanceTimersByTimeAsync(2_000)
    browser.peers[0]?.become('connected')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(browser.peers).toHaveLength(1)
  })

  it('says what to do when the microphone is not allowed, and goes on when it is', async () => {
    const { server, browser, desk, connect } = setUp()
    browser.refusal = Object.assign(new Error('no'), { name: 'NotAllowedError' })
    await connect()
    server.tell({ state: 'signed_out' }, { sound: 'none' })
    await vi.advanceTimersByTimeAsync(0)
    expect(desk.getSnapshot().microphone).toMatchObject({ state: 'failed', fault: { code: 'sound.not_allowed' } })
    browser.refusal = null
    void desk.retrySound()
    await vi.advanceTimersByTimeAsync(0)
    expect(desk.getSnapshot().microphone).toMatchObject({ state: 'granted' })
    expect(server.socket.last('offer_sound')).toBeTruthy()
  })

  it('leaves no microphone open that is allowed after the desk was closed', async () => {
    const { server, browser, desk, connect } = setUp()
    let allow = () => {}
    browser.question = new Promise((resolve) => (allow = resolve))
    await connect()
    server.tell({ state: 'signed_out' }, { sound: 'none' })
    desk.disconnect()
    allow()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(browser.tracks.map((track) => track.readyState)).toEqual(['ended'])
    expect(browser.peers).toHaveLength(0)
    expect(desk.getSnapshot().microphone).toEqual({ state: 'unasked' })
  })

  it('holds one microphone when it was asked for twice', async () => {
    const { server, browser, desk, connect } = setUp()
    let allow = () => {}
    browser.question = new Promise((resolve) => (allow = resolve))
    await connect()
    server.tell({ state: 'signed_out' }, { sound: 'none' })
    void desk.retrySound()
    allow()
    await vi.advanceTimersByTimeAsync(0)
    expect(browser.tracks.map((track) => track.readyState).sort()).toEqual(['ended', 'live'])
    expect(browser.peers).toHaveLength(1)
    server.socket.done('offer_sound')
    desk.disconnect()
    expect(browser.tracks.map((track) => track.readyState)).toEqual(['ended', 'ended'])
  })
})

describe('the language of the server’s words', () => {
  it('goes with every ticket and every socket, as it is chosen then', async () => {
    const { server, connect, desk } = setUp()
    const asked = vi.fn(async (_url: string, _init?: RequestInit) => Response.json({ ticket: 't' }))
    vi.stubGlobal('fetch', asked)
    let language: Language = 'en'
    await connect({ ticketProvider: undefined, language: () => language })
    expect(asked.mock.lastCall?.[1]?.headers).toMatchObject({ 'accept-language': 'en' })
    expect(server.socket.address).toBe('wss://calls.test/api/v1/desk?ticket=t&language=en')
    language = 'zh'
    server.socket.onclose?.({ code: 1006 })
    desk.connect()
    await vi.advanceTimersByTimeAsync(0)
    expect(asked.mock.lastCall?.[1]?.headers).toMatchObject({ 'accept-language': 'zh' })
    expect(server.socket.address).toContain('language=zh')
    vi.unstubAllGlobals()
  })
})
