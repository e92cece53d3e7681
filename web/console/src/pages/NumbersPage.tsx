/** Numbers: what customers dial, over which trunk, answered by which flow. */
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Tag } from 'tdesign-react'
import { AdminPage, useSave, type FormProps } from '../admin/AdminPage'
import { flowsQuery, numbersQuery, skillGroupsQuery, trunksQuery } from '../api/queries'
import type { NumberInput, NumberRow } from '../api/types'
import { CheckField, SelectField, TextField } from '../components/Field'
import { FormModal } from '../components/Modal'
import { canonical, phone } from '../format/phone'
import { useWords, type Say } from '../i18n'

/** The states that an administrator may set; the others are the platform's. */
const OWN_STATES = [1, 4]

function stateWord(state: number, t: Say): string {
  return state === 1 || state === 2 || state === 4 || state === 5 ? t(`numbers.state.${state}`) : String(state)
}

export function NumbersPage() {
  const { t } = useWords()
  const trunks = useQuery(trunksQuery).data
  const flows = useQuery(flowsQuery).data
  return (
    <AdminPage
      room="numbers"
      query={numbersQuery}
      words={{ title: 'numbers.title', lead: 'numbers.lead', add: 'numbers.new', none: 'numbers.none', noneLead: 'numbers.none_lead', deleteAsk: 'numbers.delete_ask', deleteLead: 'numbers.delete_lead' }}
      rowKey={(row) => row.number}
      rowName={(row) => phone(row.number)}
      columns={[
        {
          key: 'number',
          title: t('numbers.number'),
          cell: (row) => (
            <>
              <span className="table__main tabular">{phone(row.number)}</span>
              <span className="table__sub tabular">{row.number}</span>
            </>
          ),
        },
        { key: 'flow', title: t('numbers.flow'), cell: (row) => (row.flow === null ? <span className="warn">{t('numbers.flow_none')}</span> : (flows?.find((flow) => flow.id === row.flow)?.name ?? `#${row.flow}`)) },
        { key: 'trunk', title: t('numbers.trunk'), wide: true, cell: (row) => trunks?.find((trunk) => trunk.id === row.trunk)?.name ?? `#${row.trunk}` },
        {
          key: 'state',
          title: t('numbers.state'),
          cell: (row) => (
            <Tag theme={row.state === 1 ? 'success' : 'warning'} variant="light">
              {stateWord(row.state, t)}
            </Tag>
          ),
        },
      ]}
      form={(props) => <NumberForm {...props} />}
    />
  )
}

function NumberForm({ row, onClose }: FormProps<NumberRow>) {
  const { t } = useWords()
  const trunks = useQuery(trunksQuery).data ?? []
  const flows = useQuery(flowsQuery).data ?? []
  const groups = useQuery(skillGroupsQuery).data ?? []
  const save = useSave<NumberInput>('numbers', row?.number ?? null, onClose)
  const [asked, setAsked] = useState(false)
  const [number, setNumber] = useState(row?.number ?? '')
  const [chosen, setTrunk] = useState(row ? String(row.trunk) : '')
  const [flow, setFlow] = useState(row?.flow?.toString() ?? '')
  const [state, setState] = useState(row?.state ?? 1)
  const [out, setOut] = useState<number[]>(row?.call_out_groups ?? [])
  // With one trunk there is nothing to choose.
  const trunk = chosen === '' && trunks.length === 1 ? String(trunks[0]?.id) : chosen
  const faults = {
    number: /^\d{3,20}$/.test(canonical(number)) ? undefined : t('numbers.number_bad'),
    trunk: trunk === '' ? t('common.required') : undefined,
  }
  const submit = () => {
    setAsked(true)
    if (faults.number || faults.trunk) return
    save.run({ number: canonical(number), trunk: Number(trunk), flow: flow === '' ? null : Number(flow), state, call_out_groups: out })
  }
  const shown: Partial<typeof faults> = asked ? faults : {}
  const states = OWN_STATES.includes(state) ? OWN_STATES : [state, ...OWN_STATES]
  return (
    <FormModal title={row ? t('numbers.edit', { name: phone(row.number) }) : t('numbers.new')} submit={t(row ? 'common.save' : 'common.create')} pending={save.pending} error={save.error} onSubmit={submit} onClose={onClose}>
      <TextField label={t('numbers.number')} hint={t('numbers.number_hint')} value={number} onValue={setNumber} fault={shown.number ?? save.faultAt('number')} disabled={row !== null} inputMode="tel" autoFocus />
      <div className="form__row">
        <SelectField label={t('numbers.trunk')} value={trunk} onValue={setTrunk} fault={shown.trunk ?? save.faultAt('trunk')} empty="" options={trunks.map((one) => ({ value: String(one.id), label: one.name }))} />
        <SelectField label={t('numbers.flow')} value={flow} onValue={setFlow} empty={t('numbers.flow_none')} options={flows.map((one) => ({ value: String(one.id), label: one.name }))} />
      </div>
      <SelectField label={t('numbers.state')} value={String(state)} onValue={(value) => setState(Number(value))} options={states.map((one) => ({ value: String(one), label: stateWord(one, t) }))} />
      <fieldset className="fieldset">
        <legend>{t('numbers.out_groups')}</legend>
        <p className="field__hint">{t('numbers.out_groups_hint')}</p>
        {groups.map((group) => (
          <CheckField
            key={group.id}
            label={group.name}
            checked={out.includes(group.id)}
            onChecked={(checked) => setOut(checked ? [...out, group.id] : out.filter((id) => id !== group.id))}
          />
        ))}
      </fieldset>
    </FormModal>
  )
}
