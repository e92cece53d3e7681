import { describe, expect, it } from 'vitest'
import type { DeskSnapshot, Presence } from './protocol'
import { agentCan, type AgentAction } from './rules'

const desk = (presence: Presence): DeskSnapshot => ({ sequence: 1, server_ms: 0, agent: 2, presence, sound: 'connected', call: null, waiting: 0 })

const presences: Presence[] = [
  { state: 'signed_out' },
  { state: 'ready', since_ms: 0 },
  { state: 'offered', offer: 'o', until_ms: 1, ring_ms: 1 },
  { state: 'dialling', since_ms: 0 },
  { state: 'talking', since_ms: 0, muted: false },
  { state: 'wrap_up', until_ms: 1, wrap_up_ms: 1 },
  { state: 'away', reason: 'rest', text: 'Lunch', since_ms: 0 },
]

describe('what an agent can do', () => {
  const table: [Presence['state'], AgentAction[]][] = [
    ['signed_out', ['beReady', 'rest', 'beNotReady']],
    ['ready', ['call', 'rest', 'beNotReady', 'signOut']],
    ['offered', ['accept', 'decline']],
    ['dialling', ['hangUp']],
    ['talking', ['hangUp', 'mute', 'sendDigits', 'remark']],
    ['wrap_up', ['call', 'remark', 'beReady', 'rest', 'beNotReady', 'signOut']],
    ['away', ['call', 'beReady', 'rest', 'beNotReady', 'signOut']],
  ]
  it.each(table)('while %s', (state, allowed) => {
    const presence = presences.find((one) => one.state === state)
    const snapshot = desk(presence ?? { state: 'signed_out' })
    const can = (Object.keys(agentCan) as AgentAction[]).filter((action) => agentCan[action](snapshot))
    expect(can.sort()).toEqual([...allowed].sort())
  })

  it('is nothing before the first snapshot', () => {
    expect(Object.values(agentCan).some((can) => can(null))).toBe(false)
  })
})
