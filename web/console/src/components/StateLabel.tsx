/** A presence in a word, with its colour and its running time. */
import type { Presence } from '@callyard/desk-sdk'
import { clock } from '../format/time'
import { countOf, lookOf } from '../desk/state'
import { useWords } from '../i18n'
import { useNow } from './Timer'

export function StateDot({ tone }: { tone: string }) {
  return <span className="dot" data-tone={tone} aria-hidden="true" />
}

export function StateLabel({ presence }: { presence: Presence }) {
  const { t } = useWords()
  const { word, tone } = lookOf(presence)
  return (
    <span className="state" data-tone={tone}>
      <StateDot tone={tone} />
      <span>{t(word)}</span>
      {presence.state === 'away' && presence.text && <span className="state__text">{presence.text}</span>}
    </span>
  )
}

interface TimeProps {
  presence: Presence
  offset: number
  /** Nothing beside it says that it counts up. A countdown always says so itself. */
  labelled?: true
}

export function StateTime({ presence, offset, labelled }: TimeProps) {
  const { t } = useWords()
  const now = useNow() + offset
  const count = countOf(presence)
  if (count === null) return null
  const ms = 'since' in count ? now - count.since : Math.ceil(Math.max(0, count.until - now) / 1000) * 1000
  const time = clock(ms)
  const words = 'until' in count ? 'state.left' : labelled ? 'state.for' : null
  return <time className="clock">{words === null ? time : t(words, { time })}</time>
}
