import { describe, expect, it } from 'vitest'
import { canonical, phone } from './phone'
import { clock, dayStart, duration, when } from './time'

describe('times', () => {
  it.each([
    [-500, '0:00'],
    [59_999, '0:59'],
    [125_000, '2:05'],
    [3_725_000, '1:02:05'],
  ])('a clock of %d ms', (ms, shown) => expect(clock(ms)).toBe(shown))

  it.each([
    [null, '–', '–'],
    [400, '0 s', '0 秒'],
    [60_000, '1 min', '1 分'],
    [83_000, '1 min 23 s', '1 分 23 秒'],
    [3_600_000, '1 h', '1 小时'],
  ])('a length of %s ms', (ms, en, zh) => {
    expect(duration(ms, 'en')).toBe(en)
    expect(duration(ms, 'zh')).toBe(zh)
  })

  it('shows today as a time only', () => {
    const now = new Date(2026, 5, 10, 18, 0).getTime()
    expect(when(new Date(2026, 5, 10, 9, 5).getTime(), 'en', now)).toBe('09:05')
    expect(when(new Date(2026, 5, 9, 9, 5).getTime(), 'en', now)).toContain('9 Jun')
    expect(when(new Date(2025, 5, 9, 9, 5).getTime(), 'en', now)).toContain('2025')
  })

  it('begins a day at midnight', () => {
    const now = new Date(2026, 2, 1, 18, 30).getTime()
    expect(dayStart(now, 1)).toBe(new Date(2026, 1, 28).getTime())
  })
})

describe('phone numbers', () => {
  it.each([
    ['008613812345678', '+86 138 1234 5678'],
    ['0086075512345678', '+86 755 1234 5678'],
    ['008601012345678', '+86 10 1234 5678'],
    ['00442079460958', '+44 20 7946 0958'],
    ['1003', '1003'],
    ['anonymous', 'anonymous'],
  ])('%s is shown as %s', (kept, shown) => expect(phone(kept)).toBe(shown))

  it.each([
    ['+86 138 1234 5678', '008613812345678'],
    ['13812345678', '008613812345678'],
    ['0755-12345678', '0086075512345678'],
    ['0086075512345678', '0086075512345678'],
    ['1003', '1003'],
  ])('%s means %s', (typed, kept) => expect(canonical(typed)).toBe(kept))
})
