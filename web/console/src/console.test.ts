import { expect, it } from 'vitest'
import { Desk } from '@callyard/desk-sdk'
import { shortcutOf } from './desk/shortcuts'
import { countOf, lookOf } from './desk/state'
import { words } from './i18n/words'
import { homeOf, mayAct } from './paths'
import { languageOf } from './preferences'
import { initials } from './shell/AccountMenu'
import { navigationOf } from './shell/navigation'

it('says everything in both languages, with the same blanks', () => {
  for (const [key, [en, zh]] of Object.entries(words)) {
    expect(en, key).not.toBe('')
    expect(zh, key).not.toBe('')
    const blanks = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
    expect(blanks(en), key).toEqual(blanks(zh))
  }
})

it.each([
  [['en-US', 'zh-CN'], 'en'],
  [['zh-TW'], 'zh'],
  [['fr-FR', 'en-GB'], 'en'],
  [['de'], 'zh'],
  [[], 'zh'],
] as const)('a browser of %j reads %s', (languages, language) => expect(languageOf(languages)).toBe(language))

it('gives each role its pages', () => {
  const pages = (role: Parameters<typeof navigationOf>[0]) => navigationOf(role).flatMap((section) => section.items.map((item) => item.to))
  expect(pages('agent')).toEqual(['/desk', '/records'])
  expect(pages('supervisor')).toEqual(['/desk', '/floor', '/records'])
  expect(pages('administrator')).toContain('/admin/flows')
  expect(pages('operator')).toEqual(['/platform/applications'])
  expect(mayAct('operator', 'agent')).toBe(false)
  expect(homeOf('agent')).toBe('/desk')
})

it('names and counts every presence', () => {
  expect(lookOf({ state: 'away', reason: 'missed_offer', text: null, since_ms: 0 })).toEqual({ word: 'state.missed_offer', tone: 'away' })
  expect(countOf({ state: 'wrap_up', until_ms: 5, wrap_up_ms: 10 })).toEqual({ until: 5 })
  expect(countOf({ state: 'signed_out' })).toBeNull()
})

it('takes no shortcut that the desk does not allow now', () => {
  const press = { altKey: true, ctrlKey: false, metaKey: false, repeat: false, code: 'KeyA' }
  expect(shortcutOf(press, new Desk({ ringer: { start() {}, stop() {}, unlock() {} } }))).toBeNull()
})

it('shortens names to initials', () => {
  expect(['Alice Chen', 'Prince', '欧阳小明', 'Alice 李爱丽', ''].map(initials)).toEqual(['AC', 'P', '小明', 'A', '?'])
})
