/**
 * A flow while it is edited: its steps in an order that a person reads, each
 * with a key that stays when its name changes. Pure.
 */
import type { Flow, FlowInput, FlowNode, Step } from '../api/types'

export interface DraftStep {
  key: number
  name: string
  node: FlowNode
}

export interface Draft {
  name: string
  start: string
  steps: DraftStep[]
}

/** Not chosen yet. Ids begin with 1. */
export const NO_ID = 0

export function blankStep(kind: Step['kind']): Step {
  switch (kind) {
    case 'prompt':
      return { kind, sound: NO_ID, times: 1, interruptible: true, next: '' }
    case 'branch':
      return { kind, prompt: NO_ID, timeout_s: 5, timeout_prompt: null, invalid_prompt: null, max_errors: 3, keys: [{ key: '1', label: '', next: '' }] }
    case 'to_agent':
      return { kind, group: NO_ID, prompt: null, music: null, max_wait_s: 120, timeout_prompt: null, nobody_prompt: null, failure: null }
    case 'end':
      return { kind, prompt: null }
  }
}

/** Where a step may lead. */
export function targetsOf(step: Step): string[] {
  switch (step.kind) {
    case 'prompt':
      return [step.next]
    case 'branch':
      return step.keys.map((key) => key.next)
    case 'to_agent':
      return step.failure === null ? [] : [step.failure]
    case 'end':
      return []
  }
}

function retargeted(node: FlowNode, from: string, to: string): FlowNode {
  const moved = (name: string) => (name === from ? to : name)
  switch (node.kind) {
    case 'prompt':
      return { ...node, next: moved(node.next) }
    case 'branch':
      return { ...node, keys: node.keys.map((key) => ({ ...key, next: moved(key.next) })) }
    case 'to_agent':
      return { ...node, failure: node.failure === null ? null : moved(node.failure) }
    case 'end':
      return node
  }
}

/** Steps in the order in which a caller may meet them, then those that nobody meets. */
export function draftOf(flow: FlowInput): Draft {
  const order: string[] = []
  const visit = (name: string) => {
    const node = flow.nodes[name]
    if (node === undefined || order.includes(name)) return
    order.push(name)
    targetsOf(node).forEach(visit)
  }
  visit(flow.start)
  Object.keys(flow.nodes).forEach(visit)
  const steps = order.flatMap((name, key) => {
    const node = flow.nodes[name]
    return node ? [{ key, name, node }] : []
  })
  return { name: flow.name, start: flow.start, steps }
}

export function newDraft(): Draft {
  const node: FlowNode = { label: '', ...blankStep('prompt') }
  return { name: '', start: 'welcome', steps: [{ key: 0, name: 'welcome', node }] }
}

export function inputOf({ name, start, steps }: Draft): FlowInput {
  return { name: name.trim(), start, nodes: Object.fromEntries(steps.map((step) => [step.name, step.node])) }
}

export function addStep(draft: Draft, kind: Step['kind']): Draft {
  const key = Math.max(-1, ...draft.steps.map((step) => step.key)) + 1
  let count = draft.steps.length + 1
  while (draft.steps.some((step) => step.name === `step_${count}`)) count += 1
  return { ...draft, steps: [...draft.steps, { key, name: `step_${count}`, node: { label: '', ...blankStep(kind) } }] }
}

export function removeStep(draft: Draft, key: number): Draft {
  return { ...draft, steps: draft.steps.filter((step) => step.key !== key) }
}

export function changeNode(draft: Draft, key: number, node: FlowNode): Draft {
  return { ...draft, steps: draft.steps.map((step) => (step.key === key ? { ...step, node } : step)) }
}

/** Renames a step, and with it everything that leads there. A name that is taken or empty changes nothing. */
export function renameStep(draft: Draft, key: number, to: string): Draft {
  const step = draft.steps.find((one) => one.key === key)
  if (step === undefined || to === '' || draft.steps.some((one) => one.key !== key && one.name === to)) return draft
  const from = step.name
  const steps = draft.steps.map((one) => ({ ...one, name: one.key === key ? to : one.name, node: retargeted(one.node, from, to) }))
  return { ...draft, start: draft.start === from ? to : draft.start, steps }
}

/** The flow as it stands, to tell whether anything was changed. */
export function sameAs(draft: Draft, flow: Flow): boolean {
  const { name, start, nodes } = inputOf(draft)
  return JSON.stringify({ name, start, nodes: sorted(nodes) }) === JSON.stringify({ name: flow.name, start: flow.start, nodes: sorted(flow.nodes) })
}

function sorted(nodes: Record<string, FlowNode>): unknown {
  return Object.keys(nodes)
    .sort()
    .map((name) => [name, Object.entries(nodes[name] ?? {}).sort(([a], [b]) => a.localeCompare(b))])
}
