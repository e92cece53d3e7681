/** A call that we make and nobody has answered yet. */
import { CallCancelIcon, CallIcon } from 'tdesign-icons-react'
import { agentCan, type DeskSnapshot } from '@callyard/desk-sdk'
import { Button } from '../components/Button'
import { FaultNote } from '../components/Fault'
import { Elapsed } from '../components/Timer'
import { useWords } from '../i18n'
import { CallFacts } from './CallFacts'
import { desk, useAble, useCommand } from './desk'
import { partyOf } from './party'
import { shortcuts } from './shortcuts'

export function DialCard({ snapshot, offset }: { snapshot: DeskSnapshot; offset: number }) {
  const { t } = useWords()
  const hangUp = useCommand(() => desk.hangUp())
  const able = useAble()
  const { presence, call } = snapshot
  if (presence.state !== 'dialling' || call === null) return null
  return (
    <section className="card card--offer" data-testid="dialling" aria-label={t('desk.dialling.title')}>
      <header className="card__head">
        <span className="card__sign card__sign--ring">
          <CallIcon />
        </span>
        <div className="card__who">
          <p className="card__kicker">{t('desk.dialling.title')}</p>
          <p className="card__number">{partyOf(call, presence)}</p>
        </div>
        <span className="card__timer">
          <Elapsed since={presence.since_ms} offset={offset} />
        </span>
      </header>
      <CallFacts call={call} />
      <div className="card__actions">
        <Button
          size="large"
          theme="danger"
          className="big"
          disabled={!agentCan.hangUp(able)}
          loading={hangUp.isPending}
          aria-keyshortcuts={shortcuts.hangUp.shown}
          onClick={() => hangUp.mutate()}
          icon={<CallCancelIcon />}
        >
          {t('desk.hang_up')}
        </Button>
      </div>
      <FaultNote error={hangUp.error} />
    </section>
  )
}
