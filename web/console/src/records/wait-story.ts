/**
 * Why a caller waited, told from the routing traces in the call's journal. Pure.
 */
import type { CallEvent, Considered, JournalEntry, Verdict } from '../api/types'

type Offered = Extract<CallEvent, { event: 'offered' }>
type OfferEnded = Extract<CallEvent, { event: 'offer_ended' }>

export interface Round {
  agent: number
  atMs: number
  /** Milliseconds after the caller began to wait. */
  afterMs: number
  /** Why this agent did not take the call; `null` when the agent did. */
  lost: OfferEnded['why'] | null
  /** Everyone who did not get the call this time, by reason. */
  passed: { verdict: Verdict; agents: number[] }[]
}

export interface WaitStory {
  group: string
  rounds: Round[]
}

export function waitStory(entries: JournalEntry[]): WaitStory | null {
  const queued = entries.find((entry) => entry.event.event === 'queued')
  if (queued?.event.event !== 'queued') return null
  const rounds = entries.flatMap((entry) => (entry.event.event === 'offered' ? [roundOf(entry.event, entry.at_ms, queued.at_ms, entries)] : []))
  return { group: queued.event.group_name, rounds }
}

function roundOf(offer: Offered, atMs: number, queuedMs: number, entries: JournalEntry[]): Round {
  const ended = entries.find((entry) => entry.event.event === 'offer_ended' && entry.event.offer === offer.offer)?.event
  return {
    agent: offer.agent,
    atMs,
    afterMs: Math.max(0, atMs - queuedMs),
    lost: ended?.event === 'offer_ended' ? ended.why : null,
    passed: byVerdict(offer.trace),
  }
}

function byVerdict(trace: Considered[]): Round['passed'] {
  const groups = new Map<Verdict, number[]>()
  for (const { agent, verdict } of trace) {
    if (verdict === 'chosen') continue
    groups.set(verdict, [...(groups.get(verdict) ?? []), agent])
  }
  return [...groups].map(([verdict, agents]) => ({ verdict, agents }))
}
