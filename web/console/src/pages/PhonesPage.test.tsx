import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { queryClient } from '../api/queries'
import { preferences } from '../preferences'
import { PhonesPage } from './PhonesPage'

vi.mock('../components/FaultToast', () => ({ say: () => {}, FaultToast: () => null }))

const phone = { id: 3, extension: '8001', name: 'Front desk', agent: 2, enabled: true, modified_at: 0 }
const alice = { id: 2, name: 'Alice', extension: '1001' }
const account = (password: string) => ({ id: 3, user: '8001', password, realm: '1400000001.callyard', server: '203.0.113.20:5060' })
let answers: Record<string, () => Response> = {}

beforeEach(() => {
  preferences.set({ language: 'en' })
  let password = 'first-password'
  answers = {
    'GET /api/v1/phones': () => Response.json({ items: [phone] }),
    'GET /api/v1/staff': () => Response.json({ items: [alice] }),
    'POST /api/v1/phones': () => Response.json(account('new-password'), { status: 201 }),
    'GET /api/v1/phones/3/password': () => Response.json(account(password)),
    'POST /api/v1/phones/3/password': () => {
      password = 'second-password'
      return Response.json(account(password))
    },
  }
  vi.stubGlobal('fetch', vi.fn(async (path: string, init?: RequestInit) => answers[`${init?.method} ${path}`]?.() ?? new Response('', { status: 500 })))
})

afterEach(() => {
  cleanup()
  queryClient.clear()
  vi.unstubAllGlobals()
})

const show = () => render(<QueryClientProvider client={queryClient}><PhonesPage /></QueryClientProvider>)
const asked = (what: string) => vi.mocked(fetch).mock.calls.filter(([path, init]) => `${init?.method} ${String(path)}` === what)

it('lists phones with their agents and without passwords', async () => {
  show()
  expect(await screen.findByText('Alice')).toBeTruthy()
  expect(screen.getByText('Front desk')).toBeTruthy()
  expect(asked('GET /api/v1/phones/3/password')).toHaveLength(0)
})

it('makes a phone and shows what is typed into it', async () => {
  const copied: string[] = []
  vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText: async (text: string) => void copied.push(text) } })
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'New phone' }))
  const form = within(screen.getByRole('dialog', { hidden: true }))
  fireEvent.change(form.getByLabelText('Extension'), { target: { value: '9001' } })
  fireEvent.change(form.getByLabelText('Name'), { target: { value: 'Corridor' } })
  fireEvent.click(form.getByRole('button', { name: 'Create', hidden: true }))
  expect(asked('POST /api/v1/phones')).toHaveLength(0)
  fireEvent.change(form.getByLabelText('Extension'), { target: { value: '8002' } })
  fireEvent.change(form.getByLabelText('Agent'), { target: { value: '2' } })
  fireEvent.click(form.getByRole('button', { name: 'Create', hidden: true }))
  expect(await screen.findByText('new-password')).toBeTruthy()
  expect(JSON.parse(String(asked('POST /api/v1/phones')[0]?.[1]?.body))).toEqual({ extension: '8002', name: 'Corridor', agent: 2, enabled: true })
  for (const shown of ['203.0.113.20:5060', '1400000001.callyard']) expect(screen.getByText(shown)).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Copy Password', hidden: true }))
  expect(copied).toEqual(['new-password'])
})

it('says beside the field that an extension is taken', async () => {
  answers['POST /api/v1/phones'] = () =>
    Response.json({ error: { code: 'api.bad_field', message: 'x', mend: '', details: [{ field: 'extension', message: 'is taken', severity: 'error', code: 'x' }] } }, { status: 400 })
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'New phone' }))
  const form = within(screen.getByRole('dialog', { hidden: true }))
  fireEvent.change(form.getByLabelText('Extension'), { target: { value: '8001' } })
  fireEvent.change(form.getByLabelText('Name'), { target: { value: 'Twin' } })
  fireEvent.click(form.getByRole('button', { name: 'Create', hidden: true }))
  expect(await form.findByText('is taken')).toBeTruthy()
})

it('shows a password when asked to, and a new one after it was renewed', async () => {
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Phone account: 8001' }))
  expect(await screen.findByText('first-password')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'New password', hidden: true }))
  expect(screen.getByText(/can no longer register/)).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'New password', hidden: true }))
  await waitFor(() => expect(screen.getByText('second-password')).toBeTruthy())
  expect(screen.queryByText('first-password')).toBeNull()
})
