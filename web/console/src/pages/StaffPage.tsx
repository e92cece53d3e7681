/** Staff: accounts, roles, skill groups, passwords. */
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Tag } from 'tdesign-react'
import { UserPasswordIcon } from 'tdesign-icons-react'
import { AdminPage, useSave, type FormProps } from '../admin/AdminPage'
import { isAccount, isExtension, isPassword, isStaffPhone } from '../admin/checks'
import { request } from '../api/client'
import { skillGroupsQuery, staffQuery, useChange } from '../api/queries'
import type { Role, Staff, StaffInput } from '../api/types'
import { Button } from '../components/Button'
import { CheckField, SelectField, TextField } from '../components/Field'
import { say } from '../components/FaultToast'
import { FormModal } from '../components/Modal'
import { useWords, type Say } from '../i18n'

const ROLES: Role[] = ['agent', 'supervisor', 'administrator']
/** Routing does not heed priorities yet, so the form shows none; those that the cloud API set are kept. */
const DEFAULT_PRIORITY = 3

export function StaffPage() {
  const { t } = useWords()
  const groups = useQuery(skillGroupsQuery).data
  const [password, setPassword] = useState<Staff | null>(null)
  const groupName = (id: number) => groups?.find((group) => group.id === id)?.name ?? `#${id}`
  return (
    <>
      <AdminPage
        room="staff"
        query={staffQuery}
        words={{ title: 'staff.title', lead: 'staff.lead', add: 'staff.new', none: 'staff.none', noneLead: 'staff.none_lead', deleteAsk: 'staff.delete_ask', deleteLead: 'staff.delete_lead' }}
        rowKey={(person) => person.id}
        rowName={(person) => person.name}
        columns={[
          {
            key: 'name',
            title: t('staff.name'),
            cell: (person) => (
              <>
                <span className="table__main">{person.name}</span>
                <span className="table__sub">{person.user_id}</span>
              </>
            ),
          },
          { key: 'role', title: t('staff.role'), cell: (person) => <Tag variant="light" theme={person.role === 'agent' ? 'default' : 'primary'}>{t(`role.${person.role}`)}</Tag> },
          {
            key: 'groups',
            title: t('staff.groups'),
            wide: true,
            cell: (person) => (
              <span className="tags">
                {Object.keys(person.groups).map((group) => (
                  <Tag key={group} variant="outline">
                    {groupName(Number(group))}
                  </Tag>
                ))}
              </span>
            ),
          },
          { key: 'number', title: t('staff.number'), wide: true, align: 'end', cell: (person) => person.staff_number || '–' },
          { key: 'extension', title: t('staff.extension'), wide: true, align: 'end', cell: (person) => person.extension ?? '–' },
        ]}
        form={(props) => <StaffForm {...props} />}
        more={(person) => (
          <Button shape="square" variant="text" aria-label={`${t('staff.password_set')}: ${person.name}`} onClick={() => setPassword(person)}>
            <UserPasswordIcon />
          </Button>
        )}
      />
      {password && <PasswordForm person={password} onClose={() => setPassword(null)} />}
    </>
  )
}

/** All of a person that the form changes or keeps. */
type Draft = Omit<Staff, 'id' | 'modified_at' | 'extension'> & { password: string; extension: string }

function draftOf(row: Staff | null): Draft {
  return {
    user_id: row?.user_id ?? '',
    name: row?.name ?? '',
    nick: row?.nick ?? '',
    staff_number: row?.staff_number ?? '',
    phone: row?.phone ?? '',
    role: row?.role ?? 'agent',
    extension: row?.extension ?? '',
    mobile_call_out: row?.mobile_call_out ?? false,
    mobile_accept: row?.mobile_accept ?? 0,
    forwarding: row?.forwarding ?? null,
    groups: row?.groups ?? {},
    password: '',
  }
}

function faultsOf(draft: Draft, fresh: boolean, t: Say) {
  const { user_id, name, phone, extension, password } = draft
  return {
    user_id: user_id.trim() === '' ? t('common.required') : isAccount(user_id.trim()) ? undefined : t('staff.account_bad'),
    name: name.trim() === '' ? t('common.required') : undefined,
    phone: isStaffPhone(phone) ? undefined : t('staff.phone_hint'),
    extension: isExtension(extension) ? undefined : t('staff.extension_hint'),
    password: fresh && password !== '' && !isPassword(password, user_id) ? t('staff.password_hint') : undefined,
  }
}

