/** Trunks: carriers, known by their source networks. */
import { useState } from 'react'
import { Tag } from 'tdesign-react'
import { AdminPage, useSave, type FormProps } from '../admin/AdminPage'
import { isNetwork, lines } from '../admin/checks'
import { SourcesField } from '../admin/SourcesField'
import { trunksQuery } from '../api/queries'
import type { Trunk, TrunkInput } from '../api/types'
import { CheckField, TextField } from '../components/Field'
import { FormModal } from '../components/Modal'
import { useWords } from '../i18n'

export function TrunksPage() {
  const { t } = useWords()
  return (
    <AdminPage
      room="trunks"
      query={trunksQuery}
      words={{ title: 'trunks.title', lead: 'trunks.lead', add: 'trunks.new', none: 'trunks.none', noneLead: 'trunks.none_lead', deleteAsk: 'trunks.delete_ask', deleteLead: 'trunks.delete_lead' }}
      rowKey={(trunk) => trunk.id}
      rowName={(trunk) => trunk.name}
      columns={[
        { key: 'name', title: t('common.name'), cell: (trunk) => <span className="table__main">{trunk.name}</span> },
        {
          key: 'sources',
          title: t('trunks.sources'),
          cell: (trunk) => (
            <span className="tags">
              {trunk.sources.map((source) => (
                <code key={source}>{source}</code>
              ))}
            </span>
          ),
        },
        { key: 'max', title: t('trunks.max_calls'), align: 'end', wide: true, cell: (trunk) => trunk.max_calls ?? <span className="muted">{t('trunks.unlimited')}</span> },
        {
          key: 'state',
          title: t('numbers.state'),
          cell: (trunk) => (
            <Tag theme={trunk.enabled ? 'success' : 'default'} variant="light">
              {t(trunk.enabled ? 'trunks.enabled' : 'trunks.off')}
            </Tag>
          ),
        },
      ]}
      form={(props) => <TrunkForm {...props} />}
    />
  )
}

function TrunkForm({ row, onClose }: FormProps<Trunk>) {
  const { t } = useWords()
  const save = useSave<TrunkInput>('trunks', row?.id ?? null, onClose)
  const [asked, setAsked] = useState(false)
  const [name, setName] = useState(row?.name ?? '')
  const [sources, setSources] = useState(row?.sources.join('\n') ?? '')
  const [most, setMost] = useState(row?.max_calls?.toString() ?? '')
  const [enabled, setEnabled] = useState(row?.enabled ?? true)
  const bad = lines(sources).find((line) => !isNetwork(line))
  const faults = {
    name: name.trim() === '' ? t('common.required') : undefined,
    sources: lines(sources).length === 0 ? t('common.required') : bad !== undefined ? t('trunks.sources_bad', { line: bad }) : undefined,
    most: most !== '' && !/^[1-9]\d{0,4}$/.test(most) ? t('common.range', { min: 1, max: 99_999 }) : undefined,
  }
  const submit = () => {
    setAsked(true)
    if (Object.values(faults).some(Boolean)) return
    save.run({ name: name.trim(), sources: lines(sources), max_calls: most === '' ? null : Number(most), enabled })
  }
  const shown: Partial<typeof faults> = asked ? faults : {}
  return (
    <FormModal title={row ? t('trunks.edit', { name: row.name }) : t('trunks.new')} submit={t(row ? 'common.save' : 'common.create')} pending={save.pending} error={save.error} onSubmit={submit} onClose={onClose}>
      <TextField label={t('common.name')} value={name} onValue={setName} fault={shown.name ?? save.faultAt('name')} maxLength={64} autoFocus />
      <SourcesField trunk={{ id: row?.id ?? null, enabled }} value={sources} onValue={setSources} fault={shown.sources ?? save.faultAt('sources')} />
      <TextField label={t('trunks.max_calls')} hint={t('trunks.max_calls_hint')} value={most} onValue={setMost} fault={shown.most ?? save.faultAt('max_calls')} inputMode="numeric" />
      <CheckField label={t('trunks.enabled')} checked={enabled} onChecked={setEnabled} />
    </FormModal>
  )
}
