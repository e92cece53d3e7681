/** What happened to a call, as a line through time. */
import type { JournalEntry } from '../api/types'
import { clock, timeOfDay } from '../format/time'
import { useWords } from '../i18n'
import { sentenceOf, toneOf } from './journal-words'
import type { Names } from './RecordDrawer'

export function Journal({ entries, names }: { entries: JournalEntry[]; names: Names }) {
  const { t, language } = useWords()
  const start = entries[0]?.at_ms ?? 0
  return (
    <ol className="journal">
      {entries.map((entry) => (
        <li key={entry.sequence} data-tone={toneOf(entry.event)}>
          <time className="tabular" title={timeOfDay(entry.at_ms, language)}>
            {clock(entry.at_ms - start)}
          </time>
          <span>{sentenceOf(entry.event, names, t)}</span>
        </li>
      ))}
    </ol>
  )
}
