// A stand-in for the server while pages are drawn: the same addresses and
// shapes, invented people, no sound. Never part of a build.
//   node dev/mock-server.mjs [port]        then: npm run dev
import http from 'node:http'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'

const PORT = Number(process.argv[2] ?? 8080)
const DIST = path.join(path.dirname(fileURLToPath(import.meta.url)), '../dist')
const now = () => Date.now()
const unix = () => Math.floor(now() / 1000)
const MIN = 60_000

const application = {
  id: 1400000001,
  name: 'Callyard Demo',
  desk_rules: { ring_timeout_s: 15, wrap_up_s: 30, after_sign_in: 'ready', rest_reasons: ['Lunch', 'Coffee', 'Training'] },
  phone_licences: 20,
  outside_calls: { allowed: ['0086'], refused: ['0086160', '0086168'] },
}
const applications = [application, { id: 1400000002, name: 'Harbour Insurance', desk_rules: application.desk_rules, phone_licences: null, outside_calls: application.outside_calls }]

const person = (id, user, name, nick, role, groups, ext) => ({
  id, user_id: user, name, nick, staff_number: String(1000 + id), phone: id < 4 ? '' : `008613800${138000 + id}`, role,
  extension: ext, mobile_call_out: false, mobile_accept: 0, forwarding: null, groups, modified_at: unix() - 86400 * id,
})
let staff = [
  person(1, 'admin@demo.callyard', 'Ada Wong', 'Ada', 'administrator', {}, null),
  person(2, 'alice@demo.callyard', 'Alice Chen', 'Alice', 'agent', { 1: 1, 2: 3 }, '1002'),
  person(3, 'bob@demo.callyard', 'Bob Li', 'Bob', 'agent', { 1: 3, 2: 1 }, '1003'),
  person(4, 'sun@demo.callyard', 'Sun Yue', '小孙', 'supervisor', { 2: 2 }, '1004'),
  person(5, 'maria@demo.callyard', 'Maria Ortiz', 'Maria', 'agent', { 1: 2 }, null),
  person(6, 'zhao@demo.callyard', '赵明', '阿明', 'agent', { 2: 1 }, '1006'),
]
let groups = [
  { id: 1, members: 3, name: 'Sales', kind: 0, max_concurrency: 1, alias: '801', last_agent_first: true, ring_all: false, modified_at: unix() - 5000 },
  { id: 2, members: 4, name: 'Service', kind: 0, max_concurrency: 1, alias: '802', last_agent_first: false, ring_all: false, modified_at: unix() - 9000 },
]
const carrying = { max_calls_per_second: null, protection: 'accepted', inward_rewrites: [], outward: null }
let trunks = [{ id: 1, name: 'Demo carrier', sources: ['127.0.0.0/8'], max_calls: null, ...carrying, enabled: true, modified_at: unix() - 900 },
  { id: 2, name: 'Shenzhen Telecom', sources: ['203.0.113.0/24', '198.51.100.7/32'], max_calls: 30, ...carrying, max_calls_per_second: 5,
    inward_rewrites: [{ prefix: '+86', replacement: '0086' }],
    outward: { host: 'sip.szt.example', port: 5061, transport: 'tls', user: 'line-7', has_password: true, registers: true, caller_id: 'p_asserted_identity',
      rewrites: [{ prefix: '0086', replacement: '0' }] }, enabled: true, modified_at: unix() - 90000 }]
let phones = [{ id: 1, extension: '8001', name: 'Front desk', agent: null, enabled: true, modified_at: unix() - 400 },
  { id: 2, extension: '1002', name: "Alice's desk phone", agent: 2, enabled: true, modified_at: unix() - 300 },
  { id: 3, extension: '8003', name: '仓库', agent: null, enabled: false, modified_at: unix() - 200 }]
let numbers = [{ number: '0086075512345678', trunk: 1, flow: 1, state: 1, call_out_groups: [1], modified_at: unix() - 800 },
  { number: '0086075587654321', trunk: 2, flow: null, state: 1, call_out_groups: [1], modified_at: unix() - 800 }]
