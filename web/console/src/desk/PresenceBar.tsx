/** The status bar: what the agent is doing, whether sound stands, and how to change it. */
import { Tooltip } from 'tdesign-react'
import { CheckIcon, ChevronDownIcon, PauseIcon, PoweroffIcon, SoundHighIcon, SoundMuteIcon } from 'tdesign-icons-react'
import { Link, useLocation } from 'react-router'
import { agentCan, type DeskSnapshot, type SoundPath } from '@callyard/desk-sdk'
import type { DeskRules } from '../api/types'
import { Button } from '../components/Button'
import { Menu, type MenuSection } from '../components/Menu'
import { StateLabel, StateTime } from '../components/StateLabel'
import { FaultToast } from '../components/FaultToast'
import { useWords, type WordKey } from '../i18n'
import { paths } from '../paths'
import { closeDesk, desk, rememberClosed, useAble, useCommand, useDesk } from './desk'
import { partyOf } from './party'
import { shortcuts } from './shortcuts'

export function PresenceBar({ rules }: { rules: DeskRules | null }) {
  const { t } = useWords()
  const view = useDesk()
  const elsewhere = useLocation().pathname !== paths.desk
  const snapshot = view.desk
  if (snapshot === null) return <div className="presence presence--empty" data-testid="presence" data-state="signed_out" />
  const { presence, call } = snapshot
  return (
    <div className="presence" role="group" aria-label={t('desk.presence')}>
      <div className="presence__state" data-testid="presence" data-state={presence.state}>
        <StateLabel presence={presence} />
        <StateTime presence={presence} offset={view.clockOffsetMs} labelled />
      </div>
      {elsewhere && agentCan.hangUp(snapshot) && call && (
        <Link to={paths.desk} className="presence__call">
          {partyOf(call, presence)} · {t('desk.in_call_elsewhere')}
        </Link>
      )}
      <SoundLight path={snapshot.sound} />
      <Buttons snapshot={snapshot} reasons={rules?.rest_reasons ?? []} />
    </div>
  )
}

const soundWords: Record<SoundPath, { word: WordKey; hint: WordKey }> = {
  none: { word: 'desk.sound.none', hint: 'desk.sound.none_hint' },
  connecting: { word: 'desk.sound.connecting', hint: 'desk.sound.connecting_hint' },
  connected: { word: 'desk.sound.connected', hint: 'desk.sound.connected_hint' },
}

function SoundLight({ path }: { path: SoundPath }) {
  const { t } = useWords()
  const { word, hint } = soundWords[path]
  return (
    <Tooltip content={t(hint)} placement="bottom" overlayInnerStyle={{ maxWidth: 300 }}>
      <span className="sound" data-testid="sound" data-state={path} tabIndex={0} aria-label={`${t(word)}. ${t(hint)}`} role="status">
        {path === 'none' ? <SoundMuteIcon /> : <SoundHighIcon />}
        <span className="sound__word">{t(word)}</span>
      </span>
    </Tooltip>
  )
}

function Buttons({ snapshot, reasons }: { snapshot: DeskSnapshot; reasons: string[] }) {
  const { t } = useWords()
  const able = useAble()
  const ready = useCommand(desk.beReady)
  const away = useCommand((rest: string | null) => (rest === null ? desk.beNotReady() : desk.rest(rest)))
  const offline = useCommand(async () => {
    await desk.signOut()
    rememberClosed(true)
    closeDesk()
  })
  const { presence } = snapshot
  const isReady = presence.state === 'ready'
  return (
    <div className="presence__buttons">
      <Button
        theme={agentCan.beReady(able) ? 'success' : 'default'}
        variant={agentCan.beReady(able) ? 'base' : 'outline'}
        disabled={!agentCan.beReady(able)}
        loading={ready.isPending}
        onClick={() => ready.mutate()}
        aria-pressed={isReady}
        aria-keyshortcuts={shortcuts.ready.shown}
        icon={<CheckIcon />}
      >
        {t('desk.ready')}
      </Button>
      <Menu
        label={t('desk.pause')}
        sections={pauseSections(reasons, snapshot, (rest) => away.mutate(rest), t)}
        trigger={(props) => (
          <Button {...props} variant="outline" disabled={!agentCan.rest(able)} loading={away.isPending} icon={<PauseIcon />} suffix={<ChevronDownIcon />}>
            {t('desk.pause')}
          </Button>
        )}
      />
      <Tooltip content={t('desk.go_offline')} placement="bottom">
        <Button
          variant="text"
          shape="square"
          aria-label={t('desk.go_offline')}
          disabled={!agentCan.signOut(able)}
          loading={offline.isPending}
          onClick={() => offline.mutate()}
        >
          <PoweroffIcon />
        </Button>
      </Tooltip>
      <FaultToast error={ready.error ?? away.error ?? offline.error} />
    </div>
  )
}

function pauseSections(reasons: string[], { presence }: DeskSnapshot, pause: (rest: string | null) => void, t: (key: WordKey) => string): MenuSection[] {
  const reason = presence.state === 'away' ? presence.reason : null
  const text = presence.state === 'away' && presence.reason === 'rest' ? presence.text : null
  return [
    {
      items: [{ key: 'not_ready', label: t('desk.not_ready'), hint: t('desk.not_ready_hint'), checked: reason === 'not_ready', onSelect: () => pause(null) }],
    },
    {
      title: t('desk.rest'),
      items: [
        ...reasons.map((rest) => ({ key: rest, label: rest, checked: text === rest, onSelect: () => pause(rest) })),
        { key: '', label: t('desk.rest_plain'), checked: text === '', onSelect: () => pause('') },
      ],
    },
  ]
}
