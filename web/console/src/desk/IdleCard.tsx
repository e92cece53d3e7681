/** The middle of the desk while no call is there. */
import { Button } from 'tdesign-react'
import { CallIncomingIcon, PauseCircleIcon, PoweroffIcon } from 'tdesign-icons-react'
import type { ReactNode } from 'react'
import type { Presence } from '@callyard/desk-sdk'
import { useWords } from '../i18n'
import { desk, openDesk, rememberClosed } from './desk'

export function IdleCard({ presence }: { presence: Presence }) {
  const { t } = useWords()
  switch (presence.state) {
    case 'ready':
      return <Idle tone="ready" icon={<CallIncomingIcon />} title={t('desk.ready.title')} lead={t('desk.ready.lead')} />
    case 'away': {
      const missed = presence.reason === 'missed_offer'
      const rest = presence.reason === 'rest' && presence.text
      return (
        <Idle
          tone="away"
          icon={<PauseCircleIcon />}
          title={missed ? t('desk.away.missed_title') : rest ? t('desk.away.rest_lead', { text: rest }) : t('desk.away.title')}
          lead={missed ? t('desk.away.missed_lead') : t('desk.away.lead')}
        />
      )
    }
    case 'signed_out':
      return <OfflineCard />
    case 'offered':
    case 'talking':
    case 'wrap_up':
      return null
  }
}

export function OfflineCard() {
  const { t } = useWords()
  const open = () => {
    rememberClosed(false)
    desk.unlockRinging()
    openDesk()
  }
  return (
    <Idle tone="off" icon={<PoweroffIcon />} title={t('desk.offline.title')} lead={t('desk.offline.lead')}>
      <Button size="large" theme="primary" onClick={open}>
        {t('desk.offline.open')}
      </Button>
    </Idle>
  )
}

function Idle({ tone, icon, title, lead, children }: { tone: string; icon: ReactNode; title: string; lead: string; children?: ReactNode }) {
  return (
    <section className="idle" data-tone={tone} aria-label={title}>
      <span className="idle__sign" aria-hidden="true">
        {icon}
      </span>
      <h2>{title}</h2>
      <p>{lead}</p>
      {children}
    </section>
  )
}
