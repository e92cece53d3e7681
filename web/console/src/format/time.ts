/** Times as people read them. Pure; the language is an argument. */
import type { Language } from '../preferences'

const LOCALE: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' }

/** `2:05`, `1:02:05`: a running clock. Never negative. */
export function clock(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000))
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  const tail = `${hours > 0 ? String(minutes).padStart(2, '0') : minutes}:${String(seconds).padStart(2, '0')}`
  return hours > 0 ? `${hours}:${tail}` : tail
}

/** `1 min 23 s`, `1 分 23 秒`: a length that is over. */
export function duration(ms: number | null, language: Language): string {
  if (ms === null) return '–'
  const all = Math.max(0, Math.round(ms / 1000))
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  const words = language === 'zh' ? ['小时', '分', '秒'] : ['h', 'min', 's']
  const parts: [number, string | undefined][] = [
    [hours, words[0]],
    [minutes, words[1]],
    [seconds, words[2]],
  ]
  const shown = parts.filter(([value], place) => value > 0 || (place === 2 && all < 60))
  return shown.map(([value, word]) => `${value} ${word}`).join(' ')
}

/** Today as a time, this year as day and time, else the whole date. */
export function when(ms: number, language: Language, nowMs: number): string {
  const [at, now] = [new Date(ms), new Date(nowMs)]
  const sameYear = at.getFullYear() === now.getFullYear()
  const sameDay = sameYear && at.getMonth() === now.getMonth() && at.getDate() === now.getDate()
  if (sameDay) return new Intl.DateTimeFormat(LOCALE[language], { hour: '2-digit', minute: '2-digit', hour12: false }).format(at)
  return new Intl.DateTimeFormat(LOCALE[language], {
    ...(sameYear ? {} : { year: 'numeric' }),
    month: language === 'zh' ? 'numeric' : 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  }).format(at)
}

export function timeOfDay(ms: number, language: Language): string {
  return new Intl.DateTimeFormat(LOCALE[language], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }).format(new Date(ms))
}

export function fullTime(ms: number, language: Language): string {
  return new Intl.DateTimeFormat(LOCALE[language], {
    year: 'numeric',
    month: language === 'zh' ? 'numeric' : 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  }).format(new Date(ms))
}

/** Midnight, local, of the day `daysBack` days before `nowMs`. */
export function dayStart(nowMs: number, daysBack: number): number {
  const day = new Date(nowMs)
  day.setHours(0, 0, 0, 0)
  day.setDate(day.getDate() - daysBack)
  return day.getTime()
}
