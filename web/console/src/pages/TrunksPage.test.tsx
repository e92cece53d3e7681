import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { queryClient } from '../api/queries'
import { preferences } from '../preferences'
import { TrunksPage } from './TrunksPage'

vi.mock('../components/FaultToast', () => ({ say: () => {}, FaultToast: () => null }))

const outward = { host: 'sip.carrier.example', port: null, transport: 'udp', user: 'line-7', has_password: true, registers: true, caller_id: 'from', rewrites: [{ prefix: '0086', replacement: '0' }] }
const both = { id: 1, name: 'Both', sources: ['203.0.113.0/24'], max_calls: null, max_calls_per_second: 5, protection: 'demanded', inward_rewrites: [{ prefix: '+86', replacement: '0086' }], outward, enabled: true, modified_at: 0 }

beforeEach(() => {
  preferences.set({ language: 'en' })
  vi.stubGlobal('fetch', vi.fn(async () => Response.json({ items: [both] })))
})

afterEach(() => {
  cleanup()
  queryClient.clear()
  vi.unstubAllGlobals()
})

async function open(button: string) {
  render(<QueryClientProvider client={queryClient}><TrunksPage /></QueryClientProvider>)
  fireEvent.click(await screen.findByRole('button', { name: button }))
}

const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
const sent = (method: string) => vi.mocked(fetch).mock.calls.find(([, init]) => init?.method === method)

async function saved(method: string, button: string): Promise<Record<string, unknown>> {
  fireEvent.click(screen.getByRole('button', { name: button }))
  await waitFor(() => expect(sent(method)).toBeDefined())
  return JSON.parse(String(sent(method)?.[1]?.body)) as Record<string, unknown>
}

it('sends back what it read, and leaves the kept password alone', async () => {
  await open('Edit: Both')
  const { id, modified_at, outward: out, ...rest } = both
  void id
  void modified_at
  const { has_password, ...kept } = out
  void has_password
  expect(await saved('PUT', 'Save')).toEqual({ ...rest, outward: { ...kept, password: null } })
})

it('wants the password again for another gateway', async () => {
  await open('Edit: Both')
  type('Gateway', 'other.example')
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(screen.getByText(/Needed beside a user name/)).toBeTruthy()
  expect(sent('PUT')).toBeUndefined()
  type('Password', 's3cret')
  expect(await saved('PUT', 'Save')).toMatchObject({ outward: { host: 'other.example', password: 's3cret' } })
})

it('makes a trunk that only carries calls out', async () => {
  await open('New trunk')
  expect(screen.queryByLabelText('Gateway')).toBeNull()
  fireEvent.click(screen.getByLabelText('Carries calls out'))
  type('Name', 'Out')
  type('Gateway', 'carrier:5060')
  type('Port', '70000')
  type('Numbers as they go out', '0086 → 0\nnonsense')
  fireEvent.click(screen.getByRole('button', { name: 'Create' }))
  expect(screen.getByText(/without a port/)).toBeTruthy()
  expect(screen.getByText('A whole number between 1 and 65535.')).toBeTruthy()
  expect(screen.getByText(/Each line needs one arrow/)).toBeTruthy()
  type('Gateway', '[2001:db8::7]')
  type('Port', '5080')
  type('Numbers as they go out', '0086 -> 0\n -> 9')
  expect(await saved('POST', 'Create')).toMatchObject({
    sources: [],
    outward: { host: '[2001:db8::7]', port: 5080, user: '', password: null, rewrites: [{ prefix: '0086', replacement: '0' }, { prefix: '', replacement: '9' }] },
  })
})

it('still wants networks for a trunk that carries nothing out', async () => {
  await open('Edit: Both')
  fireEvent.click(screen.getByLabelText('Carries calls out'))
  type('Source networks', '')
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(screen.getByText('Please fill this in.')).toBeTruthy()
  type('Source networks', '203.0.113.7')
  expect(await saved('PUT', 'Save')).toMatchObject({ outward: null, sources: ['203.0.113.7'] })
})
