/** Keys of the cloud API. A secret is shown once, right after it was made. */
import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { Switch } from 'tdesign-react'
import { AdminPage, type FormProps } from '../admin/AdminPage'
import { request } from '../api/client'
import { apiKeysQuery, useChange } from '../api/queries'
import type { ApiKey, NewApiKey } from '../api/types'
import { Button } from '../components/Button'
import { Copyable } from '../components/Copyable'
import { TextField } from '../components/Field'
import { FaultToast } from '../components/FaultToast'
import { FormModal, Modal } from '../components/Modal'
import { when } from '../format/time'
import { useWords } from '../i18n'

export function ApiKeysPage() {
  const { t, language } = useWords()
  return (
    <AdminPage
      fixed
      room="api-keys"
      query={apiKeysQuery}
      words={{ title: 'keys.title', lead: 'keys.lead', add: 'keys.new', none: 'keys.none', noneLead: 'keys.none_lead', deleteAsk: 'keys.delete_ask', deleteLead: 'keys.delete_lead' }}
      rowKey={(key) => key.secret_id}
      rowName={(key) => key.note || key.secret_id}
      columns={[
        {
          key: 'note',
          title: t('keys.note'),
          cell: (key) => (
            <>
              <span className="table__main">{key.note || '–'}</span>
              <code className="table__sub">{key.secret_id}</code>
            </>
          ),
        },
        { key: 'created', title: t('keys.created'), wide: true, cell: (key) => when(key.created_at * 1000, language, Date.now()) },
        { key: 'enabled', title: t('trunks.enabled'), cell: (key) => <Enabled row={key} /> },
      ]}
      form={(props) => <KeyForm {...props} />}
    />
  )
}

function Enabled({ row }: { row: ApiKey }) {
  const { t } = useWords()
  const change = useChange((enabled: boolean) => request('PUT', `/api-keys/${row.secret_id}`, { body: { enabled } }), 'api-keys')
  return (
    <>
      <Switch value={row.enabled} loading={change.isPending} aria-checked={row.enabled} onChange={(enabled) => change.mutate(enabled === true)} aria-label={`${t('trunks.enabled')}: ${row.note || row.secret_id}`} />
      <FaultToast error={change.error} />
    </>
  )
}

function KeyForm({ onClose }: FormProps<ApiKey>) {
  const { t } = useWords()
  const client = useQueryClient()
  const [note, setNote] = useState('')
  const make = useChange((text: string) => request<NewApiKey>('POST', '/api-keys', { body: { note: text } }))
  if (make.data) {
    const done = () => {
      void client.invalidateQueries({ queryKey: ['api-keys'] })
      onClose()
    }
    return <Secret made={make.data} onDone={done} />
  }
  return (
    <FormModal title={t('keys.new')} submit={t('common.create')} pending={make.isPending} error={make.error} onSubmit={() => make.mutate(note.trim())} onClose={onClose}>
      <TextField label={t('keys.note')} hint={t('keys.note_hint')} value={note} onValue={setNote} maxLength={64} autoFocus />
    </FormModal>
  )
}

function Secret({ made, onDone }: { made: NewApiKey; onDone: () => void }) {
  const { t } = useWords()
  return (
    <Modal
      title={t('keys.new')}
      onClose={onDone}
      footer={
        <Button theme="primary" onClick={onDone}>
          {t('keys.done')}
        </Button>
      }
    >
      <p className="notice">{t('keys.once')}</p>
      <dl className="secret">
        <Copyable name="SecretId" value={made.secret_id} />
        <Copyable name="SecretKey" value={made.secret_key} />
      </dl>
    </Modal>
  )
}
