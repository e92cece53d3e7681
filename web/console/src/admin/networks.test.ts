import { expect, it } from 'vitest'
import { overlap } from './networks'

it.each([
  ['203.0.113.0/24', '203.0.113.7', true],
  ['203.0.113.7/32', '203.0.113.7', true],
  ['203.0.113.0/25', '203.0.113.128/25', false],
  ['0.0.0.0/0', '198.51.100.7', true],
  ['0.0.0.0/0', '2001:db8::/32', false],
  ['2001:db8::/32', '2001:db8:0:1::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['::1', '::/0', true],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', true],
])('%s and %s', (one, other, both) => {
  expect(overlap(one, other)).toBe(both)
  expect(overlap(other, one)).toBe(both)
})
