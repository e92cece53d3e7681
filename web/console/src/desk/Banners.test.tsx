import { QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { queryClient } from '../api/queries'
import { preferences } from '../preferences'
import { Announcer } from './Announcer'
import { Banners } from './Banners'
import { desk, openDesk } from './desk'
import { ElsewhereCard } from './IdleCard'

const sessionOver = { code: 'auth.session_over', message: 'The sign-in is over.', mend: 'Sign in again.' }

let tickets = 0

beforeEach(() => {
  tickets = 0
  preferences.set({ language: 'zh' })
  vi.stubGlobal(
    'fetch',
    vi.fn(async (path: string) => {
      if (String(path).includes('ticket')) tickets += 1
      return new Response('', { status: 503 })
    }),
  )
})

afterEach(() => {
  cleanup()
  desk.disconnect()
  queryClient.clear()
  sessionStorage.clear()
  vi.unstubAllGlobals()
})

const show = () =>
  render(
    <QueryClientProvider client={queryClient}>
      <MemoryRouter initialEntries={['/records']}>
        <Banners />
        <Announcer />
      </MemoryRouter>
    </QueryClientProvider>,
  )

it('tries at once when asked to, in the chosen language', async () => {
  show()
  act(() => openDesk())
  const button = await screen.findByRole('button', { name: '立即重试' })
  // The banner counts every second, so it is said once, beside it.
  expect(screen.queryByRole('alert')).toBeNull()
  expect(screen.getByRole('status').textContent).toBe('连接已断开，正在重新连接。')
  const before = tickets
  fireEvent.click(button)
  expect(tickets).toBe(before + 1)
  const headers = vi.mocked(fetch).mock.calls.find(([path]) => String(path).includes('ticket'))?.[1]?.headers
  expect(headers).toMatchObject({ 'accept-language': 'zh' })
  await waitFor(() => expect(desk.getSnapshot().link.state).toBe('waiting'))
})

it('says in the chosen language that the sign-in is over', () => {
  render(
    <QueryClientProvider client={queryClient}>
      <ElsewhereCard link={{ state: 'refused', fault: sessionOver }} />
    </QueryClientProvider>,
  )
  expect(screen.getByText('登录已失效。 请重新登录。')).toBeTruthy()
})
