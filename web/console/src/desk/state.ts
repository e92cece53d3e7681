/** How a presence is named and coloured: one table for the desk and the floor. */
import type { Presence } from '@callyard/desk-sdk'
import type { WordKey } from '../i18n'

export type Tone = 'ready' | 'ringing' | 'talking' | 'wrap' | 'away' | 'off'

interface Look {
  word: WordKey
  tone: Tone
}

export function lookOf(presence: Presence): Look {
  switch (presence.state) {
    case 'signed_out':
      return { word: 'state.signed_out', tone: 'off' }
    case 'ready':
      return { word: 'state.ready', tone: 'ready' }
    case 'offered':
      return { word: 'state.offered', tone: 'ringing' }
    case 'dialling':
      return { word: 'state.dialling', tone: 'ringing' }
    case 'talking':
      return { word: 'state.talking', tone: 'talking' }
    case 'wrap_up':
      return { word: 'state.wrap_up', tone: 'wrap' }
    case 'away':
      switch (presence.reason) {
        case 'rest':
          return { word: 'state.rest', tone: 'away' }
        case 'not_ready':
          return { word: 'state.not_ready', tone: 'away' }
        case 'missed_offer':
          return { word: 'state.missed_offer', tone: 'away' }
      }
  }
}

/** What the timer beside a presence counts: from a moment, down to one, or nothing. */
export type Count = { since: number } | { until: number } | null

export function countOf(presence: Presence): Count {
  switch (presence.state) {
    case 'signed_out':
      return null
    case 'ready':
    case 'dialling':
    case 'talking':
    case 'away':
      return { since: presence.since_ms }
    case 'offered':
    case 'wrap_up':
      return { until: presence.until_ms }
  }
}
