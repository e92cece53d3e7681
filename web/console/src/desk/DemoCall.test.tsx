import { QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import type { DeskView } from '@callyard/desk-sdk'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { queryClient } from '../api/queries'
import { preferences } from '../preferences'
import { DemoCall } from './DemoCall'
import { desk } from './desk'

let view: DeskView
let tell: () => void

/** The desk as the server shows it now. */
function become(state: 'ready' | 'offered' | 'talking') {
  view = { ...view, desk: { presence: { state } } } as unknown as DeskView
  tell()
}

beforeEach(() => {
  preferences.set({ language: 'en' })
  view = desk.getSnapshot()
  tell = () => {}
  vi.spyOn(desk, 'getSnapshot').mockImplementation(() => view)
  vi.spyOn(desk, 'subscribe').mockImplementation((watcher) => {
    tell = watcher
    return () => {}
  })
  vi.spyOn(desk, 'unlockRinging').mockImplementation(() => {})
  vi.stubGlobal('fetch', vi.fn(async () => Response.json({}, { status: 202 })))
})

afterEach(() => {
  cleanup()
  queryClient.clear()
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const button = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Call me' })

function show() {
  render(
    <QueryClientProvider client={queryClient}>
      <DemoCall />
    </QueryClientProvider>,
  )
  act(() => become('ready'))
}

it('says that the customer is coming until the call is here, and takes no second wish meanwhile', async () => {
  show()
  fireEvent.click(button())
  expect((await screen.findByRole('status')).textContent).toContain('about 15 seconds')
  expect(button().disabled).toBe(true)
  act(() => become('offered'))
  expect(screen.queryByRole('status')).toBeNull()
  act(() => become('talking'))
  expect(button().disabled).toBe(true)
  act(() => become('ready'))
  expect(button().disabled).toBe(false)
  expect(screen.queryByRole('status')).toBeNull()
})

it('says when the call did not come', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
  show()
  fireEvent.click(button())
  await act(async () => vi.advanceTimersByTime(40_000))
  expect(screen.getByRole('status').textContent).toContain('did not reach you')
  expect(button().disabled).toBe(false)
})

it('says at once when the server refuses', async () => {
  vi.stubGlobal('fetch', vi.fn(async () => Response.json({ error: { code: 'call.too_many', message: 'Too many calls.', mend: '' } }, { status: 503 })))
  show()
  fireEvent.click(button())
  await waitFor(() => expect(screen.getByText(/Too many calls/)).toBeTruthy())
  expect(screen.queryByText(/about 15 seconds\. *$/)).toBeNull()
  expect(button().disabled).toBe(false)
})
