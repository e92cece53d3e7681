/** Skill groups. Who is in them stands on the staff page. */
import { useState } from 'react'
import { AdminPage, useSave, type FormProps } from '../admin/AdminPage'
import { skillGroupsQuery } from '../api/queries'
import type { SkillGroup, SkillGroupInput } from '../api/types'
import { TextField } from '../components/Field'
import { FormModal } from '../components/Modal'
import { useWords } from '../i18n'

export function SkillGroupsPage() {
  const { t } = useWords()
  return (
    <AdminPage
      room="skill-groups"
      query={skillGroupsQuery}
      words={{ title: 'groups.title', lead: 'groups.lead', add: 'groups.new', none: 'groups.none', noneLead: 'groups.none_lead', deleteAsk: 'groups.delete_ask', deleteLead: 'groups.delete_lead' }}
      rowKey={(group) => group.id}
      rowName={(group) => group.name}
      columns={[
        { key: 'name', title: t('common.name'), cell: (group) => <span className="table__main">{group.name}</span> },
        { key: 'members', title: t('groups.members'), align: 'end', cell: (group) => group.members },
        { key: 'alias', title: t('groups.alias'), align: 'end', wide: true, cell: (group) => group.alias || '–' },
      ]}
      form={(props) => <SkillGroupForm {...props} />}
    />
  )
}

function SkillGroupForm({ row, onClose }: FormProps<SkillGroup>) {
  const { t } = useWords()
  const save = useSave<SkillGroupInput>('skill-groups', row?.id ?? null, onClose)
  const [asked, setAsked] = useState(false)
  const [name, setName] = useState(row?.name ?? '')
  const [alias, setAlias] = useState(row?.alias ?? '')
  const faults = {
    name: name.trim() === '' ? t('common.required') : undefined,
    alias: alias !== '' && !/^\d{2,8}$/.test(alias) ? t('groups.alias_bad') : undefined,
  }
  const submit = () => {
    setAsked(true)
    if (faults.name || faults.alias) return
    // What routing does not heed yet has no field here. The cloud API may have set it, so it is sent back as it was.
    const { kind, max_concurrency, last_agent_first, ring_all } = row ?? { kind: 0, max_concurrency: 1, last_agent_first: false, ring_all: false }
    save.run({ name: name.trim(), alias, kind, max_concurrency, last_agent_first, ring_all })
  }
  const shown: Partial<typeof faults> = asked ? faults : {}
  return (
    <FormModal title={row ? t('groups.edit', { name: row.name }) : t('groups.new')} submit={t(row ? 'common.save' : 'common.create')} pending={save.pending} error={save.error} onSubmit={submit} onClose={onClose}>
      <TextField label={t('common.name')} value={name} onValue={setName} fault={shown.name ?? save.faultAt('name')} maxLength={64} autoFocus />
      <TextField label={t('groups.alias')} hint={t('groups.alias_hint')} value={alias} onValue={setAlias} fault={shown.alias ?? save.faultAt('alias')} inputMode="numeric" />
    </FormModal>
  )
}
