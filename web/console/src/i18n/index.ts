/** `const { t, language } = useWords()`, then `t('desk.answer')`. */
import { useMemo } from 'react'
import { usePreferences, type Language } from '../preferences'
import { words, type WordKey } from './words'

export type { WordKey } from './words'
export type Say = (key: WordKey, values?: Record<string, string | number>) => string

export function translate(language: Language, key: WordKey, values: Record<string, string | number> = {}): string {
  const text: string = words[key][language === 'en' ? 0 : 1]
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

export function useWords(): { t: Say; language: Language } {
  const { language } = usePreferences()
  return useMemo(() => ({ language, t: (key, values) => translate(language, key, values) }), [language])
}
