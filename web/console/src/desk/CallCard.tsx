/** The call that is talked: who, how long, and what can be done to it. */
import { useState } from 'react'
import { CallCancelIcon, CallIcon, Microphone1Icon, SoundMuteIcon } from 'tdesign-icons-react'
import { agentCan, type DeskSnapshot } from '@callyard/desk-sdk'
import { Button } from '../components/Button'
import { FaultNote } from '../components/Fault'
import { Elapsed } from '../components/Timer'
import { useWords } from '../i18n'
import { CallFacts } from './CallFacts'
import { desk, useAble, useCommand } from './desk'
import { Keypad, KeypadIcon } from './Keypad'
import { partyOf } from './party'
import { Remark } from './Remark'
import { shortcuts } from './shortcuts'

export function CallCard({ snapshot, offset }: { snapshot: DeskSnapshot; offset: number }) {
  const { t } = useWords()
  const [keypad, setKeypad] = useState(false)
  const mute = useCommand((muted: boolean) => desk.mute(muted))
  const hangUp = useCommand(() => desk.hangUp())
  const able = useAble()
  const { presence, call } = snapshot
  if (presence.state !== 'talking' || call === null) return null
  return (
    <section className="card card--call" data-testid="call" aria-label={t('desk.call.title')}>
      <header className="card__head">
        <span className="card__sign card__sign--talk">
          <CallIcon />
        </span>
        <div className="card__who">
          <p className="card__kicker">{t('state.talking')}</p>
          <p className="card__number">{partyOf(call, presence)}</p>
        </div>
        <span className="card__timer">
          <Elapsed since={presence.since_ms} offset={offset} />
        </span>
      </header>
      {presence.muted && (
        <p className="muted-note" role="status">
          <SoundMuteIcon /> {t('desk.muted')}
        </p>
      )}
      {call.unheard.map((side) => (
        <p key={side} className="muted-note" role="status">
          <SoundMuteIcon /> {t(`desk.unheard.${side}`)}
        </p>
      ))}
      <CallFacts call={call} />
      <div className="card__actions">
        <Button
          size="large"
          variant={presence.muted ? 'base' : 'outline'}
          theme={presence.muted ? 'warning' : 'default'}
          disabled={!agentCan.mute(able)}
          aria-pressed={presence.muted}
          aria-keyshortcuts={shortcuts.mute.shown}
          onClick={() => mute.mutate(!presence.muted)}
          icon={<Microphone1Icon />}
        >
          {t('desk.mute')}
        </Button>
        <Button
          size="large"
          variant="outline"
          aria-expanded={keypad}
          disabled={!agentCan.sendDigits(able)}
          onClick={() => setKeypad(!keypad)}
          icon={<KeypadIcon />}
        >
          {t('desk.keypad')}
        </Button>
        <Button
          size="large"
          theme="danger"
          className="card__end"
          disabled={!agentCan.hangUp(able)}
          loading={hangUp.isPending}
          aria-keyshortcuts={shortcuts.hangUp.shown}
          onClick={() => hangUp.mutate()}
          icon={<CallCancelIcon />}
        >
          {t('desk.hang_up')}
        </Button>
      </div>
      {keypad && <Keypad />}
      <FaultNote error={mute.error ?? hangUp.error} />
      <Remark key={call.call} call={call.call} />
    </section>
  )
}