const soundNames = ['welcome', 'menu', 'invalid', 'no_key', 'connecting', 'nobody', 'waited_too_long', 'goodbye', 'music']
let sounds = soundNames.map((name, i) => ({ id: i + 1, name, duration_ms: name === 'music' ? 31_000 : 1800 + i * 730 }))
let flows = [{
  id: 1, name: 'Front desk', version: 3, start: 'welcome', modified_at: unix() - 700,
  nodes: {
    welcome: { label: 'Welcome', kind: 'prompt', sound: 1, times: 1, interruptible: true, next: 'menu' },
    menu: { label: 'Main menu', kind: 'branch', prompt: 2, timeout_s: 5, timeout_prompt: 4, invalid_prompt: 3, max_errors: 3,
      keys: [{ key: '1', label: 'Sales', next: 'sales' }, { key: '2', label: 'Service', next: 'service' }] },
    sales: { label: 'To sales', kind: 'to_agent', group: 1, prompt: 5, music: 9, max_wait_s: 120, timeout_prompt: 7, nobody_prompt: 6, failure: 'bye' },
    service: { label: 'To service', kind: 'to_agent', group: 2, prompt: 5, music: 9, max_wait_s: 300, timeout_prompt: 7, nobody_prompt: 6, failure: 'bye' },
    bye: { label: 'Goodbye', kind: 'end', prompt: 8 },
  },
}]
let apiKeys = [{ secret_id: 'AKIDdemo8Xk2Pq7VtR4sYw', note: 'CRM integration', enabled: true, created_at: unix() - 86400 * 12 }]
const callers = ['008613812345678', '008613922224444', '0086075533332222', '008615000001111', '008618677778888', '00442079460958']

// ---- records -------------------------------------------------------------

const liveLeg = (side, kind, mos, loss_permille) => ({ side, kind, silent_ms: null, figures: { codec: 'pcma', mos, loss_permille, jitter_us: 4_200, round_trip_us: 41_000 } })
const legsOf = (role) => [
  { side: 'customer', kind: 'trunk', far: 1, agent: null, agent_name: null, codec: 'pcma', received: 3_910, sent: 4_021, lost: 118, remote_lost: 3, jitter_us: 18_700, round_trip_us: 74_000, mos: 366, address: role === 'agent' ? null : '203.0.113.24:21844', silences: 1, silent_ms: 14_200 },
  { side: 'seat', kind: 'browser', far: null, agent: 2, agent_name: null, codec: 'opus', received: 4_021, sent: 3_910, lost: 0, remote_lost: 0, jitter_us: 1_150, round_trip_us: 9_300, mos: 437, address: role === 'agent' ? null : '198.51.100.7:53110', silences: 0, silent_ms: 0 },
]

