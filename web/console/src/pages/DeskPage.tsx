/** The agent's desk: the call in the middle, what waits and what was beside it. */
import { agentCan, type DeskSnapshot } from '@callyard/desk-sdk'
import { Panel } from '../components/Page'
import { CallCard } from '../desk/CallCard'
import { DemoCall } from '../desk/DemoCall'
import { DialBox } from '../desk/DialBox'
import { DialCard } from '../desk/DialCard'
import { useAble, useDesk } from '../desk/desk'
import { ElsewhereCard, IdleCard, MicrophoneCard, OfflineCard } from '../desk/IdleCard'
import { OfferCard } from '../desk/OfferCard'
import { RecentCalls } from '../desk/RecentCalls'
import { shortcuts } from '../desk/shortcuts'
import { WrapUpCard } from '../desk/WrapUpCard'
import { useWords } from '../i18n'
import { useMe } from '../shell/session'
import { useTitle } from '../shell/useTitle'

export function DeskPage() {
  const { t } = useWords()
  const me = useMe()
  const { desk, link, clockOffsetMs } = useDesk()
  useTitle(desk?.presence.state === 'offered' ? `☎ ${t('desk.offer.title')}` : t('desk.title'))
  const closed = link.state === 'closed'
  return (
    <div className="desk">
      <h1 className="hidden">{t('desk.title')}</h1>
      <div className="desk__main">
        {closed && <OfflineCard />}
        {(link.state === 'replaced' || link.state === 'refused') && <ElsewhereCard link={link} />}
        {(link.state === 'connecting' || link.state === 'open' || link.state === 'waiting') &&
          (desk === null ? <div className="idle idle--bone" aria-busy="true" aria-label={t('common.loading')} /> : <Middle snapshot={desk} offset={clockOffsetMs} />)}
        {agentCan.call(desk) && <DialBox />}
        {me.demo && <DemoCall />}
      </div>
      <aside className="desk__side">
        <Waiting snapshot={desk} />
        <RecentCalls me={me} />
        <Shortcuts />
      </aside>
    </div>
  )
}

function Middle({ snapshot, offset }: { snapshot: DeskSnapshot; offset: number }) {
  switch (snapshot.presence.state) {
    case 'offered':
      return <OfferCard snapshot={snapshot} offset={offset} />
    case 'dialling':
      return <DialCard snapshot={snapshot} offset={offset} />
    case 'talking':
      return <CallCard snapshot={snapshot} offset={offset} />
    case 'wrap_up':
      return <WrapUpCard snapshot={snapshot} offset={offset} />
    case 'ready':
    case 'away':
      return <IdleCard presence={snapshot.presence} />
    case 'signed_out':
      return <Opening />
  }
}

/** Connected, but the server has not signed this page in: sound is still on its way, or refused. */
function Opening() {
  const { microphone } = useDesk()
  const { t } = useWords()
  if (microphone.state === 'failed') return <MicrophoneCard fault={microphone.fault} />
  return <div className="idle idle--bone" aria-busy="true" aria-label={t('common.loading')} />
}

function Waiting({ snapshot }: { snapshot: DeskSnapshot | null }) {
  const { t } = useWords()
  const waiting = snapshot?.waiting ?? 0
  return (
    <Panel>
      <div className="waiting" data-some={waiting > 0 || undefined}>
        <span className="waiting__label">{t('desk.waiting')}</span>
        <span className="waiting__count">
          {waiting}
          <small>{waiting === 0 ? t('desk.waiting_none') : t('desk.waiting_unit')}</small>
        </span>
      </div>
    </Panel>
  )
}

function Shortcuts() {
  const { t } = useWords()
  const able = useAble()
  const rows = [
    [shortcuts.answer, t('desk.answer')],
    [shortcuts.hangUp, t('desk.hang_up')],
    [shortcuts.mute, t('desk.mute')],
    [shortcuts.ready, t('desk.ready')],
  ] as const
  return (
    <section className="shortcuts" aria-label={t('desk.shortcuts')}>
      {rows.map(([shortcut, label]) => (
        <span key={shortcut.code} data-on={agentCan[shortcut.action](able) || undefined}>
          <kbd>{shortcut.shown}</kbd> {label}
        </span>
      ))}
    </section>
  )
}
