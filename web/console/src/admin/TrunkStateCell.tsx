/** Whether a carrier is there, in a word and a colour, and what each of its addresses says. */
import { useQuery } from '@tanstack/react-query'
import { Tag } from 'tdesign-react'
import { trunkStatesQuery } from '../api/queries'
import type { Trunk, TrunkAddress, TrunkCondition, TrunkState } from '../api/types'
import { useNow } from '../components/Timer'
import { when } from '../format/time'
import { useWords } from '../i18n'

const THEMES = {
  unknown: 'default',
  registering: 'warning',
  registered: 'success',
  refused: 'danger',
  answers: 'success',
  unreachable: 'danger',
} as const satisfies Record<TrunkCondition, string>

export function TrunkStateCell({ trunk }: { trunk: Trunk }) {
  const { t } = useWords()
  const states = useQuery(trunkStatesQuery)
  const state = states.data?.find((state) => state.id === trunk.id)
  if (!trunk.enabled || state === undefined) {
    return (
      <Tag theme={trunk.enabled ? 'success' : 'default'} variant="light">
        {t(trunk.enabled ? 'trunks.enabled' : 'trunks.off')}
      </Tag>
    )
  }
  return (
    <>
      <Tag theme={THEMES[state.state]} variant="light">
        {t(`trunks.state.${state.state}`)}
      </Tag>
      <Registration state={state} />
      {state.addresses.map((address) => (
        <Address key={`${address.transport} ${address.address}`} address={address} />
      ))}
      {state.addresses.length === 0 && <span className="table__sub">{t('trunks.address.none')}</span>}
    </>
  )
}

function Registration({ state }: { state: TrunkState }) {
  const { t } = useWords()
  const since = useSince()
  if (state.registration === null) return null
  const { refused_with: status, since_ms } = state.registration
  return <span className="table__sub">{status === null ? since(since_ms) : `SIP ${status} · ${since(since_ms)} · ${t('trunks.refused_mend')}`}</span>
}

function Address({ address }: { address: TrunkAddress }) {
  const { t } = useWords()
  const since = useSince()
  const ms = address.round_trip_ms
  const says =
    address.answers === null
      ? t('trunks.address.unknown')
      : `${address.answers ? t('trunks.address.answers', { ms: ms === null ? '–' : ms < 10 ? ms.toFixed(1) : Math.round(ms) }) : t('trunks.address.silent')} · ${since(address.since_ms)}`
  return (
    <span className="table__sub">
      <code>{address.address}</code> {says}
    </span>
  )
}

function useSince(): (ms: number) => string {
  const { t, language } = useWords()
  const now = useNow()
  return (ms) => t('trunks.since', { time: when(ms, language, now) })
}
