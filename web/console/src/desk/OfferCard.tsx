/** A call that rings: who, for what, and one large button. */
import { CallIncomingIcon, CallIcon } from 'tdesign-icons-react'
import { agentCan, type DeskSnapshot } from '@callyard/desk-sdk'
import { Button } from '../components/Button'
import { FaultNote } from '../components/Fault'
import { CountdownRing } from '../components/Timer'
import { phone } from '../format/phone'
import { useWords } from '../i18n'
import { CallFacts } from './CallFacts'
import { desk, useAble, useCommand } from './desk'
import { shortcuts } from './shortcuts'

interface OfferCardProps {
  snapshot: DeskSnapshot
  offset: number
  /** Floats over another page. */
  compact?: boolean
}

export function OfferCard({ snapshot, offset, compact }: OfferCardProps) {
  const { t } = useWords()
  const accept = useCommand(() => desk.accept())
  const decline = useCommand(() => desk.decline())
  const able = useAble()
  const { presence, call } = snapshot
  if (presence.state !== 'offered' || call === null) return null
  return (
    <section className={compact ? 'card card--offer card--compact' : 'card card--offer'} data-testid="offer" aria-label={t('desk.offer.title')}>
      <header className="card__head">
        <span className="card__sign card__sign--ring">
          <CallIncomingIcon />
        </span>
        <div className="card__who">
          <p className="card__kicker">{t('desk.offer.title')}</p>
          <p className="card__number">{phone(call.caller)}</p>
        </div>
        <CountdownRing until={presence.until_ms} total={presence.ring_ms} offset={offset} size={compact ? 52 : 72} />
      </header>
      <CallFacts call={call} />
      <div className="card__actions">
        <Button
          size="large"
          theme="success"
          className="big"
          // Not over another page: there, somebody may be typing, and a space would answer.
          autoFocus={!compact}
          disabled={!agentCan.accept(able)}
          loading={accept.isPending}
          onClick={() => accept.mutate()}
          aria-keyshortcuts={shortcuts.answer.shown}
          icon={<CallIcon />}
        >
          {t('desk.answer')}
        </Button>
        <Button
          size="large"
          variant="outline"
          disabled={!agentCan.decline(able)}
          loading={decline.isPending}
          onClick={() => decline.mutate()}
          aria-keyshortcuts={shortcuts.decline.shown}
        >
          {t('desk.decline')}
        </Button>
      </div>
      <FaultNote error={accept.error ?? decline.error} />
    </section>
  )
}
