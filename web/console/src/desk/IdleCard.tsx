/** The middle of the desk while no call is there. */
import { CallIncomingIcon, DesktopIcon, Microphone1Icon, PauseCircleIcon, PoweroffIcon } from 'tdesign-icons-react'
import type { ReactNode } from 'react'
import type { Fault, LinkState, Presence } from '@callyard/desk-sdk'
import { Button } from '../components/Button'
import { useWords } from '../i18n'
import { inWords } from '../i18n/fault-words'
import { desk, openDesk, rememberClosed, useCommand } from './desk'

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
    case 'dialling':
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

/** The desk is open in another page, or the server ended its sign-in. */
export function ElsewhereCard({ link }: { link: Extract<LinkState, { state: 'replaced' | 'refused' }> }) {
  const { t, language } = useWords()
  const replaced = link.state === 'replaced'
  const words = link.state === 'refused' ? inWords(link.fault, language) : null
  return (
    <Idle
      tone="off"
      icon={<DesktopIcon />}
      title={t(replaced ? 'desk.link.replaced' : 'desk.link.refused')}
      lead={words ? `${words.message} ${words.mend}` : t('desk.link.replaced_mend')}
    >
      <Button size="large" theme="primary" onClick={openDesk}>
        {t(replaced ? 'desk.link.take_back' : 'common.retry')}
      </Button>
    </Idle>
  )
}

/** Connected, but without a microphone: what to do about it. */
export function MicrophoneCard({ fault }: { fault: Fault }) {
  const { t, language } = useWords()
  const again = useCommand(() => desk.retrySound())
  const words = inWords(fault, language)
  return (
    <Idle tone="bad" icon={<Microphone1Icon />} title={t('desk.mic.title')} lead={`${words.message} ${words.mend}`}>
      <Button size="large" theme="primary" loading={again.isPending} onClick={() => again.mutate()}>
        {t('desk.mic.again')}
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