function makeRecord(i) {
  const started = now() - (i * 17 + 4) * MIN - i * 7919
  const kind = ['ok', 'ok', 'ok', 'waitingGiveUp', 'ok', 'ivrGiveUp', 'ok', 'ringingGiveUp', 'noSeatOnline'][i % 9]
  const key = i % 2 ? '2' : '1'
  const who = staff[1 + (i % 2)]
  const group = groups[key === '1' ? 0 : 1]
  const answered = started + 240, queued = kind === 'ivrGiveUp' ? null : started + 9000 + (i % 5) * 700
  const ring = ['ok', 'ringingGiveUp'].includes(kind) ? queued + 1500 + (i % 4) * 9000 : null
  const accepted = kind === 'ok' ? ring + 3200 : null
  const talk = kind === 'ok' ? 41_000 + ((i * 37) % 300) * 1000 : null
  const ended = (accepted ?? queued ?? answered) + (talk ?? 24_000)
  const codes = { ok: 1, waitingGiveUp: 103, ivrGiveUp: 102, ringingGiveUp: 104, noSeatOnline: 105 }
  const recording = kind === 'ok' ? randomUUID() : null
  return {
    call: randomUUID(), caller: callers[i % callers.length], callee: '0086075512345678', direction: 'in',
    started_ms: started, answered_ms: answered, queued_ms: queued, ring_ms: ring, accepted_ms: accepted, ended_ms: ended,
    talk_ms: talk ?? 0, wait_ms: queued ? (accepted ?? ended) - queued : 0,
    keys: queued ? [{ key, label: group.name, node_label: 'Main menu', at_ms: started + 8400 }] : [],
    skill_group: queued ? { id: group.id, name: group.name } : null,
    agent: kind === 'ok' ? { id: who.id, user_id: who.user_id, name: who.name } : null,
    participants: ring ? [{ agent: who.id, user_id: who.user_id, name: who.name, group: group.id, group_name: group.name, ring_ms: ring, accepted_ms: accepted,
      ended_ms: ended, end_status: kind === 'ok' ? 'ok' : 'ringingGiveUp', recording }] : [],
    end_status: kind, end_status_code: codes[kind], hung_up_by: kind === 'ok' ? (i % 3 ? 'user' : 'seat') : kind === 'noSeatOnline' ? 'system' : 'user',
    cause: null, recordings: recording ? [recording] : [], remark: i % 4 === 0 && kind === 'ok' ? 'Asked for a quote on 40 seats; call back Friday.' : null,
  }
}
const records = Array.from({ length: 57 }, (_, i) => makeRecord(i))
function journalOf(r) {
  let sequence = 0
  const line = (at_ms, event) => ({ sequence: sequence++, at_ms, event })
  const lines = [line(r.started_ms, { event: 'arrived', trunk: 1, caller: r.caller, callee: r.callee, sip_call_id: `${r.call.slice(0, 8)}@203.0.113.9`, user_to_user: null }),
    line(r.answered_ms, { event: 'answered' }), line(r.answered_ms, { event: 'flow_started', flow: 1, version: 3 }),
    line(r.answered_ms, { event: 'node_entered', node: 'welcome', label: 'Welcome' }),
    line(r.answered_ms + 4100, { event: 'node_entered', node: 'menu', label: 'Main menu' })]
  if (r.keys[0]) {
    const group = groups.find((g) => g.id === r.skill_group.id)
    lines.push(line(r.keys[0].at_ms, { event: 'key_pressed', ...r.keys[0] }), line(r.queued_ms, { event: 'queued', group: group.id, group_name: group.name }))
    if (r.ring_ms) {
      if (r.ring_ms - r.queued_ms > 9000) {
        const lease = randomUUID()
        lines.push(line(r.queued_ms + 200, { event: 'offered', offer: lease, agent: 5, user_id: 'maria@demo.callyard', group: group.id,
          trace: [{ agent: 5, verdict: 'chosen' }, { agent: 2, verdict: 'talking' }, { agent: 3, verdict: 'wrap_up' }, { agent: 4, verdict: 'signed_out' }] }),
        line(r.ring_ms - 300, { event: 'offer_ended', offer: lease, why: 'rang_out' }))
      }
      const lease = randomUUID()
      lines.push(line(r.ring_ms, { event: 'offered', offer: lease, agent: r.participants[0].agent, user_id: r.participants[0].user_id, group: group.id,
        trace: [{ agent: r.participants[0].agent, verdict: 'chosen' }, { agent: 5, verdict: 'passed_before' }, { agent: 6, verdict: 'idle_for_less' }] }))
      if (r.accepted_ms) lines.push(line(r.accepted_ms, { event: 'accepted', offer: lease, agent: r.participants[0].agent }),
        line(r.accepted_ms, { event: 'recording_started', recording: r.recordings[0], agent: r.participants[0].agent }),
        line(r.ended_ms, { event: 'recording_stopped', recording: r.recordings[0] }))
      else lines.push(line(r.ended_ms, { event: 'offer_ended', offer: lease, why: 'caller_left' }))
    } else if (r.end_status === 'noSeatOnline') lines.push(line(r.ended_ms, { event: 'left_queue', why: 'nobody_signed_in' }))
  }
  lines.push(line(r.ended_ms, { event: 'ended', by: r.hung_up_by, status: r.end_status, cause: r.cause }))
  return lines
}
function wav(seconds) {
  const rate = 8000, frames = Math.round(rate * seconds), data = Buffer.alloc(44 + frames * 4)
  data.write('RIFF', 0); data.writeUInt32LE(36 + frames * 4, 4); data.write('WAVEfmt ', 8); data.writeUInt32LE(16, 16)
  data.writeUInt16LE(1, 20); data.writeUInt16LE(2, 22); data.writeUInt32LE(rate, 24); data.writeUInt32LE(rate * 4, 28)
  data.writeUInt16LE(4, 32); data.writeUInt16LE(16, 34); data.write('data', 36); data.writeUInt32LE(frames * 4, 40)
  for (let i = 0; i < frames; i++) {
    const t = i / rate, turn = Math.floor(t / 3) % 2
    const talk = Math.max(0, Math.sin(t * 9)) * Math.max(0, Math.sin(t * 2.1)) * 9000
    data.writeInt16LE(Math.round(turn ? talk * 0.06 * Math.sin(t * 1500) : talk * Math.sin(t * 1100)), 44 + i * 4)
    data.writeInt16LE(Math.round(turn ? talk * Math.sin(t * 1700) : talk * 0.06 * Math.sin(t * 900)), 46 + i * 4)
  }
  return data
}
function peaks(seconds) {
  const n = Math.round(seconds * 20), left = [], right = []
  for (let i = 0; i < n; i++) {
    const t = i / 20, turn = Math.floor(t / 3) % 2
    const talk = Math.abs(Math.sin(t * 9) * Math.sin(t * 2.1)) * (0.35 + 0.6 * Math.abs(Math.sin(i * 1.7)))
    left.push(+(turn ? talk * 0.05 : talk).toFixed(2)); right.push(+(turn ? talk : talk * 0.05).toFixed(2))
  }
  return { samples_per_peak: 400, left, right }
}

