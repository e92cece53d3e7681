/** What is known of the caller: the same facts while it rings, while one talks, and after. */
import type { DeskCall } from '@callyard/desk-sdk'
import { duration } from '../format/time'
import { phone } from '../format/phone'
import { useWords } from '../i18n'

export function CallFacts({ call }: { call: DeskCall }) {
  const { t, language } = useWords()
  if (call.direction !== 'inbound') return <OwnCallFacts call={call} />
  return (
    <dl className="facts">
      <div>
        <dt>{t('desk.group')}</dt>
        <dd>{call.group || '–'}</dd>
      </div>
      <div>
        <dt>{t('desk.keys')}</dt>
        <dd>
          {call.keys.length === 0 ? (
            <span className="muted">{t('desk.keys_none')}</span>
          ) : (
            <ol className="keypath">
              {call.keys.map((key, place) => (
                <li key={place}>
                  <kbd>{key.key}</kbd> {key.label}
                </li>
              ))}
            </ol>
          )}
        </dd>
      </div>
      <div>
        <dt>{t('desk.callee')}</dt>
        <dd className="tabular">{phone(call.callee)}</dd>
      </div>
      <div>
        <dt>{t('desk.waited')}</dt>
        <dd>{duration(call.waited_ms, language)}</dd>
      </div>
    </dl>
  )
}

/** A call that one of us makes waits in no queue and presses no keys. */
function OwnCallFacts({ call }: { call: DeskCall }) {
  const { t } = useWords()
  return (
    <dl className="facts">
      <div>
        <dt>{t('desk.direction')}</dt>
        <dd>{t(call.direction === 'outbound' ? 'desk.direction.outbound' : 'desk.direction.internal')}</dd>
      </div>
      <div>
        <dt>{t('desk.callee')}</dt>
        <dd className="tabular">{phone(call.callee)}</dd>
      </div>
      <div>
        <dt>{t(call.direction === 'outbound' ? 'desk.shown' : 'desk.caller')}</dt>
        <dd className="tabular">{phone(call.caller)}</dd>
      </div>
      <div>
        <dt>{t('desk.group')}</dt>
        <dd>{call.group || '–'}</dd>
      </div>
    </dl>
  )
}
