import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { queryClient } from '../api/queries'
import { preferences } from '../preferences'
import { SkillGroupsPage } from './SkillGroupsPage'
import { StaffPage } from './StaffPage'

vi.mock('../components/FaultToast', () => ({ say: () => {}, FaultToast: () => null }))

const group = { id: 7, members: 1, name: 'Sales', kind: 0, max_concurrency: 1, alias: '801', last_agent_first: true, ring_all: true, modified_at: 0 }
const alice = { id: 2, user_id: 'a@b.c', name: 'Alice', nick: '', staff_number: '', phone: '', role: 'agent', extension: null, mobile_call_out: false, mobile_accept: 0, forwarding: null, groups: { 7: 1 }, modified_at: 0 }
const rooms: Record<string, unknown> = { '/api/v1/skill-groups': [group], '/api/v1/staff': [alice] }

beforeEach(() => {
  preferences.set({ language: 'en' })
  vi.stubGlobal('fetch', vi.fn(async (path: string) => Response.json({ items: rooms[path] ?? [] })))
})

afterEach(() => {
  cleanup()
  queryClient.clear()
  vi.unstubAllGlobals()
})

async function edit(page: React.ReactNode, name: string) {
  render(<QueryClientProvider client={queryClient}>{page}</QueryClientProvider>)
  fireEvent.click(await screen.findByRole('button', { name: `Edit: ${name}` }))
}

async function saved(): Promise<unknown> {
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  const put = () => vi.mocked(fetch).mock.calls.find(([, init]) => init?.method === 'PUT')
  await waitFor(() => expect(put()).toBeDefined())
  return JSON.parse(String(put()?.[1]?.body))
}

it('offers no rules that routing does not follow, and keeps those that are set', async () => {
  await edit(<SkillGroupsPage />, 'Sales')
  expect(screen.queryByText(/Ring all|Last agent/)).toBeNull()
  fireEvent.change(screen.getByLabelText('Name'), { target: { value: 'Shop' } })
  expect(await saved()).toMatchObject({ name: 'Shop', last_agent_first: true, ring_all: true })
})

it('promises no order among members, and keeps the priorities that are set', async () => {
  await edit(<StaffPage />, 'Alice')
  expect(screen.queryByText(/Priority/)).toBeNull()
  const member = await screen.findByLabelText('Sales')
  fireEvent.click(member)
  fireEvent.click(member)
  expect(await saved()).toMatchObject({ groups: { 7: 1 } })
})

it('shows a name that is taken at its field', async () => {
  await edit(<SkillGroupsPage />, 'Sales')
  const message = 'There is already a skill group called “Shop”.'
  const refusal = { code: 'store.exists', message, mend: 'Choose another.', details: [{ field: 'name', severity: 'error', code: 'store.exists', message }] }
  vi.mocked(fetch).mockImplementation(async (_path, init) => (init?.method === 'PUT' ? Response.json({ error: refusal }, { status: 409 }) : Response.json({ items: [group] })))
  fireEvent.change(screen.getByLabelText('Name'), { target: { value: 'Shop' } })
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(screen.getByLabelText('Name').getAttribute('aria-invalid')).toBe('true'))
  expect(document.getElementById(screen.getByLabelText('Name').getAttribute('aria-describedby') ?? '')?.textContent).toBe(message)
})