// ---- desks ---------------------------------------------------------------
const sessions = new Map()
const tickets = new Map()
const desks = new Map()
function deskOf(person) {
  if (!desks.has(person.id)) desks.set(person.id, { person, sequence: 0, presence: { state: 'signed_out' }, sound: 'none', call: null, socket: null, waiting: 0 })
  return desks.get(person.id)
}
function snapshot(desk) {
  desk.sequence += 1
  return { sequence: desk.sequence, server_ms: now(), agent: desk.person.id, presence: desk.presence, sound: desk.sound, call: desk.call, waiting: desk.waiting }
}
const tell = (desk) => desk.socket?.send(JSON.stringify({ kind: 'desk', desk: snapshot(desk) }))
function become(desk, presence, after) {
  clearTimeout(desk.timer)
  desk.presence = presence
  if (after) desk.timer = setTimeout(after.then, after.ms)
  tell(desk)
}
const ready = (desk) => { desk.call = null; become(desk, { state: 'ready', since_ms: now() }) }
function ring(desk, skill = '2') {
  if (desk.presence.state !== 'ready') return false
  const ms = application.desk_rules.ring_timeout_s * 1000
  desk.call = { call: randomUUID(), direction: 'inbound', caller: '008613812345678', callee: '0086075512345678', group: skill === '1' ? 'Sales' : 'Service',
    started_ms: now() - 21_000, waited_ms: 9_400, keys: [{ key: skill, label: skill === '1' ? 'Sales' : 'Service' }], unheard: [] }
  become(desk, { state: 'offered', offer: randomUUID(), until_ms: now() + ms, ring_ms: ms },
    { ms, then: () => { desk.call = null; become(desk, { state: 'away', reason: 'missed_offer', text: null, since_ms: now() }) } })
  return true
}
function wrapUp(desk) {
  const ms = application.desk_rules.wrap_up_s * 1000
  become(desk, { state: 'wrap_up', until_ms: now() + ms, wrap_up_ms: ms }, { ms, then: () => ready(desk) })
}
const refusal = { code: 'desk.offer_gone', message: 'This offer is over: its time ran out, the caller left, or it was answered elsewhere.', mend: 'Nothing to do; the next call will ring by itself.' }
function obey(desk, c) {
  switch (c.do) {
    case 'offer_sound':
      desk.sound = 'connecting'
      tell(desk)
      setTimeout(() => { desk.sound = 'connected'; if (desk.presence.state === 'signed_out') ready(desk); else tell(desk) }, 350)
      return null
    case 'be_ready': ready(desk); return null
    case 'be_away': desk.call = null; become(desk, { state: 'away', reason: c.rest === null ? 'not_ready' : 'rest', text: c.rest, since_ms: now() }); return null
    case 'accept': if (desk.presence.offer !== c.offer) return refusal; become(desk, { state: 'talking', since_ms: now(), muted: false }); return null
    case 'decline': if (desk.presence.offer !== c.offer) return refusal; desk.call = null; become(desk, { state: 'away', reason: 'not_ready', text: null, since_ms: now() }); return null
    case 'hang_up': if (desk.presence.state === 'dialling') ready(desk); else wrapUp(desk); return null
    case 'call': {
      if (c.to === '666') return { code: 'call.no_way_out', message: 'The trunk of this number makes no calls, or is switched off.', mend: 'Enter the carrier’s gateway at the trunk, under calls out.' }
      const inside = c.to.length < 7
      desk.call = { call: randomUUID(), direction: inside ? 'internal' : 'outbound', caller: inside ? (desk.person.extension ?? '') : (c.from ?? numbers[0].number), callee: c.to.replaceAll(/\D/g, ''),
        group: inside ? '' : 'Sales', started_ms: now(), waited_ms: 0, keys: [], unheard: [] }
      const then = c.to.endsWith('0') ? () => ready(desk) : () => become(desk, { state: 'talking', since_ms: now(), muted: false })
      become(desk, { state: 'dialling', since_ms: now() }, { ms: 6000, then })
      return null
    }
    case 'mute': desk.presence = { ...desk.presence, muted: c.muted }; tell(desk); return null
    case 'sign_out': desk.sound = 'none'; become(desk, { state: 'signed_out' }); return null
    default: return null
  }
}

