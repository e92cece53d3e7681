/** Language and theme of this browser: remembered here, shown on <html>. */
import { useSyncExternalStore } from 'react'

export type Language = 'zh' | 'en'
export type Theme = 'light' | 'dark' | 'system'

interface Preferences {
  language: Language
  theme: Theme
}

const KEY = 'callyard.preferences'
const watchers = new Set<() => void>()
const systemDark = globalThis.matchMedia?.('(prefers-color-scheme: dark)')

/** English for English browsers, Chinese otherwise. */
export function languageOf(languages: readonly string[]): Language {
  const first = languages.find((tag) => /^(zh|en)\b/i.test(tag)) ?? 'zh'
  return first.toLowerCase().startsWith('en') ? 'en' : 'zh'
}

function load(): Preferences {
  let kept: Partial<Preferences> = {}
  try {
    kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>
  } catch {
    // A browser without storage forgets; nothing else breaks.
  }
  const language = kept.language === 'en' || kept.language === 'zh' ? kept.language : languageOf(globalThis.navigator?.languages ?? [])
  const theme = kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : 'system'
  return { language, theme }
}

let current = load()

function show(): void {
  const dark = current.theme === 'dark' || (current.theme === 'system' && systemDark?.matches === true)
  document.documentElement.setAttribute('theme-mode', dark ? 'dark' : 'light')
  document.documentElement.lang = current.language === 'zh' ? 'zh-CN' : 'en'
}

export const preferences = {
  get: () => current,
  set(part: Partial<Preferences>) {
    current = { ...current, ...part }
    try {
      localStorage.setItem(KEY, JSON.stringify(current))
    } catch {
      // See `load`.
    }
    show()
    for (const watcher of watchers) watcher()
  },
  subscribe(watcher: () => void) {
    watchers.add(watcher)
    return () => watchers.delete(watcher)
  },
}

show()
systemDark?.addEventListener?.('change', show)

export function usePreferences(): Preferences {
  return useSyncExternalStore(preferences.subscribe, preferences.get)
}
