/** Telephones: who may register here, and what is typed into each. */
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Tag } from 'tdesign-react'
import { UserPasswordIcon } from 'tdesign-icons-react'
import { AdminPage, type FormProps } from '../admin/AdminPage'
import { isExtension } from '../admin/checks'
import { request } from '../api/client'
import { phonesQuery, staffQuery, useChange } from '../api/queries'
import type { Phone, PhoneAccount, PhoneInput } from '../api/types'
import { Button } from '../components/Button'
import { Copyable } from '../components/Copyable'
import { FaultNote } from '../components/Fault'
import { CheckField, SelectField, TextField } from '../components/Field'
import { say } from '../components/FaultToast'
import { ConfirmModal, FormModal, Modal } from '../components/Modal'
import { faultOf } from '../admin/fault-of'
import { useWords } from '../i18n'

export function PhonesPage() {
  const { t } = useWords()
  const staff = useQuery(staffQuery).data
  const [shown, setShown] = useState<Phone | null>(null)
  const agentName = (id: number) => staff?.find((person) => person.id === id)?.name ?? `#${id}`
  return (
    <>
      <AdminPage
        room="phones"
        query={phonesQuery}
        words={{ title: 'phones.title', lead: 'phones.lead', add: 'phones.new', none: 'phones.none', noneLead: 'phones.none_lead', deleteAsk: 'phones.delete_ask', deleteLead: 'phones.delete_lead' }}
        rowKey={(phone) => phone.id}
        rowName={(phone) => phone.extension}
        columns={[
          {
            key: 'extension',
            title: t('staff.extension'),
            cell: (phone) => (
              <>
                <span className="table__main tabular">{phone.extension}</span>
                <span className="table__sub">{phone.name}</span>
              </>
            ),
          },
          { key: 'agent', title: t('phones.agent'), cell: (phone) => (phone.agent === null ? <span className="muted">{t('phones.nobody')}</span> : agentName(phone.agent)) },
          {
            key: 'state',
            title: t('numbers.state'),
            cell: (phone) => (
              <Tag theme={phone.enabled ? 'success' : 'default'} variant="light">
                {t(phone.enabled ? 'trunks.enabled' : 'trunks.off')}
              </Tag>
            ),
          },
        ]}
        more={(phone) => (
          <Button shape="square" variant="text" aria-label={`${t('phones.account')}: ${phone.extension}`} onClick={() => setShown(phone)}>
            <UserPasswordIcon />
          </Button>
        )}
        form={(props) => <PhoneForm {...props} />}
      />
      {shown && <Account phone={shown} onClose={() => setShown(null)} />}
    </>
  )
}

function PhoneForm({ row, onClose }: FormProps<Phone>) {
  const { t } = useWords()
  const staff = useQuery(staffQuery).data ?? []
  const [asked, setAsked] = useState(false)
  const [extension, setExtension] = useState(row?.extension ?? '')
  const [name, setName] = useState(row?.name ?? '')
  const [agent, setAgent] = useState(row?.agent?.toString() ?? '')
  const [enabled, setEnabled] = useState(row?.enabled ?? true)
  // A new one answers with its account; a changed one with itself.
  const save = useChange(
    (body: PhoneInput) => (row === null ? request<PhoneAccount>('POST', '/phones', { body }) : request<Phone>('PUT', `/phones/${row.id}`, { body }).then(() => null)),
    'phones',
  )
  if (save.data) return <Drawer account={save.data} onClose={onClose} />
  const faults = {
    extension: extension === '' ? t('common.required') : isExtension(extension) ? undefined : t('staff.extension_hint'),
    name: name.trim() === '' ? t('common.required') : undefined,
  }
  const submit = () => {
    setAsked(true)
    if (faults.extension || faults.name) return
    save.mutate(
      { extension, name: name.trim(), agent: agent === '' ? null : Number(agent), enabled },
      {
        onSuccess: (account) => {
          say(t(account ? 'common.created' : 'common.saved'))
          if (account === null) onClose()
        },
      },
    )
  }
  const shown: Partial<typeof faults> = asked ? faults : {}
  return (
    <FormModal title={row ? t('phones.edit', { name: row.extension }) : t('phones.new')} submit={t(row ? 'common.save' : 'common.create')} pending={save.isPending} error={save.error} onSubmit={submit} onClose={onClose}>
      <TextField label={t('staff.extension')} hint={t('staff.extension_hint')} value={extension} onValue={setExtension} fault={shown.extension ?? faultOf(save.error, 'extension')} inputMode="numeric" maxLength={6} autoFocus />
      <TextField label={t('phones.name')} hint={t('phones.name_hint')} value={name} onValue={setName} fault={shown.name ?? faultOf(save.error, 'name')} maxLength={64} />
      <SelectField
        label={t('phones.agent')}
        hint={t('phones.agent_hint')}
        value={agent}
        onValue={setAgent}
        fault={faultOf(save.error, 'agent')}
        empty={t('phones.nobody')}
        options={staff.map((person) => ({ value: String(person.id), label: person.extension === null ? person.name : `${person.name} (${person.extension})` }))}
      />
      <CheckField label={t('trunks.enabled')} checked={enabled} onChecked={setEnabled} />
    </FormModal>
  )
}

/** What is typed into a telephone that was made earlier. The audit notes who looked. */
function Account({ phone, onClose }: { phone: Phone; onClose: () => void }) {
  const { t } = useWords()
  const [renewing, setRenewing] = useState(false)
  const account = useQuery({
    queryKey: ['phone-account', phone.id],
    queryFn: ({ signal }) => request<PhoneAccount>('GET', `/phones/${phone.id}/password`, { signal }),
    // A password does not stay in the page once it is not looked at.
    gcTime: 0,
    staleTime: Infinity,
  })
  const renew = useChange(() => request('POST', `/phones/${phone.id}/password`), 'phone-account')
  if (renewing) {
    return (
      <ConfirmModal
        title={t('phones.renew_ask', { name: phone.extension })}
        lead={t('phones.renew_lead')}
        action={t('phones.renew')}
        pending={renew.isPending}
        error={renew.error}
        onConfirm={() => renew.mutate(undefined, { onSuccess: () => setRenewing(false) })}
        onClose={() => setRenewing(false)}
      />
    )
  }
  if (account.data) return <Drawer account={account.data} onClose={onClose} onRenew={() => setRenewing(true)} />
  return (
    <Modal shape="drawer" title={t('phones.account')} onClose={onClose}>
      {account.error ? <FaultNote error={account.error} /> : <p className="muted">{t('common.loading')}</p>}
    </Modal>
  )
}

function Drawer({ account, onClose, onRenew }: { account: PhoneAccount; onClose: () => void; onRenew?: () => void }) {
  const { t } = useWords()
  return (
    <Modal
      shape="drawer"
      title={`${t('phones.account')}: ${account.user}`}
      onClose={onClose}
      footer={
        <>
          {onRenew && (
            <Button variant="outline" onClick={onRenew}>
              {t('phones.renew')}
            </Button>
          )}
          <Button theme="primary" onClick={onClose}>
            {t('phones.done')}
          </Button>
        </>
      }
    >
      <p className="notice">{t('phones.account_lead')}</p>
      <dl className="secret">
        <Copyable name={t('phones.server')} value={account.server} />
        <Copyable name={t('phones.user')} value={account.user} />
        <Copyable name={t('staff.password')} value={account.password} />
        <Copyable name={t('phones.realm')} value={account.realm} />
      </dl>
      <p className="field__hint">{t('phones.account_hint')}</p>
    </Modal>
  )
}
