/**
 * The API gives a journal line's facts as a plain object, because each event has
 * its own; here they become one typed event again.
 */
import type { CallEvent, JournalEntry, JournalLine } from './types'

export function journalOf({ sequence, at_ms, event, facts }: JournalLine): JournalEntry {
  // An event that this page does not know is shown by its name; see `journal-words.ts`.
  return { sequence, at_ms, event: { ...facts, event } as CallEvent }
}
