/** The live floor: calls, queues and agents as they are now, for supervisors. */
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Tag } from 'tdesign-react'
import { CallCancelIcon, SoundHighIcon, SoundMuteIcon, WifiOffIcon, EllipsisIcon } from 'tdesign-icons-react'
import { request } from '../api/client'
import { floorQuery, useChange } from '../api/queries'
import type { Floor, LiveAgent, LiveCall, LiveQueue } from '../api/types'
import { Button } from '../components/Button'
import { DataTable, type Column } from '../components/DataTable'
import { FaultToast } from '../components/FaultToast'
import { Menu } from '../components/Menu'
import { ConfirmModal } from '../components/Modal'
import { Empty, Page, Panel } from '../components/Page'
import { StateLabel, StateTime } from '../components/StateLabel'
import { Elapsed, useNow } from '../components/Timer'
import { clock } from '../format/time'
import { phone } from '../format/phone'
import { useWords, type Say } from '../i18n'
import { QualityTag } from '../records/QualityTag'
import { percent } from '../records/quality'

/** A floor older than this is shown as old. */
const STALE_MS = 6_000

export function FloorPage() {
  const { t } = useWords()
  const floor = useQuery(floorQuery)
  const [ending, setEnding] = useState<LiveCall | null>(null)
  const offset = floor.data ? floor.data.server_ms - floor.dataUpdatedAt : 0
  const retry = () => void floor.refetch()
  return (
    <Page title={t('floor.title')} lead={t('floor.lead')} actions={<Freshness at={floor.dataUpdatedAt} />}>
      <Queues floor={floor.data} />
      <div className="floor">
        <Panel flush title={t('floor.calls')} end={<Count n={floor.data?.calls.length} />}>
          <DataTable
            label={t('floor.calls')}
            rows={floor.data?.calls}
            rowKey={(call) => call.call}
            columns={callColumns(t, floor.data, offset, setEnding)}
            error={floor.error}
            retry={retry}
            empty={{ title: t('floor.no_calls'), lead: t('floor.no_calls_lead') }}
          />
        </Panel>
        <Panel flush title={t('floor.agents')} end={<Count n={floor.data?.agents.length} />}>
          <DataTable
            label={t('floor.agents')}
            rows={floor.data?.agents}
            rowKey={(agent) => agent.agent}
            columns={agentColumns(t, offset)}
            error={floor.error}
            retry={retry}
            empty={{ title: t('floor.no_agents'), lead: t('floor.no_agents_lead') }}
          />
        </Panel>
      </div>
      {ending && <EndCall call={ending} onClose={() => setEnding(null)} />}
    </Page>
  )
}

function Count({ n }: { n: number | undefined }) {
  return n === undefined ? null : <span className="count">{n}</span>
}

function Freshness({ at }: { at: number }) {
  const { t } = useWords()
  const age = useNow() - at
  if (at === 0) return null
  const stale = age > STALE_MS
  return (
    <span className="live" data-stale={stale || undefined} role="status">
      {stale ? t('floor.stale', { n: Math.floor(age / 1000) }) : t('floor.updated')}
    </span>
  )
}

function Queues({ floor }: { floor: Floor | undefined }) {
  const { t } = useWords()
  if (floor?.queues.length === 0) return <Empty title={t('floor.no_queues')} lead={t('groups.none_lead')} />
  return (
    <ul className="queues" aria-label={t('floor.queues')}>
      {floor?.queues.map((queue) => <QueueTile key={queue.group} queue={queue} />) ??
        [0, 1].map((line) => (
          <li key={line} className="queue">
            <span className="bone" />
          </li>
        ))}
    </ul>
  )
}

function QueueTile({ queue }: { queue: LiveQueue }) {
  const { t } = useWords()
  return (
    <li className="queue" data-waiting={queue.waiting > 0 || undefined}>
      <p className="queue__name">{queue.name}</p>
      <p className="queue__waiting">
        {queue.waiting}
        <small>{t('floor.waiting')}</small>
      </p>
      <dl>
        <div>
          <dt>{t('floor.longest')}</dt>
          <dd>{queue.waiting > 0 ? clock(queue.longest_wait_ms) : '–'}</dd>
        </div>
        <div>
          <dt>{t('floor.ready')}</dt>
          <dd>{queue.ready}</dd>
        </div>
        <div>
          <dt>{t('floor.signed_in')}</dt>
          <dd>{queue.signed_in}</dd>
        </div>
      </dl>
    </li>
  )
}

const stageThemes = { arriving: 'default', ivr: 'default', queued: 'warning', ringing: 'success', dialling: 'success', talking: 'primary' } as const

