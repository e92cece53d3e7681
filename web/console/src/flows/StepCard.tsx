/** One step of a flow as a form. */
import { useState } from 'react'
import { Tag } from 'tdesign-react'
import { DeleteIcon } from 'tdesign-icons-react'
import type { FlowNode, SkillGroup, Sound, Step } from '../api/types'
import { Button } from '../components/Button'
import { SelectField, TextField, CheckField, type Option } from '../components/Field'
import { useWords } from '../i18n'
import { blankStep, NO_ID, type DraftStep } from './draft'
import { Keys } from './Keys'

export interface Choices {
  sounds: Sound[]
  groups: SkillGroup[]
  /** Names of all steps. */
  steps: string[]
}

export type FaultAt = (field: string) => string | undefined

interface StepCardProps {
  step: DraftStep
  first: boolean
  choices: Choices
  faultAt: FaultAt
  onNode: (node: FlowNode) => void
  onRename: (name: string) => void
  onRemove: () => void
}

export const STEP_KINDS: Step['kind'][] = ['prompt', 'branch', 'to_agent', 'end']

export function StepCard({ step, first, choices, faultAt, onNode, onRename, onRemove }: StepCardProps) {
  const { t } = useWords()
  const { name, node } = step
  const warning = faultAt('')
  const changeKind = (kind: Step['kind']) => onNode({ label: node.label, ...blankStep(kind) })
  return (
    <section className="step" data-kind={node.kind} aria-label={`${t('flows.step_name')} ${name}`} id={`step-${name}`}>
      <header className="step__head">
        <Name key={name} name={name} taken={choices.steps} onRename={onRename} />
        {first && (
          <Tag theme="primary" variant="light">
            {t('flows.start')}
          </Tag>
        )}
        {warning && (
          <Tag theme="warning" variant="light">
            {warning}
          </Tag>
        )}
        <Button shape="square" variant="text" className="step__remove" aria-label={t('flows.remove_step', { name })} onClick={onRemove}>
          <DeleteIcon />
        </Button>
      </header>
      <div className="step__body">
        <SelectField
          label={t('flows.kind')}
          value={node.kind}
          onValue={(kind) => changeKind(kind as Step['kind'])}
          options={STEP_KINDS.map((kind) => ({ value: kind, label: t(`flows.kind.${kind}`) }))}
        />
        <TextField label={t('flows.label')} hint={t('flows.label_hint')} value={node.label} onValue={(label) => onNode({ ...node, label })} fault={faultAt('label')} maxLength={64} />
        <Fields node={node} choices={choices} faultAt={faultAt} onNode={onNode} />
      </div>
    </section>
  )
}

/** A step's name: typed freely, taken over when one leaves the field. */
function Name({ name, taken, onRename }: { name: string; taken: string[]; onRename: (name: string) => void }) {
  const { t } = useWords()
  const [typed, setTyped] = useState(name)
  const bad = typed !== name && taken.includes(typed.trim())
  return (
    <div className="step__name">
      <input
        className="control__input"
        aria-label={t('flows.step_name')}
        aria-invalid={bad || undefined}
        value={typed}
        maxLength={64}
        onChange={(e) => setTyped(e.target.value)}
        onBlur={() => (bad || typed.trim() === '' ? setTyped(name) : onRename(typed.trim()))}
      />
      {bad && <p className="field__fault">{t('flows.step_name_taken')}</p>}
    </div>
  )
}

interface FieldsProps {
  node: FlowNode
  choices: Choices
  faultAt: FaultAt
  onNode: (node: FlowNode) => void
}

