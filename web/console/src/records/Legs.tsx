/** How each leg of a call sounded. */
import type { RecordLeg } from '../api/types'
import { DataTable, type Column } from '../components/DataTable'
import { duration } from '../format/time'
import { useWords, type Say } from '../i18n'
import type { Language } from '../preferences'
import { QualityTag } from './QualityTag'
import { lossOf, millis } from './quality'
import type { Names } from './RecordDrawer'

export function Legs({ legs, names }: { legs: RecordLeg[]; names: Names }) {
  const { t, language } = useWords()
  return (
    <div className="legs">
      <DataTable label={t('sound.title')} rows={legs.map((leg, place) => ({ ...leg, place }))} rowKey={(leg) => leg.place} columns={columns(t, language, names)} empty={{ title: '', lead: '' }} />
    </div>
  )
}

function columns(t: Say, language: Language, names: Names): Column<RecordLeg>[] {
  const who = (leg: RecordLeg) => leg.agent_name ?? (leg.agent === null ? t(`sound.${leg.side}`) : names.agent(leg.agent))
  const line = (leg: RecordLeg) => (leg.kind === 'trunk' && leg.far !== null ? names.trunk(leg.far) : t(`sound.kind.${leg.kind}`))
  return [
    {
      key: 'side',
      title: t('sound.side'),
      cell: (leg) => (
        <>
          <span className="table__main">{who(leg)}</span>
          <span className="table__sub">{[line(leg), leg.codec?.toUpperCase()].filter(Boolean).join(' · ')}</span>
          {leg.address && <code className="table__sub">{leg.address}</code>}
        </>
      ),
    },
    { key: 'quality', title: t('sound.quality'), cell: (leg) => <QualityTag mos={leg.mos} /> },
    { key: 'loss', title: t('sound.loss'), align: 'end', cell: (leg) => <span className="tabular nowrap">{lossOf(leg.lost, leg.received)}</span> },
    { key: 'jitter', title: t('sound.jitter'), align: 'end', cell: (leg) => <span className="tabular nowrap">{leg.received > 0 ? millis(leg.jitter_us) : '–'}</span> },
    { key: 'round_trip', title: t('sound.round_trip'), align: 'end', cell: (leg) => <span className="tabular nowrap">{leg.round_trip_us > 0 ? millis(leg.round_trip_us) : '–'}</span> },
    {
      key: 'silences',
      title: t('sound.silences'),
      align: 'end',
      cell: (leg) => <span className="nowrap">{leg.silences > 0 ? t('sound.silences_n', { n: leg.silences, time: duration(leg.silent_ms, language) }) : '–'}</span>,
    },
  ]
}
