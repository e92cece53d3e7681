/** All flows of the application. */
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { AddIcon, DeleteIcon } from 'tdesign-icons-react'
import { useNavigate } from 'react-router'
import { request } from '../api/client'
import { flowsQuery, numbersQuery, useChange } from '../api/queries'
import type { Flow } from '../api/types'
import { Button } from '../components/Button'
import { DataTable } from '../components/DataTable'
import { say } from '../components/FaultToast'
import { ConfirmModal } from '../components/Modal'
import { Page, Panel } from '../components/Page'
import { phone } from '../format/phone'
import { when } from '../format/time'
import { useWords } from '../i18n'
import { paths } from '../paths'

export function FlowsPage() {
  const { t, language } = useWords()
  const navigate = useNavigate()
  const flows = useQuery(flowsQuery)
  const numbers = useQuery(numbersQuery).data
  const [deleting, setDeleting] = useState<Flow | null>(null)
  const add = (
    <Button theme="primary" icon={<AddIcon />} onClick={() => void navigate(paths.flow('new'))}>
      {t('flows.new')}
    </Button>
  )
  return (
    <Page title={t('flows.title')} lead={t('flows.lead')} actions={flows.data && flows.data.length > 0 && add}>
      <Panel flush>
        <DataTable
          label={t('flows.title')}
          rows={flows.data}
          rowKey={(flow) => flow.id}
          error={flows.error}
          retry={() => void flows.refetch()}
          empty={{ title: t('flows.none'), lead: t('flows.none_lead'), action: add }}
          onOpen={(flow) => void navigate(paths.flow(flow.id))}
          openLabel={(flow) => flow.name}
          columns={[
            { key: 'name', title: t('common.name'), cell: (flow) => <span className="table__main">{flow.name}</span> },
            { key: 'numbers', title: t('flows.used_by'), cell: (flow) => numbers?.filter((one) => one.flow === flow.id).map((one) => phone(one.number)).join(', ') || '–' },
            { key: 'steps', title: t('flows.steps'), align: 'end', wide: true, cell: (flow) => Object.keys(flow.nodes).length },
            { key: 'version', title: t('flows.version'), align: 'end', cell: (flow) => flow.version },
            { key: 'modified', title: t('common.modified'), align: 'end', wide: true, cell: (flow) => when(flow.modified_at * 1000, language, Date.now()) },
            {
              key: 'actions',
              title: '',
              align: 'end',
              width: '64px',
              cell: (flow) => (
                <Button
                  shape="square"
                  variant="text"
                  aria-label={`${t('common.delete')}: ${flow.name}`}
                  onClick={(e) => {
                    e.stopPropagation()
                    setDeleting(flow)
                  }}
                >
                  <DeleteIcon />
                </Button>
              ),
            },
          ]}
        />
      </Panel>
      {deleting && <DeleteFlow flow={deleting} onClose={() => setDeleting(null)} />}
    </Page>
  )
}

function DeleteFlow({ flow, onClose }: { flow: Flow; onClose: () => void }) {
  const { t } = useWords()
  const remove = useChange(() => request('DELETE', `/flows/${flow.id}`), 'flows')
  const done = () => {
    say(t('common.deleted'))
    onClose()
  }
  return (
    <ConfirmModal
      title={t('flows.delete_ask', { name: flow.name })}
      lead={t('flows.delete_lead')}
      action={t('common.delete')}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: done })}
      onClose={onClose}
    />
  )
}
