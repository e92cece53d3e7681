import { describe, expect, it } from 'vitest'
import type { Flow } from '../api/types'
import { checkFlow } from './check'
import { addStep, changeNode, draftOf, inputOf, removeStep, renameStep, sameAs } from './draft'

const flow: Flow = {
  id: 1,
  name: 'Front desk',
  version: 2,
  start: 'welcome',
  modified_at: 0,
  nodes: {
    bye: { label: 'Bye', kind: 'end', prompt: null },
    menu: { label: 'Menu', kind: 'branch', prompt: 2, timeout_s: 5, timeout_prompt: null, invalid_prompt: null, max_errors: 3, keys: [{ key: '1', label: 'Sales', next: 'sales' }] },
    sales: { label: 'Sales', kind: 'to_agent', group: 1, prompt: null, music: null, max_wait_s: 60, timeout_prompt: null, nobody_prompt: null, failure: 'bye' },
    welcome: { label: 'Hi', kind: 'prompt', sound: 1, times: 1, interruptible: true, next: 'menu' },
  },
}

describe('a flow in the form', () => {
  it('stands in the order in which a caller meets its steps', () => {
    expect(draftOf(flow).steps.map((step) => step.name)).toEqual(['welcome', 'menu', 'sales', 'bye'])
  })

  it('is the same flow until something is changed', () => {
    const draft = draftOf(flow)
    expect(sameAs(draft, flow)).toBe(true)
    expect(sameAs({ ...draft, name: 'Other' }, flow)).toBe(false)
  })

  it('keeps every way to a step that is renamed', () => {
    const renamed = inputOf(renameStep(draftOf(flow), 1, 'choices'))
    expect(renamed.nodes.welcome).toMatchObject({ next: 'choices' })
    expect(Object.keys(renamed.nodes)).not.toContain('menu')
    expect(inputOf(renameStep(draftOf(flow), 0, 'hello')).start).toBe('hello')
  })

  it('does not let two steps have one name', () => {
    const draft = draftOf(flow)
    expect(renameStep(draft, 1, 'bye')).toBe(draft)
  })
})

describe('the check', () => {
  const faults = (draft: ReturnType<typeof draftOf>) => checkFlow(draft).map(({ node, field, word }) => `${node}.${field}: ${word}`)

  it('finds nothing wrong with a whole flow', () => {
    expect(checkFlow(draftOf(flow))).toEqual([])
  })

  it('names the field that leads nowhere', () => {
    expect(faults(removeStep(draftOf(flow), 3))).toEqual(['sales.failure: flows.fault.next'])
  })

  it('warns of a step that nobody meets', () => {
    const lonely = addStep(draftOf(flow), 'end')
    expect(checkFlow(lonely)).toEqual([{ node: 'step_5', field: '', word: 'flows.fault.unreached', warning: true }])
  })

  it('finds keys that stand twice, wait too long or are missing', () => {
    const draft = draftOf(flow)
    const menu = draft.steps[1]?.node
    if (menu?.kind !== 'branch') throw new Error('the second step is the menu')
    const key = { key: '1', label: '', next: 'sales' }
    expect(faults(changeNode(draft, 1, { ...menu, keys: [key, key] }))).toEqual(['menu.keys: flows.fault.key_twice'])
    expect(faults(changeNode(draft, 1, { ...menu, timeout_s: 121 }))).toEqual(['menu.timeout_s: common.range'])
    expect(faults(changeNode(draft, 1, { ...menu, keys: [] }))).toContain('menu.keys: flows.fault.keys_none')
  })
})
