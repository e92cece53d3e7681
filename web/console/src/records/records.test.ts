import { describe, expect, it } from 'vitest'
import type { CallEvent, JournalEntry } from '../api/types'
import { translate, type Say } from '../i18n'
import { filterOf } from '../pages/RecordsPage'
import { sentenceOf } from './journal-words'
import { lossOf, millis, percent, qualityOf, score } from './quality'
import { waitStory } from './wait-story'

const en: Say = (key, values) => translate('en', key, values)
const names = { agent: (id: number) => ({ 2: 'Alice', 3: 'Bob' })[id] ?? `#${id}`, trunk: () => 'Carrier', flow: () => 'Front desk' }
const at = (at_ms: number, event: CallEvent): JournalEntry => ({ sequence: at_ms, at_ms, event })

const journal: JournalEntry[] = [
  at(0, { event: 'arrived', trunk: 1, caller: '1', callee: '2', sip_call_id: 'x', user_to_user: null }),
  at(1000, { event: 'queued', group: 1, group_name: 'Sales' }),
  at(1100, { event: 'offered', offer: 'a', agent: 3, user_id: 'bob', group: 1, trace: [{ agent: 3, verdict: 'chosen' }, { agent: 2, verdict: 'talking' }] }),
  at(16_100, { event: 'offer_ended', offer: 'a', why: 'rang_out' }),
  at(16_100, { event: 'offered', offer: 'b', agent: 2, user_id: 'alice', group: 1, trace: [{ agent: 2, verdict: 'chosen' }, { agent: 3, verdict: 'passed_before' }] }),
  at(18_000, { event: 'accepted', offer: 'b', agent: 2 }),
  at(60_000, { event: 'ended', by: 'user', status: 'ok', cause: null }),
]

describe('a journal', () => {
  it('reads as sentences', () => {
    expect(journal.map(({ event }) => sentenceOf(event, names, en))).toEqual([
      'Call came in over Carrier',
      'Began to wait for Sales',
      'Rang at Bob',
      'Stopped ringing: not answered in time',
      'Rang at Alice',
      'Alice answered',
      'Call ended by Customer: Answered',
    ])
  })

  it('reads as sentences when one of us called', () => {
    const dialled = { event: 'dialled', direction: 'outbound', trunk: 1, agent: 2, user_id: 'alice', group: 1, caller: '0086075512345678', callee: '008613812345678' } as const
    const events: CallEvent[] = [dialled, { ...dialled, direction: 'internal', trunk: null, agent: null, caller: '8001', callee: '8002' }, { event: 'called', agent: 3, user_id: 'bob', group: 1 }, { event: 'redirected', callee: '8003' }, { event: 'rang' }, { event: 'connected' }]
    expect(events.map((event) => sentenceOf(event, names, en))).toEqual([
      'Alice called +86 138 1234 5678 over Carrier',
      '8001 called 8002',
      'Bob is called',
      'Sent on to 8003',
      'Rang at the other end',
      'The other end answered',
    ])
  })

  it('says who was not heard, and how it sounded', () => {
    const party = { side: 'customer', kind: { trunk: 1 }, agent: null } as const
    const sound = { party, codec: 'pcma', received: 900, sent: 900, lost: 9, remote_lost: 0, jitter_us: 900, round_trip_us: 0, mos: 371, remote: null, silences: 1, silent_ms: 12_000 }
    const events: CallEvent[] = [{ event: 'no_sound', party, lasted_ms: 10_000 }, { event: 'sound_again', party, lasted_ms: 12_000 }, { event: 'measured', sound }]
    expect(events.map((event) => sentenceOf(event, names, en))).toEqual([
      'Nothing is heard from Customer (for 10 s already)',
      'Customer is heard again after 12 s',
      'Sound of Customer: Fair',
    ])
  })

  it('says who gave the call to whom', () => {
    const asked = { event: 'transfer_asked', kind: 'blind', from: '8001', agent: 2, to: '8003' } as const
    const events: CallEvent[] = [
      asked,
      { event: 'transfer_failed', status: 486 },
      { ...asked, kind: 'attended', agent: null },
      { event: 'transferred', side: 'seat', agent: 3, user_id: 'bob', group: 1 },
      { ...asked, kind: 'taken' },
      { event: 'transferred', side: 'seat', agent: null, user_id: '', group: null },
    ]
    expect(events.map((event) => sentenceOf(event, names, en))).toEqual([
      'Alice transferred the call to 8003',
      'The transfer failed (486); the call went on',
      '8001 joined this call with 8003',
      'The transfer was answered by Bob',
      '8003 took the call over from Alice',
      'The transfer was answered',
    ])
  })

  it('shows an event that this page does not know by its name', () => {
    const event = { event: 'parked' } as unknown as CallEvent
    expect(sentenceOf(event, names, en)).toContain('parked')
  })
})

describe('how a leg sounded', () => {
  it('is a word, by the bounds of G.107', () => {
    expect([441, 400, 399, 360, 359, 100, 0].map(qualityOf)).toEqual(['good', 'good', 'fair', 'fair', 'poor', 'poor', 'unheard'])
  })
  it('is figures that people read', () => {
    expect([lossOf(0, 0), lossOf(1, 99), lossOf(1, 9999), percent(12.34)]).toEqual(['0 %', '1.0 %', '< 0.1 %', '12.3 %'])
    expect([millis(900), millis(9_949), millis(43_210), score(437)]).toEqual(['0.9 ms', '9.9 ms', '43 ms', '4.37'])
  })
})

describe('why a caller waited', () => {
  it('is told round by round', () => {
    const story = waitStory(journal)
    expect(story?.group).toBe('Sales')
    expect(story?.rounds.map((round) => [names.agent(round.agent), round.lost, round.afterMs])).toEqual([
      ['Bob', 'rang_out', 100],
      ['Alice', null, 15_100],
    ])
    expect(story?.rounds[0]?.passed).toEqual([{ verdict: 'talking', agents: [2] }])
  })

  it('is not asked of a caller who never waited', () => {
    expect(waitStory(journal.slice(0, 1))).toBeNull()
  })
})

describe('the filter in the address', () => {
  const now = new Date(2026, 5, 10, 12).getTime()
  it('means the last seven days when it says nothing', () => {
    expect(filterOf(new URLSearchParams(), now)).toMatchObject({ period: 'week', page: 0, from_ms: new Date(2026, 5, 4).getTime() })
  })
  it('survives what somebody types there', () => {
    expect(filterOf(new URLSearchParams('period=x&page=-3&agent=bob'), now)).toMatchObject({ period: 'week', page: 0 })
    expect(filterOf(new URLSearchParams('phone=13812345678&agent=2'), now)).toMatchObject({ phone: '008613812345678', agent: 2 })
  })
})