function Fields({ node, choices, faultAt, onNode }: FieldsProps) {
  const { t } = useWords()
  const steps: Option[] = choices.steps.map((name) => ({ value: name, label: name }))
  const props = { choices, faultAt }
  switch (node.kind) {
    case 'prompt':
      return (
        <>
          <SoundField {...props} field="sound" label={t('flows.sound')} value={node.sound} onValue={(sound) => onNode({ ...node, sound: sound ?? NO_ID })} needed />
          <NumberField {...props} field="times" label={t('flows.times')} value={node.times} onValue={(times) => onNode({ ...node, times })} />
          <SelectField label={t('flows.next')} value={node.next} onValue={(next) => onNode({ ...node, next })} fault={faultAt('next')} empty="" options={steps} />
          <CheckField label={t('flows.interruptible')} checked={node.interruptible} onChecked={(interruptible) => onNode({ ...node, interruptible })} />
        </>
      )
    case 'branch':
      return (
        <>
          <SoundField {...props} field="prompt" label={t('flows.prompt')} value={node.prompt} onValue={(prompt) => onNode({ ...node, prompt: prompt ?? NO_ID })} needed />
          <SoundField {...props} field="timeout_prompt" label={t('flows.timeout_prompt')} value={node.timeout_prompt} onValue={(timeout_prompt) => onNode({ ...node, timeout_prompt })} />
          <SoundField {...props} field="invalid_prompt" label={t('flows.invalid_prompt')} value={node.invalid_prompt} onValue={(invalid_prompt) => onNode({ ...node, invalid_prompt })} />
          <NumberField {...props} field="timeout_s" label={t('flows.timeout_s')} value={node.timeout_s} onValue={(timeout_s) => onNode({ ...node, timeout_s })} />
          <NumberField {...props} field="max_errors" label={t('flows.max_errors')} value={node.max_errors} onValue={(max_errors) => onNode({ ...node, max_errors })} />
          <Keys keys={node.keys} steps={steps} fault={faultAt('keys')} onKeys={(keys) => onNode({ ...node, keys })} />
        </>
      )
    case 'to_agent':
      return (
        <>
          <SelectField
            label={t('flows.group')}
            value={node.group === NO_ID ? '' : String(node.group)}
            onValue={(group) => onNode({ ...node, group: Number(group) })}
            fault={faultAt('group')}
            empty=""
            options={choices.groups.map((group) => ({ value: String(group.id), label: group.name }))}
          />
          <SoundField {...props} field="prompt" label={t('flows.prompt')} value={node.prompt} onValue={(prompt) => onNode({ ...node, prompt })} />
          <SoundField {...props} field="music" label={t('flows.music')} value={node.music} onValue={(music) => onNode({ ...node, music })} />
          <NumberField {...props} field="max_wait_s" label={t('flows.max_wait_s')} value={node.max_wait_s} onValue={(max_wait_s) => onNode({ ...node, max_wait_s })} />
          <SoundField {...props} field="timeout_prompt" label={t('flows.wait_prompt')} value={node.timeout_prompt} onValue={(timeout_prompt) => onNode({ ...node, timeout_prompt })} />
          <SoundField {...props} field="nobody_prompt" label={t('flows.nobody_prompt')} value={node.nobody_prompt} onValue={(nobody_prompt) => onNode({ ...node, nobody_prompt })} />
          <SelectField label={t('flows.failure')} value={node.failure ?? ''} onValue={(failure) => onNode({ ...node, failure: failure === '' ? null : failure })} fault={faultAt('failure')} empty={t('flows.failure_end')} options={steps} />
        </>
      )
    case 'end':
      return <SoundField {...props} field="prompt" label={t('flows.prompt')} value={node.prompt} onValue={(prompt) => onNode({ ...node, prompt })} />
  }
}

interface SoundFieldProps {
  field: string
  label: string
  value: number | null
  onValue: (sound: number | null) => void
  needed?: boolean
  choices: Choices
  faultAt: FaultAt
}

function SoundField({ field, label, value, onValue, needed, choices, faultAt }: SoundFieldProps) {
  const { t } = useWords()
  return (
    <SelectField
      label={label}
      value={value === null || value === NO_ID ? '' : String(value)}
      onValue={(sound) => onValue(sound === '' ? null : Number(sound))}
      fault={faultAt(field)}
      empty={needed ? '' : t('common.none')}
      options={choices.sounds.map((sound) => ({ value: String(sound.id), label: sound.name }))}
    />
  )
}

interface NumberFieldProps {
  field: string
  label: string
  value: number
  onValue: (value: number) => void
  faultAt: FaultAt
}

function NumberField({ field, label, value, onValue, faultAt }: NumberFieldProps) {
  return <TextField label={label} type="number" value={Number.isNaN(value) ? '' : String(value)} onValue={(text) => onValue(text === '' ? Number.NaN : Number(text))} fault={faultAt(field)} />
}
