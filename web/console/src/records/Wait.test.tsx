import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RecordDetail } from '../api/types'
import { preferences } from '../preferences'
import { Wait } from './Wait'

beforeEach(() => preferences.set({ language: 'en' }))
afterEach(cleanup)

const names = { agent: (id: number) => ['', 'Alice', 'Bob', 'Carol'][id] ?? '', trunk: String, flow: String }
const record = {
  wait_ms: 9_000,
  journal: [
    { sequence: 0, at_ms: 0, event: { event: 'queued', group: 1, group_name: 'Sales' } },
    {
      sequence: 1,
      at_ms: 9_000,
      event: {
        event: 'offered', offer: 'x', agent: 1, user_id: 'a@b.c', group: 1,
        trace: [{ agent: 1, verdict: 'chosen' }, { agent: 2, verdict: 'talking' }, { agent: 3, verdict: 'signed_out' }],
      },
    },
  ],
} as unknown as RecordDetail

it('tells who was not chosen apart from who was not there', () => {
  render(<Wait record={record} names={names} />)
  expect(screen.getByText('Not chosen: Bob (in a call).')).toBeTruthy()
  expect(screen.getByText('Offline: Carol.')).toBeTruthy()
  expect(screen.getByText(/Waited 9 s for Sales/)).toBeTruthy()
})