// ---- HTTP ----------------------------------------------------------------
const fault = (status, code, message, mend, details) => ({ status, body: { error: { code, message, mend, ...(details ? { details } : {}) } } })
const items = (list) => ({ status: 200, body: { items: list } })
const meOf = (s) => ({ sdk_app_id: s.role === 'operator' ? null : application.id, application_name: s.role === 'operator' ? '' : application.name, user_id: s.user_id,
  staff: { id: s.id, user_id: s.user_id, name: s.name, nick: s.nick, staff_number: s.staff_number, role: s.role, extension: s.extension },
  role: s.role, demo: true, desk_rules: application.desk_rules, version: '0.1.0' })
function floor() {
  const t = now()
  const presence = (s, i) => desks.get(s.id)?.presence ?? [{ state: 'talking', since_ms: t - 83_000, muted: false }, { state: 'ready', since_ms: t - 312_000 },
    { state: 'wrap_up', until_ms: t + 14_000, wrap_up_ms: 30_000 }, { state: 'away', reason: 'rest', text: 'Lunch', since_ms: t - 900_000 }, { state: 'ready', since_ms: t - 42_000 }][i % 5]
  return { app: application.id, server_ms: t,
    calls: [
      { call: 'a1f0c9d2-0000-4000-8000-000000000001', caller: callers[1], callee: numbers[0].number, stage: 'talking', agent: 3, group: 2, started_ms: t - 131_000, stage_since_ms: t - 83_000, legs: [liveLeg('customer', 'trunk', 352, 34), liveLeg('seat', 'browser', 437, 0)] },
      { call: 'a1f0c9d2-0000-4000-8000-000000000002', caller: callers[0], callee: numbers[0].number, stage: 'ringing', agent: 5, group: 1, started_ms: t - 61_000, stage_since_ms: t - 6_000, legs: [liveLeg('customer', 'trunk', 441, 0)] },
      { call: 'a1f0c9d2-0000-4000-8000-000000000003', caller: callers[3], callee: numbers[0].number, stage: 'queued', agent: null, group: 2, started_ms: t - 48_000, stage_since_ms: t - 37_000, legs: [{ ...liveLeg('customer', 'trunk', 0, 0), silent_ms: 14_000 }] },
      { call: 'a1f0c9d2-0000-4000-8000-000000000004', caller: callers[4], callee: numbers[0].number, stage: 'ivr', agent: null, group: null, started_ms: t - 7_000, stage_since_ms: t - 7_000, legs: [{ ...liveLeg('customer', 'trunk', 0, 0), figures: null }] },
    ],
    agents: staff.slice(1).map((s, i) => ({ agent: s.id, user_id: s.user_id, name: s.name, presence: presence(s, i), reachable: i !== 4, sound: i === 4 ? 'none' : 'connected' })),
    queues: groups.map((g, i) => ({ group: g.id, name: g.name, waiting: i, longest_wait_ms: i * 37_000, ready: 2 - i, signed_in: 4 - i })) }
}
function crud(list, set, key, make) {
  return (method, id, body) => {
    if (method === 'GET' && id === undefined) return items(list())
    if (method === 'POST') {
      const fresh = make(body)
      set([...list(), fresh])
      return { status: 201, body: fresh }
    }
    const at = list().findIndex((x) => String(x[key]) === id)
    if (at < 0) return fault(404, 'store.not_found', 'There is no such thing.', 'Reload the list.')
    if (method === 'GET') return { status: 200, body: list()[at] }
    if (method === 'DELETE') { set(list().filter((_, i) => i !== at)); return { status: 204 } }
    const next = [...list()]
    next[at] = { ...next[at], ...body, modified_at: unix() }
    set(next)
    return { status: 200, body: next[at] }
  }
}
const nextId = (list) => Math.max(0, ...list.map((x) => x.id)) + 1
const rooms = {
  staff: crud(() => staff, (x) => (staff = x), 'id', (b) => ({ id: nextId(staff), ...b, modified_at: unix() })),
  'skill-groups': crud(() => groups, (x) => (groups = x), 'id', (b) => ({ id: nextId(groups), ...b, modified_at: unix() })),
  trunks: crud(() => trunks, (x) => (trunks = x), 'id', (b) => ({ id: nextId(trunks), ...b, modified_at: unix() })),
  phones: crud(() => phones, (x) => (phones = x), 'id', (b) => ({ id: nextId(phones), ...b, modified_at: unix() })),
  numbers: crud(() => numbers, (x) => (numbers = x), 'number', (b) => ({ ...b, modified_at: unix() })),
  flows: crud(() => flows, (x) => (flows = x), 'id', (b) => ({ id: nextId(flows), version: 1, ...b, modified_at: unix() })),
  sounds: crud(() => sounds, (x) => (sounds = x), 'id', (b) => ({ id: nextId(sounds), ...b })),
  applications: crud(() => applications, () => {}, 'id', (b) => { const a = { id: 1400000000 + applications.length + 1, desk_rules: application.desk_rules, phone_licences: null, outside_calls: application.outside_calls, ...b }; applications.push(a); return a }),
}
function checkFlow(flow) {
  const details = []
  const leads = (node, field, to) => { if (to !== null && !flow.nodes[to]) details.push({ node, field, severity: 'error', code: 'flow.missing_target', message: `There is no node “${to}”.` }) }
  if (!flow.nodes[flow.start]) details.push({ node: '', field: 'start', severity: 'error', code: 'flow.missing_target', message: `There is no node “${flow.start}”.` })
  for (const [name, node] of Object.entries(flow.nodes)) {
    if (node.kind === 'prompt') leads(name, 'next', node.next)
    if (node.kind === 'to_agent') leads(name, 'failure', node.failure)
    if (node.kind === 'branch') for (const key of node.keys) leads(name, 'keys', key.next)
  }
  return details
}
function answer(method, url, body, session) {
  const [, , , room, id, more, last] = url.pathname.split('/').map(decodeURIComponent)
  const me = session && sessions.get(session)
  if (room === 'sign-in') {
    if (body.user_id === 'operator@callyard') return signIn({ id: 0, user_id: body.user_id, name: 'Operator', nick: '', staff_number: '', role: 'operator', extension: null })
    const found = staff.find((s) => s.user_id === body.user_id)
    if (!found || body.password !== 'demo') return fault(401, 'auth.wrong_credentials', 'The account or the password is wrong.', 'Check both; an administrator can set a new password.')
    return signIn(found)
  }
  if (room === 'session') return { status: 200, body: { me: me ? meOf(me) : null, demo_file: '/srv/callyard/data/demo.json' } }
  if (!me) return fault(401, 'auth.signed_out', 'You are not signed in.', 'Sign in.')
  if (room === 'sign-out') { sessions.delete(session); return { status: 204 } }
  if (room === 'me' && id === 'password') return body.old === 'demo' ? { status: 204 } : fault(403, 'auth.wrong_password', 'This is not your password.', 'Type the password that you signed in with.')
  if (room === 'me' && id === 'numbers') return items(numbers.filter((n) => n.state === 1).map(({ number }) => ({ number })))
  if (room === 'me') return { status: 200, body: meOf(me) }
  if (room === 'desk' && id === 'ticket') { const t = randomUUID(); tickets.set(t, me); return { status: 200, body: { ticket: t } } }
  if (room === 'demo') return ring(deskOf(me), body?.skill) ? { status: 202, body: {} } : { status: 202, body: {} }
  if (room === 'floor' && !id) return { status: 200, body: floor() }
  if (room === 'floor') return { status: 200, body: {} }
  if (room === 'application') { if (method === 'PUT') Object.assign(application, body); return { status: 200, body: application } }
  if (room === 'phones' && (more === 'password' || method === 'POST')) {
    const made = more === 'password' ? phones.find((phone) => String(phone.id) === id) : rooms.phones('POST', undefined, body).body
    return { status: more === 'password' ? 200 : 201, body: { id: made.id, user: made.extension, password: 'k7mWq2ZtNcx4RvHd8pYs', realm: `${application.id}.callyard`, server: '203.0.113.20:5060' } }
  }
  if (room === 'trunks' && body.outward) body.outward.has_password = body.outward.user !== ''
  if (room === 'api-keys') {
    if (method === 'GET') return items(apiKeys)
    if (method === 'DELETE') { apiKeys = apiKeys.filter((k) => k.secret_id !== id); return { status: 204 } }
    const key = { secret_id: `AKID${randomUUID().replaceAll('-', '').slice(0, 18)}`, note: body.note, enabled: true, created_at: unix() }
    apiKeys.push(key)
    return { status: 201, body: { secret_id: key.secret_id, secret_key: randomUUID().replaceAll('-', '') } }
  }
  if (room === 'records' && !id) {
    const q = url.searchParams, size = Number(q.get('page_size') ?? 20), page = Number(q.get('page') ?? 0)
    let list = records
    if (q.get('phone')) list = list.filter((r) => r.caller.includes(q.get('phone')))
    if (q.get('agent')) list = list.filter((r) => String(r.agent?.id) === q.get('agent'))
    if (q.get('from_ms')) list = list.filter((r) => r.started_ms >= Number(q.get('from_ms')))
    if (me.role === 'agent') list = list.filter((r) => r.agent?.id === me.id)
    return { status: 200, body: { total: list.length, records: list.slice(page * size, page * size + size) } }
  }
  if (room === 'records') { const r = records.find((x) => x.call === id); return r ? { status: 200, body: { ...r, legs: legsOf(me.role), journal: me.role === 'agent' ? [] : journalOf(r) } } : fault(404, 'record.unknown', 'There is no such record.', 'Reload the list.') }
  if (room === 'recordings') return more === 'peaks' ? { status: 200, body: peaks(48) } : { status: 200, wav: wav(48) }
  if (room === 'sounds' && more === 'audio') return { status: 200, wav: wav(3) }
  if (room === 'sounds' && method === 'POST') body = { name: url.searchParams.get('name'), duration_ms: 2500 }
  if (room === 'staff' && more === 'password') return { status: 204 }
  if (room === 'staff' && method === 'POST' && staff.some((s) => s.user_id === body.user_id)) return fault(409, 'store.exists', `The account ${body.user_id} belongs to another person.`, 'Choose another, or change the existing one.', [{ field: 'user_id', severity: 'error', code: 'store.exists', message: `The account ${body.user_id} belongs to another person.` }])
  if (room === 'flows' && method === 'PUT') { const d = checkFlow(body); if (d.length) return fault(422, 'flow.faults', 'The flow has faults.', 'Mend each marked field, then save again.', d)
    const { base_version, ...input } = body, version = flows.find((f) => String(f.id) === id)?.version ?? 0
    if (base_version !== undefined && base_version !== version) return fault(409, 'flow.changed_meanwhile', 'The flow was published by somebody else meanwhile.', 'Load it again.')
    body = { ...input, version: version + 1 } }
  void last
  return rooms[room]?.(method, id, body) ?? fault(404, 'http.unknown', 'There is no such address.', 'See the API’s description.')
}
function signIn(person) {
  const token = randomUUID()
  sessions.set(token, person)
  return { status: 200, body: meOf(person), cookie: `callyard_session=${token}; Path=/; HttpOnly; SameSite=Strict` }
}
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' }
const server = http.createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x')
  if (!url.pathname.startsWith('/api/')) {
    const file = path.join(DIST, path.normalize(url.pathname))
    const found = fs.existsSync(file) && fs.statSync(file).isFile() ? file : path.join(DIST, 'index.html')
    res.writeHead(200, { 'content-type': TYPES[path.extname(found)] ?? 'application/octet-stream' })
    return res.end(fs.readFileSync(found))
  }
  const chunks = []
  for await (const chunk of req) chunks.push(chunk)
  const raw = Buffer.concat(chunks)
  const json = req.headers['content-type']?.includes('json') && raw.length ? JSON.parse(raw.toString()) : {}
  const session = /callyard_session=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1]
  const result = answer(req.method, url, json, session)
  if (result.wav) {
    res.writeHead(200, { 'content-type': 'audio/wav', 'content-length': result.wav.length })
    return res.end(result.wav)
  }
  res.writeHead(result.status, { 'content-type': 'application/json', ...(result.cookie ? { 'set-cookie': result.cookie } : {}) })
  res.end(result.body === undefined ? '' : JSON.stringify(result.body))
})
new WebSocketServer({ server, path: '/api/v1/desk' }).on('connection', (socket, req) => {
  const person = tickets.get(new URL(req.url, 'http://x').searchParams.get('ticket'))
  if (!person) return socket.close(4401)
  const desk = deskOf(person)
  if (desk.socket) { desk.socket.send('{"kind":"replaced"}'); desk.socket.close() }
  desk.socket = socket
  desk.sound = 'none'
  if (desk.presence.state === 'away') desk.presence = { state: 'signed_out' }
  tell(desk)
  socket.on('message', (data) => {
    const command = JSON.parse(data.toString())
    if (command.do === 'ping') return socket.send('{"kind":"pong"}')
    const error = obey(desk, command)
    socket.send(JSON.stringify(error ? { kind: 'refused', id: command.id, error } : { kind: 'done', id: command.id }))
  })
  socket.on('close', () => { if (desk.socket === socket) desk.socket = null })
})
server.listen(PORT, '127.0.0.1', () => console.log(`mock server on http://127.0.0.1:${PORT} (any account of the demo, password “demo”)`))
