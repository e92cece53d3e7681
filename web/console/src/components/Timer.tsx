/** Times that run. `serverOffset` corrects a page whose clock is wrong. */
import { useSyncExternalStore } from 'react'
import { clock } from '../format/time'
import { useWords } from '../i18n'

const watchers = new Set<() => void>()
let ticking: ReturnType<typeof setInterval> | undefined
let now = Date.now()

/** One interval for all timers of the page, so that they step together. */
function subscribe(watcher: () => void) {
  watchers.add(watcher)
  now = Date.now()
  ticking ??= setInterval(() => {
    now = Date.now()
    for (const tell of watchers) tell()
  }, 250)
  return () => {
    watchers.delete(watcher)
    if (watchers.size === 0) {
      clearInterval(ticking)
      ticking = undefined
    }
  }
}

/** The page's clock, at whole quarters of a second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

export function Elapsed({ since, offset = 0 }: { since: number; offset?: number }) {
  const at = useNow()
  return (
    <time className="clock" role="timer">
      {clock(at + offset - since)}
    </time>
  )
}

/** Whole seconds left, never below 0. */
export function useSecondsLeft(until: number, offset = 0): number {
  return Math.max(0, Math.ceil((until - useNow() - offset) / 1000))
}

interface RingProps {
  until: number
  total: number
  offset?: number
  size?: number
}

/** A ring that empties, with the seconds inside. */
export function CountdownRing({ until, total, offset = 0, size = 72 }: RingProps) {
  const { t } = useWords()
  const left = useSecondsLeft(until, offset)
  const share = Math.min(1, Math.max(0, (until - useNow() - offset) / Math.max(1, total)))
  const radius = 32
  const around = 2 * Math.PI * radius
  return (
    <span className="ring" role="timer" aria-label={t('common.seconds', { n: left })} style={{ width: size, height: size }} data-low={left <= 5 || undefined}>
      <svg viewBox="0 0 72 72" aria-hidden="true">
        <circle cx="36" cy="36" r={radius} className="ring__track" />
        <circle cx="36" cy="36" r={radius} className="ring__left" strokeDasharray={around} strokeDashoffset={around * (1 - share)} />
      </svg>
      <span className="ring__number">{left}</span>
    </span>
  )
}
