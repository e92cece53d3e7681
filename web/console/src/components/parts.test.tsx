import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '../api/client'
import { preferences } from '../preferences'
import { Button } from './Button'
import { DataTable } from './DataTable'
import { TextField } from './Field'
import { Menu } from './Menu'

beforeEach(() => preferences.set({ language: 'en' }))
afterEach(cleanup)

describe('a menu', () => {
  const choose = vi.fn()
  const open = () => {
    render(
      <Menu
        label="Pause"
        sections={[{ items: ['Not ready', 'Lunch'].map((label) => ({ key: label, label, onSelect: () => choose(label) })) }]}
        trigger={(props) => <button {...props}>Pause</button>}
      />,
    )
    fireEvent.click(screen.getByRole('button', { name: 'Pause' }))
  }

  it('is walked with arrow keys and closed with Escape', () => {
    open()
    expect(document.activeElement?.textContent).toBe('Not ready')
    fireEvent.keyDown(document.activeElement ?? document, { key: 'ArrowDown' })
    expect(document.activeElement?.textContent).toBe('Lunch')
    fireEvent.keyDown(document.activeElement ?? document, { key: 'Escape' })
    expect(screen.queryByRole('menu')).toBeNull()
    expect(document.activeElement?.textContent).toBe('Pause')
  })

  it('closes when something was chosen', () => {
    open()
    fireEvent.click(screen.getByRole('menuitem', { name: 'Lunch' }))
    expect(choose).toHaveBeenCalledWith('Lunch')
    expect(screen.queryByRole('menu')).toBeNull()
  })
})

it('a field ties its label and its fault to its input', () => {
  render(<TextField label="Name" value="" onValue={() => {}} fault="Please fill this in." />)
  const input = screen.getByLabelText('Name')
  expect(document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent).toBe('Please fill this in.')
})

describe('a table', () => {
  const table = (rows: string[] | undefined, error?: unknown) =>
    render(
      <DataTable label="Names" rows={rows} rowKey={(row) => row} columns={[{ key: 'name', title: 'Name', cell: (row) => row }]} error={error} empty={{ title: 'Nobody', lead: 'Add one.' }} />,
    )

  it('says so when it is empty', () => {
    table([])
    expect(screen.getByText('Nobody')).toBeTruthy()
  })

  it('says what failed and what to do', () => {
    table(undefined, new ApiError(503, { code: 'store.away', message: 'The database is away.', mend: 'Wait a minute.' }))
    expect(screen.getByRole('alert').textContent).toContain('The database is away. Wait a minute.')
  })

  it('keeps what it shows when a refresh fails', () => {
    table(['Alice'], new ApiError(0, { code: 'link.unreachable', message: '' }))
    expect(screen.getByRole('cell', { name: 'Alice' })).toBeTruthy()
  })
})

it('a button that may not be pressed is still a button', () => {
  render(<Button disabled>Hang up</Button>)
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Hang up' }).disabled).toBe(true)
})
