import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { queryClient } from '../api/queries'
import { preferences } from '../preferences'
import { SignInPage } from './SignInPage'

const me = { sdk_app_id: 1400000001, application_name: 'Demo', user_id: 'a@b.c', staff: { id: 2, name: 'Alice' }, role: 'agent', demo: true }

/** The server: nobody is signed in, and `right` is the password. */
function answer(_path: string, init?: RequestInit): Response {
  const refused = (code: string, message: string) => Response.json({ error: { code, message, mend: 'Check both.' } }, { status: 401 })
  if (init?.method !== 'POST') return Response.json({ me: null, demo_file: demoFile })
  const { password } = JSON.parse(String(init.body)) as { password: string }
  return password === 'right' ? Response.json(me) : refused('auth.wrong', 'The account or the password is wrong.')
}

let demoFile: string | null

beforeEach(() => {
  demoFile = null
  preferences.set({ language: 'en' })
  vi.stubGlobal('AudioContext', class { resume = async () => {} })
  vi.stubGlobal('fetch', vi.fn(async (path: string, init?: RequestInit) => answer(path, init)))
})

afterEach(() => {
  cleanup()
  queryClient.clear()
  vi.unstubAllGlobals()
})

function open() {
  const router = createMemoryRouter(
    [
      { path: '/sign-in', element: <SignInPage /> },
      { path: '*', element: <p>inside</p> },
    ],
    { initialEntries: ['/sign-in'] },
  )
  render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  )
  return router
}

const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
const signIn = () => fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))

it('takes an agent to the desk', async () => {
  const router = open()
  type('Account', 'a@b.c')
  type('Password', 'right')
  signIn()
  expect(await screen.findByText('inside')).toBeTruthy()
  expect(router.state.location.pathname).toBe('/desk')
  expect(vi.mocked(fetch).mock.lastCall?.[1]?.headers).toMatchObject({ 'x-callyard': '1', 'accept-language': 'en' })
})

it('says what the server said, and keeps what was typed', async () => {
  open()
  type('Account', 'a@b.c')
  type('Password', 'wrong')
  signIn()
  const alert = await screen.findByRole('alert')
  expect(alert.textContent).toContain('The account or the password is wrong.')
  expect(alert.textContent).toContain('Check both.')
  expect(screen.getByLabelText<HTMLInputElement>('Account').value).toBe('a@b.c')
})

it('asks for what is missing without asking the server', () => {
  open()
  signIn()
  expect(screen.getByLabelText('Password').getAttribute('aria-invalid')).toBe('true')
  expect(vi.mocked(fetch).mock.calls.every(([, init]) => init?.method !== 'POST')).toBe(true)
})

it('says where the demo’s passwords are, and nothing of it elsewhere', async () => {
  demoFile = '/srv/callyard/data/demo.json'
  open()
  expect(await screen.findByText('/srv/callyard/data/demo.json')).toBeTruthy()
  cleanup()
  queryClient.clear()
  demoFile = null
  open()
  await vi.waitFor(() => expect(queryClient.getQueryData(['demo-file'])).toBeNull())
  expect(screen.queryByText(/demo/i)).toBeNull()
})
