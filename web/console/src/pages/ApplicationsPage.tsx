/** For operators: the tenants of this platform. */
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { AddIcon, EditIcon } from 'tdesign-icons-react'
import { useSave } from '../admin/AdminPage'
import { isAccount, isApplicationName, isPassword } from '../admin/checks'
import { request } from '../api/client'
import { applicationsQuery, useChange } from '../api/queries'
import { Button } from '../components/Button'
import type { Application, LicencesInput, NewApplicationInput } from '../api/types'
import { DataTable } from '../components/DataTable'
import { say } from '../components/FaultToast'
import { TextField } from '../components/Field'
import { FormModal } from '../components/Modal'
import { Page, Panel } from '../components/Page'
import { useWords } from '../i18n'

/** As the API has it. */
const MOST_LICENCES = 100_000

export function ApplicationsPage() {
  const { t } = useWords()
  const applications = useQuery(applicationsQuery)
  const [adding, setAdding] = useState(false)
  const [licensed, setLicensed] = useState<Application | null>(null)
  const add = (
    <Button theme="primary" icon={<AddIcon />} onClick={() => setAdding(true)}>
      {t('apps.new')}
    </Button>
  )
  return (
    <Page title={t('apps.title')} lead={t('apps.lead')} actions={add}>
      <Panel flush>
        <DataTable
          label={t('apps.title')}
          rows={applications.data}
          rowKey={(application) => application.id}
          error={applications.error}
          retry={() => void applications.refetch()}
          empty={{ title: t('apps.none'), lead: t('apps.none_lead'), action: add }}
          columns={[
            { key: 'name', title: t('common.name'), cell: (application) => <span className="table__main">{application.name}</span> },
            { key: 'licences', title: t('apps.phone_licences'), align: 'end', cell: (application) => application.phone_licences ?? t('apps.any_number') },
            { key: 'id', title: t('apps.id'), align: 'end', cell: (application) => application.id },
            {
              key: 'actions',
              title: '',
              align: 'end',
              width: '64px',
              cell: (application) => (
                <Button shape="square" variant="text" aria-label={`${t('apps.phone_licences')}: ${application.name}`} onClick={() => setLicensed(application)}>
                  <EditIcon />
                </Button>
              ),
            },
          ]}
        />
      </Panel>
      {adding && <ApplicationForm onClose={() => setAdding(false)} />}
      {licensed && <LicencesForm application={licensed} onClose={() => setLicensed(null)} />}
    </Page>
  )
}

function LicencesForm({ application, onClose }: { application: Application; onClose: () => void }) {
  const { t } = useWords()
  const [phones, setPhones] = useState(application.phone_licences?.toString() ?? '')
  const save = useChange((body: LicencesInput) => request('PUT', `/applications/${application.id}/licences`, { body }), 'applications')
  const wished = phones.trim()
  const fault = /^\d{0,6}$/.test(wished) && Number(wished) <= MOST_LICENCES ? undefined : t('apps.phone_licences_bad')
  const submit = () => {
    if (fault) return
    save.mutate(
      { phones: wished === '' ? null : Number(wished) },
      {
        onSuccess: () => {
          say(t('common.saved'))
          onClose()
        },
      },
    )
  }
  return (
    <FormModal title={`${t('apps.phone_licences')}: ${application.name}`} submit={t('common.save')} pending={save.isPending} error={save.error} onSubmit={submit} onClose={onClose}>
      <TextField label={t('apps.phone_licences')} hint={t('apps.phone_licences_hint')} value={phones} onValue={setPhones} fault={fault} inputMode="numeric" autoFocus />
    </FormModal>
  )
}

function ApplicationForm({ onClose }: { onClose: () => void }) {
  const { t } = useWords()
  const save = useSave<NewApplicationInput>('applications', null, onClose)
  const [asked, setAsked] = useState(false)
  const [name, setName] = useState('')
  const [account, setAccount] = useState('')
  const [person, setPerson] = useState('')
  const [password, setPassword] = useState('')
  const faults = {
    name: name.trim() === '' ? t('common.required') : isApplicationName(name) ? undefined : t('rules.app_name_bad'),
    account: isAccount(account.trim()) ? undefined : t('staff.account_bad'),
    person: person.trim() === '' ? t('common.required') : undefined,
    password: isPassword(password, account) ? undefined : t('staff.password_hint'),
  }
  const submit = () => {
    setAsked(true)
    if (Object.values(faults).some(Boolean)) return
    save.run({ name: name.trim(), administrator: { user_id: account.trim(), name: person.trim(), password } })
  }
  const shown: Partial<typeof faults> = asked ? faults : {}
  return (
    <FormModal title={t('apps.new')} submit={t('common.create')} pending={save.pending} error={save.error} onSubmit={submit} onClose={onClose}>
      <TextField label={t('common.name')} value={name} onValue={setName} fault={shown.name ?? save.faultAt('name')} maxLength={64} autoFocus />
      <fieldset className="fieldset">
        <legend>{t('apps.administrator')}</legend>
        <p className="field__hint">{t('apps.administrator_hint')}</p>
        <div className="form">
          <div className="form__row">
            <TextField label={t('staff.account')} value={account} onValue={setAccount} fault={shown.account} autoComplete="off" spellCheck={false} />
            <TextField label={t('staff.name')} value={person} onValue={setPerson} fault={shown.person} maxLength={64} />
          </div>
          <TextField label={t('staff.password')} hint={t('staff.password_hint')} value={password} onValue={setPassword} fault={shown.password} type="password" autoComplete="new-password" />
        </div>
      </fieldset>
    </FormModal>
  )
}
