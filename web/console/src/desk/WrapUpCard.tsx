/** After the call: time to write it up, and a way out of it. */
import { CheckIcon } from 'tdesign-icons-react'
import { agentCan, type DeskSnapshot } from '@callyard/desk-sdk'
import { Button } from '../components/Button'
import { FaultNote } from '../components/Fault'
import { CountdownRing, useSecondsLeft } from '../components/Timer'
import { useWords } from '../i18n'
import { CallFacts } from './CallFacts'
import { desk, useAble, useCommand } from './desk'
import { partyOf } from './party'
import { Remark } from './Remark'

export function WrapUpCard({ snapshot, offset }: { snapshot: DeskSnapshot; offset: number }) {
  const { t } = useWords()
  const ready = useCommand(desk.beReady)
  const able = useAble()
  const { presence, call } = snapshot
  const left = useSecondsLeft(presence.state === 'wrap_up' ? presence.until_ms : 0, offset)
  if (presence.state !== 'wrap_up') return null
  return (
    <section className="card card--wrap" data-testid="wrap-up" aria-label={t('desk.wrap_up.title')}>
      <header className="card__head">
        <div className="card__who">
          <p className="card__kicker">{t('desk.wrap_up.title')}</p>
          <p className="card__number">{call ? partyOf(call, presence) : '–'}</p>
          <p className="muted">{t('desk.wrap_up.left', { n: left })}</p>
        </div>
        <CountdownRing until={presence.until_ms} total={presence.wrap_up_ms} offset={offset} />
      </header>
      {call && <CallFacts call={call} />}
      {call && <Remark key={call.call} call={call.call} />}
      <div className="card__actions">
        <Button size="large" theme="success" className="big" disabled={!agentCan.beReady(able)} loading={ready.isPending} onClick={() => ready.mutate()} icon={<CheckIcon />}>
          {t('desk.wrap_up.ready')}
        </Button>
      </div>
      <FaultNote error={ready.error} />
    </section>
  )
}
