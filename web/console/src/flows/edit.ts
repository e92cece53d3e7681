/**
 * A draft and the published version it was made from, while others may publish
 * the same flow. Pure.
 */
import type { Flow } from '../api/types'
import { draftOf, newDraft, sameAs, type Draft } from './draft'

export interface Edit {
  draft: Draft
  /** What the draft began with or was last published as; `null` for a flow that is new. */
  base: Flow | null
  /** Rises when another version takes the place of the draft. */
  loads: number
}

export function editOf(flow: Flow | null): Edit {
  return { draft: flow ? draftOf(flow) : newDraft(), base: flow, loads: 0 }
}

export function isDirty({ draft, base }: Edit): boolean {
  return base === null || !sameAs(draft, base)
}

/** A version that the draft knows nothing of. */
export function isNewer(flow: Flow | null, { base }: Edit): flow is Flow {
  return flow !== null && base !== null && flow.version > base.version
}

/** What becomes of an edit when the server tells of a flow. A draft with changes stays until somebody decides. */
export function follow(edit: Edit, flow: Flow | null): Edit {
  if (!isNewer(flow, edit)) return edit
  if (sameAs(edit.draft, flow)) return rebase(edit, flow)
  return isDirty(edit) ? edit : load(edit, flow)
}

/** Takes a version and lets the draft go. */
export function load(edit: Edit, flow: Flow): Edit {
  return { draft: draftOf(flow), base: flow, loads: edit.loads + 1 }
}

/** Keeps the draft, which is from now on a change of this version. */
export function rebase(edit: Edit, flow: Flow): Edit {
  return { ...edit, base: flow }
}
