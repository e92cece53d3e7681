import { QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { flowsQuery, queryClient } from '../api/queries'
import type { Flow } from '../api/types'
import { preferences } from '../preferences'
import { FlowPage } from './FlowPage'

vi.mock('../components/FaultToast', () => ({ say: () => {}, FaultToast: () => null }))

/** The flow at the server. */
let flow: Flow

function put(init: RequestInit): Response {
  const { base_version, ...input } = JSON.parse(String(init.body)) as Flow & { base_version: number }
  if (base_version !== flow.version) return Response.json({ error: { code: 'flow.changed_meanwhile', message: 'Changed.', mend: '' } }, { status: 409 })
  flow = { ...flow, ...input, version: flow.version + 1 }
  return Response.json({ id: flow.id, version: flow.version, warnings: [] })
}

beforeEach(() => {
  flow = { id: 1, name: 'Front desk', version: 2, start: 'bye', modified_at: 0, nodes: { bye: { label: 'Bye', kind: 'end', prompt: null } } }
  preferences.set({ language: 'en' })
  vi.stubGlobal(
    'fetch',
    vi.fn(async (path: string, init?: RequestInit) => {
      if (init?.method === 'PUT') return put(init)
      return Response.json({ items: path.endsWith('/flows') ? [flow] : [] })
    }),
  )
})

afterEach(() => {
  cleanup()
  queryClient.clear()
  vi.unstubAllGlobals()
})

async function open() {
  const router = createMemoryRouter([{ path: '/admin/flows/:id', element: <FlowPage /> }], { initialEntries: ['/admin/flows/1'] })
  render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  )
  await screen.findByText('Version 2')
}

const name = () => screen.getByLabelText<HTMLInputElement>('Name')
const type = (value: string) => fireEvent.change(name(), { target: { value } })
const press = (label: string) => fireEvent.click(screen.getByRole('button', { name: label }))
const theyPublish = () => (flow = { ...flow, name: 'Their desk', version: flow.version + 1 })
const refetch = () => act(() => queryClient.refetchQueries(flowsQuery))

it('keeps what was typed when somebody else publishes, and loads theirs when told to', async () => {
  await open()
  type('My desk')
  theyPublish()
  await refetch()
  const notice = await screen.findByRole('alert')
  expect(name().value).toBe('My desk')
  expect(notice.textContent).toContain('A newer version 3 was published by someone else.')
  press('Load it')
  expect(name().value).toBe('Their desk')
  expect(screen.queryByRole('alert')).toBeNull()
})

it('shows the newer version at once where nothing was typed', async () => {
  await open()
  theyPublish()
  await refetch()
  expect(await screen.findByText('Version 3')).toBeTruthy()
  expect(name().value).toBe('Their desk')
})

it('publishes over a version that it has not seen only after somebody decided', async () => {
  await open()
  type('My desk')
  theyPublish()
  press('Publish')
  expect(await screen.findByText('Somebody else published this flow meanwhile.')).toBeTruthy()
  expect(name().value).toBe('My desk')
  fireEvent.click(await screen.findByRole('button', { name: 'Keep mine' }))
  expect(screen.queryByRole('alert')).toBeNull()
  press('Publish')
  await waitFor(() => expect(flow).toMatchObject({ name: 'My desk', version: 4 }))
  expect(await screen.findByText('Version 4')).toBeTruthy()
  expect(screen.queryByRole('alert')).toBeNull()
})
