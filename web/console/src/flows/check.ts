/**
 * What is wrong with a flow, as far as the page can see it: the same faults the
 * server finds, shown while one types. Pure; the server has the last word.
 */
import type { FlowNode } from '../api/types'
import type { WordKey } from '../i18n'
import { NO_ID, targetsOf, type Draft } from './draft'

export interface FlowFault {
  /** The step; empty for the flow itself. */
  node: string
  field: string
  word: WordKey
  values?: Record<string, string | number>
  warning?: boolean
}

const KEYS = /^[0-9*#]$/

export function checkFlow(draft: Draft): FlowFault[] {
  const names = new Set(draft.steps.map((step) => step.name))
  const faults: FlowFault[] = []
  if (draft.name.trim() === '') faults.push({ node: '', field: 'name', word: 'common.required' })
  if (!names.has(draft.start)) faults.push({ node: '', field: 'start', word: 'flows.fault.next', values: { name: draft.start } })
  for (const { name, node } of draft.steps) {
    for (const fault of checkNode(node, names)) faults.push({ node: name, ...fault })
  }
  const met = reached(draft)
  for (const { name } of draft.steps) {
    if (!met.has(name)) faults.push({ node: name, field: '', word: 'flows.fault.unreached', warning: true })
  }
  return faults
}

type NodeFault = Omit<FlowFault, 'node'>

function checkNode(node: FlowNode, names: Set<string>): NodeFault[] {
  switch (node.kind) {
    case 'prompt':
      return [...chosen('sound', node.sound, 'flows.fault.sound'), ...range('times', node.times, 1, 10), ...leads('next', node.next, names)]
    case 'branch':
      return [
        ...chosen('prompt', node.prompt, 'flows.fault.sound'),
        ...range('timeout_s', node.timeout_s, 1, 120),
        ...range('max_errors', node.max_errors, 1, 10),
        ...checkKeys(node.keys, names),
      ]
    case 'to_agent':
      return [
        ...chosen('group', node.group, 'flows.fault.group'),
        ...range('max_wait_s', node.max_wait_s, 1, 3600),
        ...(node.failure === null ? [] : leads('failure', node.failure, names)),
      ]
    case 'end':
      return []
  }
}

function checkKeys(keys: { key: string; next: string }[], names: Set<string>): NodeFault[] {
  if (keys.length === 0) return [{ field: 'keys', word: 'flows.fault.keys_none' }]
  return keys.flatMap(({ key, next }, place) => {
    const twice = keys.findIndex((other) => other.key === key) < place
    return [
      ...(KEYS.test(key) ? [] : [{ field: 'keys', word: 'flows.fault.key_bad' as const }]),
      ...(twice ? [{ field: 'keys', word: 'flows.fault.key_twice' as const, values: { key } }] : []),
      ...leads('keys', next, names),
    ]
  })
}

function chosen(field: string, id: number, word: WordKey): NodeFault[] {
  return id === NO_ID ? [{ field, word }] : []
}

function range(field: string, value: number, min: number, max: number): NodeFault[] {
  return Number.isInteger(value) && value >= min && value <= max ? [] : [{ field, word: 'common.range', values: { min, max } }]
}

function leads(field: string, name: string, names: Set<string>): NodeFault[] {
  if (names.has(name)) return []
  return [name === '' ? { field, word: 'flows.fault.next_empty' } : { field, word: 'flows.fault.next', values: { name } }]
}

function reached(draft: Draft): Set<string> {
  const met = new Set<string>()
  const visit = (name: string) => {
    const step = draft.steps.find((one) => one.name === name)
    if (step === undefined || met.has(name)) return
    met.add(name)
    targetsOf(step.node).forEach(visit)
  }
  visit(draft.start)
  return met
}
