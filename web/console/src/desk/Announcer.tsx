/** What changes at the desk, said to screen readers on every page. */
import type { DeskSnapshot } from '@callyard/desk-sdk'
import { useWords, type Say } from '../i18n'
import { useDesk } from './desk'
import { partyOf } from './party'

export function Announcer() {
  const { t } = useWords()
  const { desk: snapshot, link } = useDesk()
  return (
    <p className="hidden" aria-live="assertive" role="status">
      {link.state === 'waiting' ? t('desk.say.lost') : snapshot && sentence(snapshot, t)}
    </p>
  )
}

function sentence({ presence, call }: DeskSnapshot, t: Say): string {
  const caller = call ? partyOf(call, presence) : ''
  switch (presence.state) {
    case 'offered':
      return t('desk.say.offered', { caller, group: call?.group ?? '' })
    case 'dialling':
      return t('desk.say.dialling', { callee: caller })
    case 'talking':
      return t('desk.say.talking', { caller })
    case 'wrap_up':
      return t('desk.say.wrap_up')
    case 'ready':
      return t('desk.ready.title')
    case 'away':
      return t('desk.away.title')
    case 'signed_out':
      return t('desk.offline.title')
  }
}
