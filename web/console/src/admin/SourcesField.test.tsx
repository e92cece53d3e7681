import { useState } from 'react'
import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { queryClient } from '../api/queries'
import { preferences } from '../preferences'
import { SourcesField } from './SourcesField'

const trunk = { max_calls: null, modified_at: 0 }
const trunks = [
  { ...trunk, id: 1, name: 'North', sources: ['203.0.113.0/24'], enabled: true },
  { ...trunk, id: 2, name: 'Old', sources: ['198.51.100.0/24'], enabled: false },
]

beforeEach(() => {
  preferences.set({ language: 'en' })
  vi.stubGlobal('fetch', vi.fn(async () => Response.json({ items: trunks })))
})

afterEach(() => {
  cleanup()
  queryClient.clear()
  vi.unstubAllGlobals()
})

function Form({ id, enabled, fault }: { id: number | null; enabled: boolean; fault?: string }) {
  const [text, setText] = useState('')
  return <SourcesField trunk={{ id, enabled }} value={text} onValue={setText} fault={fault} />
}

const show = (form: React.ReactNode) => render(<QueryClientProvider client={queryClient}>{form}</QueryClientProvider>)
const type = (value: string) => fireEvent.change(screen.getByLabelText('Source networks'), { target: { value } })

it('warns of a trunk that is switched on and has the same addresses', async () => {
  show(<Form id={null} enabled />)
  type('198.51.100.7\n203.0.113.128/25')
  expect((await screen.findByRole('status')).textContent).toContain('“North”')
  type('198.51.100.7')
  expect(screen.queryByRole('status')).toBeNull()
})

it('does not warn of itself, nor while it is switched off', async () => {
  const { rerender } = show(<Form id={1} enabled />)
  type('203.0.113.7')
  await vi.waitFor(() => expect(queryClient.getQueryData(['trunks'])).toBeDefined())
  expect(screen.queryByRole('status')).toBeNull()
  rerender(
    <QueryClientProvider client={queryClient}>
      <Form id={5} enabled={false} />
    </QueryClientProvider>,
  )
  expect(screen.queryByRole('status')).toBeNull()
})

it('names every line that is no network, and what one looks like', () => {
  show(<Form id={null} enabled fault="wrong" />)
  type('carrier.example\n203.0.113.7\n10.0.0.300')
  const told = screen.getByText(/Not a network/).textContent
  expect(told).toContain('carrier.example, 10.0.0.300')
  expect(told).toContain('203.0.113.0/24')
})