function StaffForm({ row, onClose }: FormProps<Staff>) {
  const { t } = useWords()
  const save = useSave<StaffInput>('staff', row?.id ?? null, onClose)
  const [draft, setDraft] = useState(() => draftOf(row))
  const [asked, setAsked] = useState(false)
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  const faults = faultsOf(draft, row === null, t)
  const shown: Partial<typeof faults> = asked ? faults : {}
  const submit = () => {
    setAsked(true)
    if (Object.values(faults).some(Boolean)) return
    const { password, extension, ...rest } = draft
    const body = { ...rest, user_id: rest.user_id.trim(), name: rest.name.trim(), extension: extension === '' ? null : extension }
    save.run(row === null && password !== '' ? { ...body, password } : body)
  }
  return (
    <FormModal title={row ? t('staff.edit', { name: row.name }) : t('staff.new')} submit={t(row ? 'common.save' : 'common.create')} pending={save.pending} error={save.error} onSubmit={submit} onClose={onClose}>
      <TextField label={t('staff.account')} hint={t('staff.account_hint')} value={draft.user_id} onValue={(user_id) => set({ user_id })} fault={shown.user_id ?? save.faultAt('user_id')} disabled={row !== null} autoFocus={row === null} autoComplete="off" spellCheck={false} />
      <div className="form__row">
        <TextField label={t('staff.name')} value={draft.name} onValue={(name) => set({ name })} fault={shown.name ?? save.faultAt('name')} maxLength={64} />
        <TextField label={t('staff.nick')} hint={t('staff.nick_hint')} value={draft.nick} onValue={(nick) => set({ nick })} maxLength={64} />
        <TextField label={t('staff.number')} value={draft.staff_number} onValue={(staff_number) => set({ staff_number })} maxLength={64} />
        <SelectField label={t('staff.role')} value={draft.role} onValue={(role) => set({ role: role as Role })} options={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))} />
        <TextField label={t('staff.phone')} hint={t('staff.phone_hint')} value={draft.phone} onValue={(phone) => set({ phone })} fault={shown.phone ?? save.faultAt('phone')} inputMode="tel" />
        <TextField label={t('staff.extension')} hint={t('staff.extension_hint')} value={draft.extension} onValue={(extension) => set({ extension })} fault={shown.extension ?? save.faultAt('extension')} inputMode="numeric" />
      </div>
      {row === null && (
        <TextField label={t('staff.password')} hint={t('staff.password_hint')} value={draft.password} onValue={(password) => set({ password })} fault={shown.password ?? save.faultAt('password')} type="password" autoComplete="new-password" />
      )}
      <Memberships groups={draft.groups} onGroups={(groups) => set({ groups })} />
    </FormModal>
  )
}

function Memberships({ groups, onGroups }: { groups: Record<string, number>; onGroups: (groups: Record<string, number>) => void }) {
  const { t } = useWords()
  const all = useQuery(skillGroupsQuery).data ?? []
  // Who leaves a group and comes back before saving is where they were.
  const [before] = useState(groups)
  const put = (id: number, member: boolean) => {
    const { [id]: _, ...others } = groups
    onGroups(member ? { ...others, [id]: before[id] ?? DEFAULT_PRIORITY } : others)
  }
  return (
    <fieldset className="fieldset">
      <legend>{t('staff.groups')}</legend>
      <p className="field__hint">{all.length === 0 ? t('staff.groups_none') : t('staff.groups_hint')}</p>
      {all.map((group) => (
        <div key={group.id} className="membership">
          <CheckField label={group.name} checked={groups[group.id] !== undefined} onChecked={(checked) => put(group.id, checked)} />
        </div>
      ))}
    </fieldset>
  )
}

function PasswordForm({ person, onClose }: { person: Staff; onClose: () => void }) {
  const { t } = useWords()
  const [password, setPassword] = useState('')
  const [asked, setAsked] = useState(false)
  const change = useChange((next: string) => request('POST', `/staff/${person.id}/password`, { body: { password: next } }))
  const fine = isPassword(password, person.user_id)
  const submit = () => {
    setAsked(true)
    if (!fine) return
    change.mutate(password, {
      onSuccess: () => {
        say(t('common.saved'))
        onClose()
      },
    })
  }
  return (
    <FormModal title={t('staff.password_set')} submit={t('common.save')} pending={change.isPending} error={change.error} onSubmit={submit} onClose={onClose}>
      <p className="modal__lead">{t('staff.password_lead', { name: person.name })}</p>
      <TextField label={t('staff.password_new')} hint={t('staff.password_hint')} fault={asked && !fine ? t('staff.password_hint') : undefined} value={password} onValue={setPassword} type="password" autoComplete="new-password" autoFocus />
    </FormModal>
  )
}
