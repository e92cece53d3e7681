import { expect, it } from 'vitest'
import { isAccount, isApplicationName, isExtension, isNetwork, isPassword, lines, whole } from './checks'

it.each([
  ['127.0.0.0/8', true],
  ['203.0.113.9', true],
  ['10.0.0.300', false],
  ['10.0.0.0/33', false],
  ['2001:db8::/32', true],
  ['::1', true],
  ['2001:db8::1::2', false],
  ['carrier.example', false],
  ['', false],
])('network %s', (text, fine) => expect(isNetwork(text)).toBe(fine))

it.each([
  ['alice@demo.callyard', true],
  ['alice', false],
  ['a b@c', false],
  ['a@b@c', false],
])('account %s', (text, fine) => expect(isAccount(text)).toBe(fine))

it.each([
  ['', true],
  ['1000', true],
  ['9000', false],
  ['12a4', false],
])('extension %s', (text, fine) => expect(isExtension(text)).toBe(fine))

it.each([
  ['Pass-word1', true],
  ['密码-word1', true],
  ['password1', false],
  ['P-1', false],
])('password %s', (text, fine) => expect(isPassword(text, 'a@b')).toBe(fine))

it('reads the lines that say something', () => expect(lines(' Lunch\n\n Coffee ')).toEqual(['Lunch', 'Coffee']))

it('reads whole numbers within bounds', () => {
  expect(whole('15', 5, 120)).toBe(15)
  expect(whole('4', 5, 120)).toBeNull()
  expect(whole('1.5', 0, 10)).toBeNull()
})

it.each([
  ['Shop 24', true],
  ['客服中心', true],
  ['12345', false],
  ['---', false],
])('application name %s', (text, fine) => expect(isApplicationName(text)).toBe(fine))
