/** The application's name and the rules of every desk in it. */
import { useState, type FormEvent } from 'react'
import { useQuery } from '@tanstack/react-query'
import { isApplicationName, isBeginning, lines, whole } from '../admin/checks'
import { request } from '../api/client'
import { applicationQuery, useChange } from '../api/queries'
import type { Application, DeskRules } from '../api/types'
import { Button } from '../components/Button'
import { FaultNote, FaultPanel } from '../components/Fault'
import { SelectField, TextArea, TextField } from '../components/Field'
import { say } from '../components/FaultToast'
import { Page, Panel } from '../components/Page'
import { useWords } from '../i18n'

export function ApplicationPage() {
  const { t } = useWords()
  const application = useQuery(applicationQuery)
  return (
    <Page title={t('rules.title')} lead={t('rules.lead')}>
      <Panel>
        {application.data ? (
          <RulesForm application={application.data} />
        ) : application.error ? (
          <FaultPanel error={application.error} retry={() => void application.refetch()} />
        ) : (
          <span className="bone" aria-label={t('common.loading')} />
        )}
      </Panel>
    </Page>
  )
}

function RulesForm({ application }: { application: Application }) {
  const { t } = useWords()
  const rules = application.desk_rules
  const [name, setName] = useState(application.name)
  const [ring, setRing] = useState(String(rules.ring_timeout_s))
  const [wrapUp, setWrapUp] = useState(String(rules.wrap_up_s))
  const [after, setAfter] = useState<DeskRules['after_sign_in']>(rules.after_sign_in)
  const [reasons, setReasons] = useState(rules.rest_reasons.join('\n'))
  const [allowed, setAllowed] = useState(application.outside_calls.allowed.join('\n'))
  const [refused, setRefused] = useState(application.outside_calls.refused.join('\n'))
  const save = useChange((body: Pick<Application, 'name' | 'desk_rules' | 'outside_calls'>) => request('PUT', '/application', { body }), 'application', 'me')
  const ringTimeout = whole(ring, 5, 120)
  const wrapUpTime = whole(wrapUp, 0, 3600)
  const nameFault = name.trim() === '' ? t('common.required') : isApplicationName(name) ? undefined : t('rules.app_name_bad')
  const beginningFault = (text: string) => {
    const bad = lines(text).find((line) => !isBeginning(line))
    return bad === undefined ? undefined : t('rules.beginning_bad', { line: bad })
  }
  const submit = (e: FormEvent) => {
    e.preventDefault()
    if (nameFault !== undefined || ringTimeout === null || wrapUpTime === null || beginningFault(allowed) || beginningFault(refused)) return
    const outside_calls = { allowed: lines(allowed), refused: lines(refused) }
    const desk_rules = { ring_timeout_s: ringTimeout, wrap_up_s: wrapUpTime, after_sign_in: after, rest_reasons: lines(reasons) }
    save.mutate({ name: name.trim(), desk_rules, outside_calls }, { onSuccess: () => say(t('common.saved')) })
  }
  return (
    <form className="form form--page" onSubmit={submit} noValidate>
      <div className="form__row">
        <TextField label={t('rules.app_name')} value={name} onValue={setName} fault={nameFault} maxLength={64} />
        <TextField label={t('rules.app_id')} value={String(application.id)} onValue={() => {}} disabled />
        <TextField label={t('rules.ring')} hint={t('rules.ring_hint')} value={ring} onValue={setRing} fault={ringTimeout === null ? t('common.range', { min: 5, max: 120 }) : undefined} inputMode="numeric" />
        <TextField label={t('rules.wrap_up')} hint={t('rules.wrap_up_hint')} value={wrapUp} onValue={setWrapUp} fault={wrapUpTime === null ? t('common.range', { min: 0, max: 3600 }) : undefined} inputMode="numeric" />
      </div>
      <SelectField
        label={t('rules.after_sign_in')}
        value={after}
        onValue={(value) => setAfter(value === 'ready' ? 'ready' : 'not_ready')}
        options={[
          { value: 'ready', label: t('state.ready') },
          { value: 'not_ready', label: t('state.not_ready') },
        ]}
      />
      <TextArea label={t('rules.reasons')} hint={t('rules.reasons_hint')} value={reasons} onValue={setReasons} rows={5} />
      <div className="form__row">
        <TextArea label={t('rules.allowed')} hint={t('rules.allowed_hint')} value={allowed} onValue={setAllowed} fault={beginningFault(allowed)} rows={4} spellCheck={false} />
        <TextArea label={t('rules.refused')} hint={t('rules.refused_hint')} value={refused} onValue={setRefused} fault={beginningFault(refused)} rows={4} spellCheck={false} />
      </div>
      <FaultNote error={save.error} />
      <div>
        <Button theme="primary" type="submit" loading={save.isPending}>
          {t('common.save')}
        </Button>
      </div>
    </form>
  )
}
