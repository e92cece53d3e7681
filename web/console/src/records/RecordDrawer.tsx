/** One record: its facts, its recording, why the caller waited, what happened. */
import { useQuery } from '@tanstack/react-query'
import { flowsQuery, recordQuery, staffQuery, trunksQuery } from '../api/queries'
import type { RecordDetail } from '../api/types'
import { FaultPanel } from '../components/Fault'
import { Modal } from '../components/Modal'
import { ResultTag } from '../components/ResultTag'
import { duration, fullTime } from '../format/time'
import { phone } from '../format/phone'
import { useWords } from '../i18n'
import { mayAct } from '../paths'
import { useMe } from '../shell/session'
import { Journal } from './Journal'
import { Legs } from './Legs'
import { Player } from './Player'
import { recordingName } from './recording-name'
import { Wait } from './Wait'

export interface Names {
  agent: (id: number) => string
  trunk: (id: number) => string
  flow: (id: number) => string
}

/** Names of people and trunks, as far as this role may read them; ids where it may not. */
function useNames(record: RecordDetail | undefined): Names {
  const me = useMe()
  const staff = useQuery({ ...staffQuery, enabled: mayAct(me.role, 'supervisor') }).data
  const trunks = useQuery({ ...trunksQuery, enabled: mayAct(me.role, 'supervisor') }).data
  const flows = useQuery({ ...flowsQuery, enabled: mayAct(me.role, 'supervisor') }).data
  return {
    agent: (id) => {
      const participant = record?.participants.find((one) => one.agent === id)
      return staff?.find((one) => one.id === id)?.name ?? (participant?.name || participant?.user_id) ?? `#${id}`
    },
    trunk: (id) => trunks?.find((one) => one.id === id)?.name ?? `#${id}`,
    flow: (id) => flows?.find((one) => one.id === id)?.name ?? `#${id}`,
  }
}

export function RecordDrawer({ call, onClose }: { call: string; onClose: () => void }) {
  const { t } = useWords()
  const record = useQuery(recordQuery(call))
  const names = useNames(record.data)
  return (
    <Modal shape="drawer" title={record.data ? <span className="tabular">{phone(record.data.direction === 'in' ? record.data.caller : record.data.callee)}</span> : t('records.detail')} onClose={onClose}>
      {record.data ? (
        <Detail record={record.data} names={names} />
      ) : record.error ? (
        <FaultPanel error={record.error} retry={() => void record.refetch()} />
      ) : (
        <div className="detail" aria-busy="true" aria-label={t('common.loading')}>
          {[0, 1, 2, 3, 4, 5].map((line) => (
            <span key={line} className="bone" />
          ))}
        </div>
      )}
    </Modal>
  )
}

function Detail({ record, names }: { record: RecordDetail; names: Names }) {
  const { t } = useWords()
  return (
    <div className="detail">
      <Facts record={record} />
      <section aria-label={t('records.recording')}>
        <h3>{t('records.recording')}</h3>
        {record.recordings.length === 0 && <p className="muted">{t('records.no_recording')}</p>}
        {record.recordings.map((recording, place) => (
          <Player key={recording} recording={recording} agent={record.agent?.name} file={recordingName(record, place)} />
        ))}
      </section>
      {record.remark && (
        <section aria-label={t('records.remark')}>
          <h3>{t('records.remark')}</h3>
          <p className="quote">{record.remark}</p>
        </section>
      )}
      {record.queued_ms !== null && <Wait record={record} names={names} />}
      {record.legs.length > 0 && (
        <section aria-label={t('sound.title')}>
          <h3>{t('sound.title')}</h3>
          <Legs legs={record.legs} names={names} />
        </section>
      )}
      {/* The server tells the journal to supervisors only. */}
      {record.journal.length > 0 && (
        <section aria-label={t('journal.title')}>
          <h3>{t('journal.title')}</h3>
          <Journal entries={record.journal} names={names} />
        </section>
      )}
    </div>
  )
}

function Facts({ record }: { record: RecordDetail }) {
  const { t, language } = useWords()
  return (
    <dl className="facts facts--record">
      <div>
        <dt>{t('records.result')}</dt>
        <dd>
          <ResultTag status={record.end_status} />
        </dd>
      </div>
      <div>
        <dt>{t('records.time')}</dt>
        <dd className="tabular">{fullTime(record.started_ms, language)}</dd>
      </div>
      <div>
        <dt>{t('records.callee')}</dt>
        <dd className="tabular">{phone(record.callee)}</dd>
      </div>
      <div>
        <dt>{t('records.agent')}</dt>
        <dd>{record.agent?.name ?? '–'}</dd>
      </div>
      <div>
        <dt>{t('records.group')}</dt>
        <dd>{record.skill_group?.name ?? '–'}</dd>
      </div>
      <div>
        <dt>{t('records.keys')}</dt>
        <dd>
          {record.keys.length === 0
            ? '–'
            : record.keys.map((key) => (
                <span key={key.at_ms} className="nowrap">
                  <kbd>{key.key}</kbd> {key.label}
                </span>
              ))}
        </dd>
      </div>
      <div>
        <dt>{t('records.waited')}</dt>
        <dd>{duration(record.wait_ms || null, language)}</dd>
      </div>
      <div>
        <dt>{t('records.talked')}</dt>
        <dd>{duration(record.talk_ms || null, language)}</dd>
      </div>
      <div>
        <dt>{t('records.hung_up_by')}</dt>
        <dd>{record.hung_up_by ? t(`records.by.${record.hung_up_by}`) : '–'}</dd>
      </div>
      {record.cause && (
        <div>
          <dt>{t('records.cause')}</dt>
          <dd>
            <code>{record.cause}</code>
          </dd>
        </div>
      )}
      <div className="facts__whole">
        <dt>{t('records.call_id')}</dt>
        <dd>
          <code>{record.call}</code>
        </dd>
      </div>
    </dl>
  )
}
