/** What stands between the agent and the next call: the link, another page, the microphone. */
import { ErrorCircleIcon, LoadingIcon, Microphone1Icon, WifiOffIcon } from 'tdesign-icons-react'
import type { ReactNode } from 'react'
import type { Fault } from '@callyard/desk-sdk'
import { useLocation } from 'react-router'
import { Button } from '../components/Button'
import { useSecondsLeft } from '../components/Timer'
import { inWords } from '../i18n/fault-words'
import { useWords } from '../i18n'
import { paths } from '../paths'
import { desk, openDesk, useCommand, useDesk } from './desk'

export function Banners() {
  const { link, desk: snapshot } = useDesk()
  // On the desk itself these fill the middle; a banner would say it twice.
  const onDesk = useLocation().pathname === paths.desk
  switch (link.state) {
    case 'closed':
      return null
    case 'open':
      return onDesk && snapshot?.presence.state === 'signed_out' ? null : <MicrophoneBanner />
    case 'connecting':
      return link.attempt > 0 ? <Connecting /> : null
    case 'waiting':
      return <Waiting retryAt={link.retryAt} />
    case 'replaced':
      return onDesk ? null : <Replaced />
    case 'refused':
      return onDesk ? null : <Refused fault={link.fault} />
  }
}

interface BannerProps {
  tone: 'warn' | 'error' | 'info'
  icon: ReactNode
  title: string
  lead?: string
  action?: ReactNode
  /** Counts, so that a screen reader would never come to an end with it. The announcer says it once. */
  counts?: boolean
}

function Banner({ tone, icon, title, lead, action, counts }: BannerProps) {
  return (
    <div className="banner" data-tone={tone} role={counts ? 'group' : tone === 'info' ? 'status' : 'alert'}>
      <span className="banner__icon">{icon}</span>
      <p>
        <strong>{title}</strong> {lead}
      </p>
      {action}
    </div>
  )
}

function Connecting() {
  const { t } = useWords()
  return <Banner tone="warn" icon={<LoadingIcon className="spin" />} title={t('desk.link.connecting')} />
}

function Waiting({ retryAt }: { retryAt: number }) {
  const { t } = useWords()
  const left = useSecondsLeft(retryAt)
  return (
    <Banner
      counts
      tone="warn"
      icon={<WifiOffIcon />}
      title={t('desk.link.waiting', { n: left })}
      action={
        <Button size="small" variant="outline" onClick={openDesk}>
          {t('desk.link.retry')}
        </Button>
      }
    />
  )
}

function Replaced() {
  const { t } = useWords()
  return (
    <Banner
      tone="info"
      icon={<ErrorCircleIcon />}
      title={t('desk.link.replaced')}
      lead={t('desk.link.replaced_mend')}
      action={
        <Button size="small" theme="primary" onClick={openDesk}>
          {t('desk.link.take_back')}
        </Button>
      }
    />
  )
}

function Refused({ fault }: { fault: Fault }) {
  const { t, language } = useWords()
  const { message, mend } = inWords(fault, language)
  return (
    <Banner
      tone="error"
      icon={<ErrorCircleIcon />}
      title={t('desk.link.refused')}
      lead={`${message} ${mend}`}
      action={
        <Button size="small" variant="outline" onClick={openDesk}>
          {t('common.retry')}
        </Button>
      }
    />
  )
}

function MicrophoneBanner() {
  const { t, language } = useWords()
  const { microphone } = useDesk()
  const again = useCommand(() => desk.retrySound())
  if (microphone.state === 'asking') return <Banner tone="info" icon={<Microphone1Icon />} title={t('desk.mic.asking')} />
  if (microphone.state !== 'failed') return null
  const words = inWords(microphone.fault, language)
  return (
    <Banner
      tone="error"
      icon={<Microphone1Icon />}
      title={`${t('desk.mic.title')}.`.replace('。.', '。')}
      lead={`${words.message} ${words.mend}`}
      action={
        <Button size="small" variant="outline" loading={again.isPending} onClick={() => again.mutate()}>
          {t('desk.mic.again')}
        </Button>
      }
    />
  )
}
