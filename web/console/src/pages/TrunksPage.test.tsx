import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { queryClient } from '../api/queries'
import { preferences } from '../preferences'
import { TrunksPage } from './TrunksPage'

vi.mock('../components/FaultToast', () => ({ say: () => {}, FaultToast: () => null }))

const outward = { host: 'sip.carrier.example', port: null, transport: 'udp', user: 'line-7', has_password: true, registers: true, caller_id: 'from', rewrites: [{ prefix: '0086', replacement: '0' }], asked: 'always', asked_every_s: 60 }
const both = { id: 1, name: 'Both', sources: ['203.0.113.0/24'], max_calls: null, max_calls_per_second: 5, protection: 'demanded', inward_rewrites: [{ prefix: '+86', replacement: '0086' }], account: null, outward, enabled: true, modified_at: 0 }

const address = (address: string, answers: boolean | null, round_trip_ms: number | null) => ({ address, transport: 'udp', answers, round_trip_ms, since_ms: 0 })
let states: unknown[] = []

beforeEach(() => {
  states = []
  preferences.set({ language: 'en' })
  vi.stubGlobal('fetch', vi.fn(async (url: string) => Response.json({ items: url.endsWith('/states') ? states : [both] })))
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

it('says in words whether a carrier is there', async () => {
  const addresses = [address('203.0.113.5:5060', true, 3.4), address('203.0.113.6:5060', false, null), address('203.0.113.7:5060', null, null)]
  states = [{ id: 1, state: 'refused', registration: { refused_with: 403, since_ms: 0 }, addresses }]
  render(<QueryClientProvider client={queryClient}><TrunksPage /></QueryClientProvider>)
  expect(await screen.findByText('Registration refused')).toBeTruthy()
  expect(screen.getByText(/SIP 403/)).toBeTruthy()
  for (const says of [/answers in 3\.4 ms/, /no answer/, /not asked/]) expect(screen.getByText(says)).toBeTruthy()
})

it('wants a pace that a carrier can bear', async () => {
  await open('Edit: Both')
  type('Seconds between two questions', '5')
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(screen.getByText('A whole number between 10 and 300.')).toBeTruthy()
  type('Seconds between two questions', '10')
  expect(await saved('PUT', 'Save')).toMatchObject({ outward: { asked: 'always', asked_every_s: 10 } })
})

it('takes what a carrier proves, and nothing that could be an extension', async () => {
  await open('New trunk')
  type('Name', 'In')
  fireEvent.click(screen.getByLabelText('It proves a password'))
  type('User name of the carrier', '8001')
  type('Password of the carrier', 'short')
  fireEvent.click(screen.getByRole('button', { name: 'Create' }))
  expect(screen.getByText(/and no extension/)).toBeTruthy()
  expect(screen.getByText(/At least 8 characters/)).toBeTruthy()
  type('User name of the carrier', 'carrier-7')
  type('Password of the carrier', 'long enough')
  expect(await saved('POST', 'Create')).toMatchObject({ sources: [], account: { user: 'carrier-7', password: 'long enough' } })
})
