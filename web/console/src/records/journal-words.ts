/** A journal line as a sentence. Pure, so that every event is tested. */
import type { CallEvent } from '../api/types'
import { phone } from '../format/phone'
import type { Say } from '../i18n'
import { qualityOf } from './quality'
import type { Names } from './RecordDrawer'

export function sentenceOf(event: CallEvent, names: Names, t: Say): string {
  switch (event.event) {
    case 'arrived':
      return t('journal.arrived', { trunk: names.trunk(event.trunk) })
    case 'dialled': {
      const agent = event.agent === null ? event.caller : names.agent(event.agent)
      return event.trunk === null ? t('journal.dialled_inside', { agent, callee: event.callee }) : t('journal.dialled', { agent, callee: phone(event.callee), trunk: names.trunk(event.trunk) })
    }
    case 'called':
      return t('journal.called', { agent: names.agent(event.agent) })
    case 'redirected':
      return t('journal.redirected', { callee: phone(event.callee) })
    case 'rang':
      return t('journal.rang')
    case 'connected':
      return t('journal.connected')
    case 'answered':
      return t('journal.answered')
    case 'flow_started':
      return t('journal.flow_started', { flow: names.flow(event.flow), version: event.version })
    case 'node_entered':
      return t('journal.node_entered', { label: event.label || event.node })
    case 'key_pressed':
      return t('journal.key_pressed', { key: event.key, label: event.label })
    case 'queued':
      return t('journal.queued', { group: event.group_name })
    case 'left_queue':
      return t('journal.left_queue', { why: t(`journal.left_queue.${event.why}`) })
    case 'offered':
      return t('journal.offered', { agent: names.agent(event.agent) })
    case 'offer_ended':
      return t('journal.offer_ended', { why: t(`journal.offer_ended.${event.why}`) })
    case 'accepted':
      return t('journal.accepted', { agent: names.agent(event.agent) })
    case 'transfer_asked': {
      const by = event.agent === null ? event.from : names.agent(event.agent)
      return t(`journal.transfer_asked.${event.kind}`, { by, to: phone(event.to) })
    }
    case 'transfer_failed':
      return t('journal.transfer_failed', { status: event.status })
    case 'transferred':
      return event.agent === null ? t('journal.transferred') : t('journal.transferred_to', { agent: names.agent(event.agent) })
    case 'recording_started':
      return t('journal.recording_started')
    case 'recording_stopped':
      return t('journal.recording_stopped')
    case 'no_sound':
      return t('journal.no_sound', { side: t(`sound.${event.party.side}`), n: Math.round(event.lasted_ms / 1000) })
    case 'sound_again':
      return t('journal.sound_again', { side: t(`sound.${event.party.side}`), n: Math.round(event.lasted_ms / 1000) })
    case 'measured':
      return t('journal.measured', { side: t(`sound.${event.sound.party.side}`), quality: t(`sound.${qualityOf(event.sound.mos)}`) })
    case 'remarked':
      return t('journal.remarked', { text: event.text })
    case 'ended':
      return t('journal.ended', { by: t(`records.by.${event.by}`), status: t(`records.status.${event.status}`) })
    default:
      // A newer server may write events that this page does not know.
      return t('journal.unknown', { event: (event as { event: string }).event })
  }
}

export type EventTone = 'step' | 'wait' | 'ring' | 'talk' | 'end'

export function toneOf(event: CallEvent): EventTone {
  switch (event.event) {
    case 'queued':
    case 'left_queue':
      return 'wait'
    case 'offered':
    case 'offer_ended':
    case 'called':
    case 'redirected':
    case 'rang':
    case 'transfer_asked':
    case 'transfer_failed':
      return 'ring'
    case 'connected':
    case 'accepted':
    case 'transferred':
      return 'talk'
    case 'ended':
      return 'end'
    case 'arrived':
    case 'dialled':
    case 'answered':
    case 'flow_started':
    case 'node_entered':
    case 'key_pressed':
    case 'recording_started':
    case 'recording_stopped':
    case 'no_sound':
    case 'sound_again':
    case 'measured':
    case 'remarked':
      return 'step'
    default:
      return 'step'
  }
}
