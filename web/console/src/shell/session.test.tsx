import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { queryClient, staffQuery } from '../api/queries'
import { desk, deskWasClosed, deskWasOpen, openDesk, rememberClosed } from '../desk/desk'
import { SignInPage } from '../pages/SignInPage'
import { preferences } from '../preferences'
import { Shell } from './Shell'

const me = { sdk_app_id: 1400000001, application_name: 'Demo', user_id: 'a@b.c', staff: { id: 2, name: 'Alice' }, role: 'administrator', demo: true, desk_rules: null }
const refused = (code: string) => Response.json({ error: { code, message: 'Refused.', mend: '' } }, { status: 401 })

/** Whether the server knows the session. */
let signedIn = true

function answer(path: string, init?: RequestInit): Response | Promise<Response> {
  if (path.endsWith('/sign-in') && init?.method === 'POST') return Response.json(me)
  if (path.includes('/desk/ticket')) return new Promise(() => {})
  if (path.endsWith('/me/password')) return refused('auth.wrong_password')
  if (!signedIn) return refused('auth.sign_in_needed')
  return path.endsWith('/session') ? Response.json({ me, demo_file: null }) : Response.json({ items: [] })
}

beforeEach(() => {
  signedIn = true
  preferences.set({ language: 'en' })
  vi.stubGlobal('AudioContext', class { resume = async () => {} })
  vi.stubGlobal('fetch', vi.fn(async (path: string, init?: RequestInit) => answer(String(path), init)))
})

afterEach(() => {
  cleanup()
  desk.disconnect()
  queryClient.clear()
  sessionStorage.clear()
  vi.unstubAllGlobals()
})

function open(at: string) {
  const router = createMemoryRouter(
    [
      { path: '/sign-in', element: <SignInPage /> },
      { path: '/', element: <Shell />, children: [{ path: '*', element: <p>inside</p> }] },
    ],
    { initialEntries: [at] },
  )
  render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  )
  return router
}

/** What one person leaves behind while they work. */
function work() {
  queryClient.setQueryData(['records', {}], { total: 1, records: ['a call'] })
  openDesk()
  rememberClosed(true)
}

function expectNothingLeft() {
  expect(queryClient.getQueryData(['records', {}])).toBeUndefined()
  expect(desk.getSnapshot().link.state).toBe('closed')
  expect(deskWasOpen()).toBe(false)
  expect(deskWasClosed()).toBe(false)
}

describe('a session that ends by itself', () => {
  it('leaves nothing for the next person, whatever noticed it', async () => {
    open('/records')
    expect(await screen.findByText('inside')).toBeTruthy()
    work()
    signedIn = false
    await queryClient.fetchQuery(staffQuery).catch(() => {})
    expect(await screen.findByLabelText('Password')).toBeTruthy()
    expectNothingLeft()
  })

  it('leaves nothing when asking who is signed in finds it out', async () => {
    open('/records')
    expect(await screen.findByText('inside')).toBeTruthy()
    work()
    signedIn = false
    await queryClient.refetchQueries({ queryKey: ['me'] })
    expect(await screen.findByLabelText('Password')).toBeTruthy()
    expectNothingLeft()
  })

  it('is not taken for over when an old password is wrong', async () => {
    open('/records')
    expect(await screen.findByText('inside')).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: /Alice/ }))
    fireEvent.click(screen.getByRole('menuitem', { name: 'Change my password' }))
    const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
    type('Old password', 'Old-word1')
    type('New password', 'New-word1')
    type('New password again', 'New-word1')
    fireEvent.click(screen.getByRole('button', { name: 'Save' }))
    expect(await screen.findByText('This is not your password now.')).toBeTruthy()
    expect(screen.getByText('inside')).toBeTruthy()
  })
})

it('gives whoever signs in a page without the one before', async () => {
  signedIn = false
  const router = open('/sign-in')
  await waitFor(() => expect(queryClient.getQueryData(['me'])).toBeNull())
  work()
  signedIn = true
  fireEvent.change(screen.getByLabelText('Account'), { target: { value: 'a@b.c' } })
  fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'right' } })
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
  expect(await screen.findByText('inside')).toBeTruthy()
  expect(router.state.location.pathname).not.toBe('/sign-in')
  expectNothingLeft()
})