function callColumns(t: Say, floor: Floor | undefined, offset: number, end: (call: LiveCall) => void): Column<LiveCall>[] {
  const agent = (id: number | null) => floor?.agents.find((one) => one.agent === id)?.name ?? (id === null ? '–' : `#${id}`)
  const group = (id: number | null) => floor?.queues.find((one) => one.group === id)?.name
  return [
    {
      key: 'caller',
      title: t('records.caller'),
      cell: (call) => (
        <>
          <span className="table__main tabular">{phone(call.caller)}</span>
          <span className="table__sub tabular">{phone(call.callee)}</span>
        </>
      ),
    },
    {
      key: 'stage',
      title: t('floor.stage'),
      cell: (call) => (
        <Tag theme={stageThemes[call.stage]} variant="light">
          {t(`floor.stage.${call.stage}`)}
        </Tag>
      ),
    },
    {
      key: 'where',
      title: t('floor.agent'),
      cell: (call) => (
        <>
          {agent(call.agent)}
          {group(call.group) && <span className="table__sub">{group(call.group)}</span>}
        </>
      ),
    },
    { key: 'sound', title: t('floor.call_sound'), cell: (call) => <CallSound call={call} /> },
    {
      key: 'in_stage',
      title: t('floor.in_stage'),
      align: 'end',
      cell: (call) => (
        <>
          <Elapsed since={call.stage_since_ms} offset={offset} />
          <span className="table__sub nowrap">
            {t('floor.total')} <Elapsed since={call.started_ms} offset={offset} />
          </span>
        </>
      ),
    },
    {
      key: 'end',
      title: '',
      align: 'end',
      width: '48px',
      cell: (call) => (
        <Button shape="square" variant="text" theme="danger" aria-label={`${t('floor.hang_up')}: ${phone(call.caller)}`} onClick={() => end(call)}>
          <CallCancelIcon />
        </Button>
      ),
    },
  ]
}

/** The worst of a call's legs, and who is not heard. */
function CallSound({ call }: { call: LiveCall }) {
  const { t } = useWords()
  const told = call.legs.flatMap((leg) => (leg.figures ? [leg.figures] : []))
  const worst = told.toSorted((a, b) => a.mos - b.mos)[0]
  const silent = call.legs.flatMap((leg) => (leg.silent_ms === null ? [] : [{ side: leg.side, time: clock(leg.silent_ms) }]))
  return (
    <>
      {worst ? <QualityTag mos={worst.mos} /> : <span className="muted">{t('sound.none_yet')}</span>}
      {worst && (
        <span className="table__sub nowrap">
          {t('sound.loss')} {percent(Math.max(...told.map((figures) => figures.loss_permille)) / 10)}
        </span>
      )}
      {silent.map(({ side, time }) => (
        <span key={side} className="reach" data-bad>
          <SoundMuteIcon /> {t('sound.silent_now', { side: t(`sound.${side}`), time })}
        </span>
      ))}
    </>
  )
}

function agentColumns(t: Say, offset: number): Column<LiveAgent>[] {
  return [
    {
      key: 'name',
      title: t('floor.agent'),
      cell: (agent) => (
        <>
          <span className="table__main">{agent.name}</span>
          <span className="table__sub">{agent.user_id}</span>
        </>
      ),
    },
    { key: 'state', title: t('floor.state'), cell: (agent) => <StateLabel presence={agent.presence} /> },
    { key: 'since', title: t('floor.since'), align: 'end', cell: (agent) => <StateTime presence={agent.presence} offset={offset} /> },
    { key: 'sound', title: t('floor.sound'), wide: true, cell: (agent) => <Reach agent={agent} /> },
    { key: 'change', title: '', align: 'end', width: '48px', cell: (agent) => <AgentMenu agent={agent} /> },
  ]
}

function Reach({ agent }: { agent: LiveAgent }) {
  const { t } = useWords()
  if (!agent.reachable) {
    return (
      <span className="reach" data-bad>
        <WifiOffIcon /> {t('floor.unreachable')}
      </span>
    )
  }
  const bad = agent.sound !== 'connected'
  return (
    <span className="reach" data-bad={bad || undefined}>
      {bad ? <SoundMuteIcon /> : <SoundHighIcon />} {t(`desk.sound.${agent.sound}`)}
    </span>
  )
}

type NewState = 'ready' | 'rest' | 'not_ready'

function AgentMenu({ agent }: { agent: LiveAgent }) {
  const { t } = useWords()
  const change = useChange((state: NewState) => request('POST', `/floor/agents/${agent.agent}/presence`, { body: { state } }), 'floor')
  const busy = ['talking', 'offered', 'dialling'].includes(agent.presence.state)
  const states: NewState[] = ['ready', 'not_ready', 'rest']
  return (
    <>
      <Menu
        label={t('floor.change_state', { name: agent.name })}
        sections={[{ items: states.map((state) => ({ key: state, label: t(`state.${state}`), onSelect: () => change.mutate(state) })) }]}
        trigger={(props) => (
          <Button {...props} shape="square" variant="text" disabled={busy} aria-label={t('floor.change_state', { name: agent.name })}>
            <EllipsisIcon />
          </Button>
        )}
      />
      <FaultToast error={change.error} />
    </>
  )
}

function EndCall({ call, onClose }: { call: LiveCall; onClose: () => void }) {
  const { t } = useWords()
  const end = useChange(() => request('POST', `/floor/calls/${call.call}/hang-up`), 'floor', 'records')
  return (
    <ConfirmModal
      title={t('floor.hang_up_ask', { caller: phone(call.caller) })}
      lead={t('floor.hang_up_lead')}
      action={t('floor.hang_up')}
      pending={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    />
  )
}
