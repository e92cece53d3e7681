/**
 * May a button be pressed? One table, asked by every page, so that no page
 * compares states of its own. The server has the last word; this only keeps
 * buttons from promising what it would refuse.
 */
import type { DeskSnapshot, PresenceState } from './protocol'

const states = {
  accept: ['offered'],
  decline: ['offered'],
  call: ['ready', 'away', 'wrap_up'],
  hangUp: ['dialling', 'talking'],
  mute: ['talking'],
  sendDigits: ['talking'],
  remark: ['talking', 'wrap_up'],
  beReady: ['signed_out', 'away', 'wrap_up'],
  rest: ['signed_out', 'ready', 'away', 'wrap_up'],
  beNotReady: ['signed_out', 'ready', 'away', 'wrap_up'],
  signOut: ['ready', 'away', 'wrap_up'],
} as const satisfies Record<string, readonly PresenceState[]>

export type AgentAction = keyof typeof states

type Rule = ((desk: DeskSnapshot | null) => boolean) & { states: readonly PresenceState[] }

function rule(action: AgentAction): Rule {
  const allowed: readonly PresenceState[] = states[action]
  const ask = (desk: DeskSnapshot | null) => desk !== null && allowed.includes(desk.presence.state)
  return Object.assign(ask, { states: allowed })
}

/** `agentCan.accept(desk)` … `agentCan.accept.states` says when. */
export const agentCan = Object.fromEntries(
  (Object.keys(states) as AgentAction[]).map((action) => [action, rule(action)]),
) as Record<AgentAction, Rule>
