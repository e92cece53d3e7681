import { describe, expect, it } from 'vitest'
import type { Flow } from '../api/types'
import { editOf, follow, isDirty, isNewer, load, rebase } from './edit'

const flow: Flow = { id: 1, name: 'Front desk', version: 2, start: 'bye', modified_at: 0, nodes: { bye: { label: 'Bye', kind: 'end', prompt: null } } }
const theirs: Flow = { ...flow, version: 3, name: 'Their desk' }
const typed = { ...editOf(flow), draft: { ...editOf(flow).draft, name: 'My desk' } }

describe('a flow that somebody else publishes meanwhile', () => {
  it('takes the place of a draft without changes', () => {
    const next = follow(editOf(flow), theirs)
    expect(next.draft.name).toBe('Their desk')
    expect(next.base).toBe(theirs)
  })

  it('leaves a draft with changes alone until somebody decides', () => {
    expect(follow(typed, theirs)).toBe(typed)
    expect(isNewer(theirs, typed)).toBe(true)
    expect(load(typed, theirs).draft.name).toBe('Their desk')
    const kept = rebase(typed, theirs)
    expect(kept.draft.name).toBe('My desk')
    expect(kept.base?.version).toBe(3)
    expect(isNewer(theirs, kept)).toBe(false)
    expect(isDirty(kept)).toBe(true)
  })

  it('is no news when it is what this page published', () => {
    const published: Flow = { ...flow, version: 3, name: 'My desk' }
    const next = follow(typed, published)
    expect(next.loads).toBe(0)
    expect(isDirty(next)).toBe(false)
    expect(isNewer(published, next)).toBe(false)
  })

  it('is not gone back to by an answer that comes late', () => {
    const now = rebase(typed, theirs)
    expect(follow(now, flow)).toBe(now)
  })
})
