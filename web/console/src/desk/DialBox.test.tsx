import { QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import type { DeskCall, DeskSnapshot, Presence } from '@callyard/desk-sdk'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { queryClient } from '../api/queries'
import { preferences } from '../preferences'
import { desk, lastDial } from './desk'
import { DialBox } from './DialBox'
import { DialCard } from './DialCard'
import { partyOf } from './party'

const call: DeskCall = { call: 'c1', direction: 'outbound', caller: '0086075512345678', callee: '008613812345678', group: 'Sales', started_ms: 0, waited_ms: 0, keys: [], unheard: [] }
const snapshot = (presence: Presence): DeskSnapshot => ({ sequence: 1, server_ms: Date.now(), agent: 2, presence, sound: 'connected', call, waiting: 0 })
let numbers: string[] = []
let record: Record<string, unknown> | null = null

beforeEach(() => {
  preferences.set({ language: 'en' })
  numbers = ['0086075512345678', '0086075587654321']
  record = null
  // There is no sound here to unlock.
  vi.spyOn(desk, 'unlockRinging').mockReturnValue()
  vi.stubGlobal(
    'fetch',
    vi.fn(async (path: string) => {
      if (path.endsWith('/me/numbers')) return Response.json({ items: numbers.map((number) => ({ number })) })
      return record ? Response.json(record) : Response.json({ error: { code: 'api.not_found', message: '' } }, { status: 404 })
    }),
  )
})

afterEach(() => {
  cleanup()
  lastDial.set(null)
  queryClient.clear()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

function show(presence: Presence = { state: 'ready', since_ms: 0 }) {
  vi.spyOn(desk, 'getSnapshot').mockReturnValue({ link: { state: 'open' }, microphone: { state: 'unasked' }, desk: snapshot(presence), clockOffsetMs: 0 })
  render(
    <QueryClientProvider client={queryClient}>
      <DialBox />
    </QueryClientProvider>,
  )
}

it('calls what was typed, with the number that was chosen', async () => {
  const called = vi.spyOn(desk, 'call').mockResolvedValue()
  show()
  const shown = await screen.findByLabelText('Number shown')
  fireEvent.change(shown, { target: { value: '0086075587654321' } })
  fireEvent.change(screen.getByLabelText('Number or extension'), { target: { value: ' +86 138-1234 5678' } })
  fireEvent.click(screen.getByRole('button', { name: 'Call' }))
  await waitFor(() => expect(called).toHaveBeenCalledWith('+86 138-1234 5678', '0086075587654321'))
})

it('leaves the number to the server while nobody chose one, and takes keys', async () => {
  numbers = ['0086075512345678']
  const called = vi.spyOn(desk, 'call').mockResolvedValue()
  show()
  fireEvent.click(screen.getByRole('button', { name: 'Keypad' }))
  for (const key of ['8', '0', '0', '2', '2']) fireEvent.click(screen.getByRole('button', { name: `Key ${key}` }))
  fireEvent.click(screen.getByRole('button', { name: 'Delete the last digit' }))
  expect(screen.queryByLabelText('Number shown')).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Call' }))
  await waitFor(() => expect(called).toHaveBeenCalledWith('8002', null))
})

it('asks the server nothing for what is no number, and shows why the server refused', async () => {
  const called = vi.spyOn(desk, 'call').mockRejectedValue(Object.assign(new Error('No number to show.'), { code: 'call.no_number_to_show', mend: 'Ask.' }))
  show()
  const field = screen.getByLabelText('Number or extension')
  fireEvent.change(field, { target: { value: 'alice' } })
  fireEvent.click(screen.getByRole('button', { name: 'Call' }))
  expect(screen.getByText('Write a number of 3 digits or more.')).toBeTruthy()
  expect(called).not.toHaveBeenCalled()
  fireEvent.change(field, { target: { value: '13812345678' } })
  fireEvent.click(screen.getByRole('button', { name: 'Call' }))
  expect(await screen.findByText(/No number to show/)).toBeTruthy()
})

it('says that only extensions can be called where no number is set up', async () => {
  numbers = []
  show()
  expect(await screen.findByText(/only extensions can be called/)).toBeTruthy()
})

it('says why a call reached nobody, but not to who gave it up', async () => {
  record = { call: 'c1', end_status: 'busy' }
  show()
  act(() => lastDial.set(call))
  expect(await screen.findByText('Busy')).toBeTruthy()
  record = { call: 'c2', end_status: 'callerCancel' }
  act(() => lastDial.set({ ...call, call: 'c2' }))
  await waitFor(() => expect(screen.queryByText(/was not reached/)).toBeNull())
})

it('rings until somebody answers, and can be given up', async () => {
  const hangUp = vi.spyOn(desk, 'hangUp').mockResolvedValue()
  const dialling = snapshot({ state: 'dialling', since_ms: 0 })
  vi.spyOn(desk, 'getSnapshot').mockReturnValue({ link: { state: 'open' }, microphone: { state: 'unasked' }, desk: dialling, clockOffsetMs: 0 })
  render(
    <QueryClientProvider client={queryClient}>
      <DialCard snapshot={dialling} offset={0} />
    </QueryClientProvider>,
  )
  expect(screen.getAllByText('+86 138 1234 5678').length).toBeGreaterThan(0)
  fireEvent.click(screen.getByRole('button', { name: 'Hang up' }))
  await waitFor(() => expect(hangUp).toHaveBeenCalled())
})

it('names the other end', () => {
  const talking: Presence = { state: 'talking', since_ms: 0, muted: false }
  expect(partyOf(call, talking)).toBe('+86 138 1234 5678')
  expect(partyOf({ ...call, direction: 'inbound' }, talking)).toBe('+86 755 1234 5678')
  const inside: DeskCall = { ...call, direction: 'internal', caller: '1001', callee: '8002' }
  expect(partyOf(inside, { state: 'offered', offer: 'o', until_ms: 0, ring_ms: 0 })).toBe('1001')
  expect(partyOf(inside, { state: 'dialling', since_ms: 0 })).toBe('8002')
  expect(partyOf(inside, talking)).toBe('1001 → 8002')
})
