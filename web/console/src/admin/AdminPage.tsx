/** A list of settings with a form for a new row, a form for an old one, and a question before one goes. */
import { useState, type ReactNode } from 'react'
import { useQuery, type UseQueryOptions } from '@tanstack/react-query'
import { AddIcon, DeleteIcon, EditIcon } from 'tdesign-icons-react'
import { request } from '../api/client'
import { useChange } from '../api/queries'
import { Button } from '../components/Button'
import { DataTable, type Column } from '../components/DataTable'
import { say } from '../components/FaultToast'
import { ConfirmModal } from '../components/Modal'
import { Page, Panel } from '../components/Page'
import { useWords, type WordKey } from '../i18n'
import { faultOf } from './fault-of'

export interface FormProps<Row> {
  /** `null` for a new one. */
  row: Row | null
  onClose: () => void
}

interface AdminPageProps<Row> {
  room: string
  query: UseQueryOptions<Row[], Error, Row[], string[]>
  words: { title: WordKey; lead: WordKey; add: WordKey; none: WordKey; noneLead: WordKey; deleteAsk: WordKey; deleteLead: WordKey }
  columns: Column<Row>[]
  rowKey: (row: Row) => string | number
  rowName: (row: Row) => string
  form: (props: FormProps<Row>) => ReactNode
  /** More buttons at a row. */
  more?: (row: Row) => ReactNode
  /** Rows that have no form cannot be edited. */
  fixed?: boolean
}

type Open<Row> = { kind: 'nothing' } | { kind: 'form'; row: Row | null } | { kind: 'delete'; row: Row }

export function AdminPage<Row>({ room, query, words, columns, rowKey, rowName, form, more, fixed }: AdminPageProps<Row>) {
  const { t } = useWords()
  const rows = useQuery(query)
  const [open, setOpen] = useState<Open<Row>>({ kind: 'nothing' })
  const close = () => setOpen({ kind: 'nothing' })
  const add = (
    <Button theme="primary" icon={<AddIcon />} onClick={() => setOpen({ kind: 'form', row: null })}>
      {t(words.add)}
    </Button>
  )
  const actions: Column<Row> = {
    key: 'actions',
    title: '',
    align: 'end',
    width: '112px',
    cell: (row) => (
      <div className="row-actions">
        {more?.(row)}
        {!fixed && (
          <Button shape="square" variant="text" aria-label={`${t('common.edit')}: ${rowName(row)}`} onClick={() => setOpen({ kind: 'form', row })}>
            <EditIcon />
          </Button>
        )}
        <Button shape="square" variant="text" aria-label={`${t('common.delete')}: ${rowName(row)}`} onClick={() => setOpen({ kind: 'delete', row })}>
          <DeleteIcon />
        </Button>
      </div>
    ),
  }
  return (
    <Page title={t(words.title)} lead={t(words.lead)} actions={rows.data && rows.data.length > 0 && add}>
      <Panel flush>
        <DataTable
          label={t(words.title)}
          rows={rows.data}
          rowKey={rowKey}
          columns={[...columns, actions]}
          error={rows.error}
          retry={() => void rows.refetch()}
          empty={{ title: t(words.none), lead: t(words.noneLead), action: add }}
        />
      </Panel>
      {open.kind === 'form' && form({ row: open.row, onClose: close })}
      {open.kind === 'delete' && (
        <Delete
          room={room}
          id={String(rowKey(open.row))}
          title={t(words.deleteAsk, { name: rowName(open.row) })}
          lead={t(words.deleteLead)}
          onClose={close}
        />
      )}
    </Page>
  )
}

function Delete({ room, id, title, lead, onClose }: { room: string; id: string; title: string; lead: string; onClose: () => void }) {
  const { t } = useWords()
  const remove = useChange(() => request('DELETE', `/${room}/${encodeURIComponent(id)}`), room)
  const done = () => {
    say(t('common.deleted'))
    onClose()
  }
  return (
    <ConfirmModal
      title={title}
      lead={lead}
      action={t('common.delete')}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: done })}
      onClose={onClose}
    />
  )
}

/** Creates a row, or replaces the one of this id. */
export function useSave<Body>(room: string, id: string | number | null, onClose: () => void) {
  const { t } = useWords()
  const save = useChange(
    (body: Body) => (id === null ? request('POST', `/${room}`, { body }) : request('PUT', `/${room}/${encodeURIComponent(id)}`, { body })),
    room,
  )
  const run = (body: Body) =>
    save.mutate(body, {
      onSuccess: () => {
        say(t(id === null ? 'common.created' : 'common.saved'))
        onClose()
      },
    })
  return { run, pending: save.isPending, error: save.error, faultAt: (field: string) => faultOf(save.error, field) }
}
