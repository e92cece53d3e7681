/** Call records: a filter in the address, a table, and one record in a drawer. */
import { useState } from 'react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { recordsQuery, staffQuery, type RecordFilter } from '../api/queries'
import type { RecordView } from '../api/types'
import { DataTable, type Column } from '../components/DataTable'
import { Pager } from '../components/Pager'
import { SelectField, TextField } from '../components/Field'
import { Page, Panel } from '../components/Page'
import { ResultTag } from '../components/ResultTag'
import { dayStart, duration, when } from '../format/time'
import { canonical, phone } from '../format/phone'
import { useWords, type Say } from '../i18n'
import { mayAct, paths } from '../paths'
import type { Language } from '../preferences'
import { RecordDrawer } from '../records/RecordDrawer'
import { useMe } from '../shell/session'

const PAGE_SIZE = 20
const PERIODS = { today: 0, week: 6, month: 29, all: null } as const
type Period = keyof typeof PERIODS

/** The filter as the address holds it; what the address does not say is the default. */
export function filterOf(search: URLSearchParams, nowMs: number): RecordFilter & { period: Period } {
  const named = search.get('period') ?? 'week'
  const period: Period = named in PERIODS ? (named as Period) : 'week'
  const back = PERIODS[period]
  const page = Number(search.get('page') ?? 1)
  return {
    period,
    page: Number.isInteger(page) && page > 0 ? page - 1 : 0,
    page_size: PAGE_SIZE,
    ...(back === null ? {} : { from_ms: dayStart(nowMs, back) }),
    ...(search.get('phone') ? { phone: canonical(search.get('phone') ?? '') } : {}),
    ...(Number(search.get('agent')) > 0 ? { agent: Number(search.get('agent')) } : {}),
  }
}

export function RecordsPage() {
  const { t, language } = useWords()
  const me = useMe()
  const navigate = useNavigate()
  const { call } = useParams()
  const [search, setSearch] = useSearchParams()
  const { period, ...filter } = filterOf(search, Date.now())
  const records = useQuery({ ...recordsQuery(filter), placeholderData: keepPreviousData })
  const total = records.data?.total ?? 0
  const supervises = mayAct(me.role, 'supervisor')
  const change = (name: string, value: string) =>
    setSearch((before) => {
      const next = new URLSearchParams(before)
      if (value === '') next.delete(name)
      else next.set(name, value)
      if (name !== 'page') next.delete('page')
      return next
    })
  const suffix = search.size > 0 ? `?${search.toString()}` : ''
  return (
    <Page title={t('records.title')} lead={t(supervises ? 'records.lead' : 'records.lead_agent')}>
      <Filters period={period} search={search} change={change} />
      <Panel flush>
        <DataTable
          label={t('records.title')}
          rows={records.data?.records}
          rowKey={(record) => record.call}
          columns={columns(t, language)}
          error={records.error}
          retry={() => void records.refetch()}
          empty={{ title: t('records.none'), lead: t('records.none_lead') }}
          onOpen={(record) => void navigate(paths.record(record.call) + suffix)}
          openLabel={(record) => t('records.open', { caller: phone(record.caller), time: when(record.started_ms, language, Date.now()) })}
        />
        <Pager page={(filter.page ?? 0) + 1} pages={Math.ceil(total / PAGE_SIZE)} total={total} onPage={(page) => change('page', page === 1 ? '' : String(page))} />
      </Panel>
      {call && <RecordDrawer key={call} call={call} onClose={() => void navigate(paths.records + suffix)} />}
    </Page>
  )
}

function Filters({ period, search, change }: { period: Period; search: URLSearchParams; change: (name: string, value: string) => void }) {
  const { t } = useWords()
  const me = useMe()
  const [typed, setTyped] = useState(search.get('phone') ?? '')
  const seesStaff = mayAct(me.role, 'supervisor')
  const staff = useQuery({ ...staffQuery, enabled: seesStaff })
  return (
    <form
      className="filters"
      role="search"
      onSubmit={(e) => {
        e.preventDefault()
        change('phone', typed.trim())
      }}
    >
      <div className="segments" role="radiogroup" aria-label={t('records.period')}>
        {(Object.keys(PERIODS) as Period[]).map((name) => (
          <label key={name} className="segments__item">
            <input type="radio" name="period" checked={period === name} onChange={() => change('period', name)} />
            <span>{t(`records.period.${name}`)}</span>
          </label>
        ))}
      </div>
      <TextField label={t('records.phone')} placeholder={t('records.phone_hint')} type="search" value={typed} onValue={setTyped} onBlur={() => change('phone', typed.trim())} />
      {seesStaff && (
        <SelectField
          label={t('records.agent')}
          value={search.get('agent') ?? ''}
          onValue={(agent) => change('agent', agent)}
          empty={t('common.all')}
          options={(staff.data ?? []).map((one) => ({ value: String(one.id), label: one.name }))}
        />
      )}
    </form>
  )
}

function columns(t: Say, language: Language): Column<RecordView>[] {
  return [
    { key: 'time', title: t('records.time'), cell: (record) => <span className="tabular">{when(record.started_ms, language, Date.now())}</span> },
    {
      key: 'caller',
      title: t('records.caller'),
      cell: (record) => (
        <>
          <span className="table__main tabular">{phone(record.caller)}</span>
          {record.direction !== 'in' && <span className="table__sub">{t(record.direction === 'out' ? 'desk.direction.outbound' : 'desk.direction.internal')}</span>}
        </>
      ),
    },
    { key: 'callee', title: t('records.callee'), wide: true, cell: (record) => <span className="tabular">{phone(record.callee)}</span> },
    {
      key: 'keys',
      title: t('records.keys'),
      wide: true,
      cell: (record) => record.keys.map((key) => <kbd key={key.at_ms}>{key.key}</kbd>),
    },
    { key: 'group', title: t('records.group'), wide: true, cell: (record) => record.skill_group?.name ?? '–' },
    { key: 'agent', title: t('records.agent'), wide: true, cell: (record) => record.agent?.name ?? '–' },
    { key: 'waited', title: t('records.waited'), align: 'end', wide: true, cell: (record) => duration(record.wait_ms || null, language) },
    { key: 'talked', title: t('records.talked'), align: 'end', cell: (record) => duration(record.talk_ms || null, language) },
    { key: 'result', title: t('records.result'), cell: (record) => <ResultTag status={record.end_status} /> },
  ]
}
