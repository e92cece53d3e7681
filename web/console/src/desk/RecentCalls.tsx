/** The agent's last calls, newest first. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { recordsQuery } from '../api/queries'
import type { Me } from '../api/types'
import { FaultPanel } from '../components/Fault'
import { Panel } from '../components/Page'
import { ResultTag } from '../components/ResultTag'
import { duration, when } from '../format/time'
import { phone } from '../format/phone'
import { useWords } from '../i18n'
import { paths } from '../paths'

export function RecentCalls({ me }: { me: Me }) {
  const { t, language } = useWords()
  const recent = useQuery(recordsQuery({ agent: me.staff.id, page_size: 8 }))
  const records = recent.data?.records
  return (
    <Panel
      flush
      title={t('desk.recent')}
      end={
        <Link to={paths.records} className="link">
          {t('desk.recent_all')}
        </Link>
      }
    >
      {recent.error && !records ? (
        <FaultPanel error={recent.error} retry={() => void recent.refetch()} />
      ) : records?.length === 0 ? (
        <p className="panel__none">{t('desk.recent_none')}</p>
      ) : (
        <ul className="recent">
          {records?.map((record) => (
            <li key={record.call}>
              <Link to={paths.record(record.call)}>
                <span className="recent__who tabular">{phone(record.direction === 'in' ? record.caller : record.callee)}</span>
                <span className="recent__when">{when(record.started_ms, language, Date.now())}</span>
                <span className="recent__group">{record.skill_group?.name}</span>
                <span className="recent__end">{record.talk_ms === 0 ? <ResultTag status={record.end_status} /> : duration(record.talk_ms, language)}</span>
              </Link>
            </li>
          )) ??
            [0, 1, 2].map((line) => (
              <li key={line} className="recent__bone">
                <span className="bone" />
              </li>
            ))}
        </ul>
      )}
    </Panel>
  )
}
