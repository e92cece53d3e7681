/** One flow as a form of steps, with its faults beside their fields. */
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Tag } from 'tdesign-react'
import { AddIcon, ArrowLeftIcon } from 'tdesign-icons-react'
import { Link, useNavigate, useParams } from 'react-router'
import { ApiError, request } from '../api/client'
import { flowsQuery, skillGroupsQuery, soundsQuery, useChange } from '../api/queries'
import type { Flow, FlowInput, PublishedFlow, Step } from '../api/types'
import { Button } from '../components/Button'
import { FaultNote, FaultPanel } from '../components/Fault'
import { SelectField, TextField } from '../components/Field'
import { say } from '../components/FaultToast'
import { Menu } from '../components/Menu'
import { Page, Panel } from '../components/Page'
import { checkFlow } from '../flows/check'
import { addStep, changeNode, draftOf, inputOf, newDraft, removeStep, renameStep, sameAs } from '../flows/draft'
import { StepCard, STEP_KINDS } from '../flows/StepCard'
import { useWords } from '../i18n'
import { paths } from '../paths'
import { NotFoundPage } from './FaultPage'

export function FlowPage() {
  const { t } = useWords()
  const { id } = useParams()
  const flows = useQuery(flowsQuery)
  if (id === 'new') return <Editor flow={null} />
  if (flows.error && !flows.data) return <FaultPanel error={flows.error} retry={() => void flows.refetch()} />
  if (!flows.data) return <div className="idle idle--bone" aria-busy="true" aria-label={t('common.loading')} />
  const flow = flows.data.find((one) => String(one.id) === id)
  // A newer version starts the form anew.
  return flow ? <Editor key={`${flow.id}.${flow.version}`} flow={flow} /> : <NotFoundPage />
}

function usePublish(flow: Flow | null) {
  const { t } = useWords()
  const navigate = useNavigate()
  const publish = useChange(
    (body: FlowInput) => (flow ? request<PublishedFlow>('PUT', `/flows/${flow.id}`, { body }) : request<PublishedFlow>('POST', '/flows', { body })),
    'flows',
  )
  const run = (body: FlowInput) =>
    publish.mutate(body, {
      onSuccess: ({ id }) => {
        say(t('flows.published'))
        if (!flow) void navigate(paths.flow(id), { replace: true })
      },
    })
  return { run, pending: publish.isPending, error: publish.error }
}

function Editor({ flow }: { flow: Flow | null }) {
  const { t } = useWords()
  const sounds = useQuery(soundsQuery).data ?? []
  const groups = useQuery(skillGroupsQuery).data ?? []
  const [draft, setDraft] = useState(() => (flow ? draftOf(flow) : newDraft()))
  const [asked, setAsked] = useState(false)
  const publish = usePublish(flow)
  const own = checkFlow(draft)
  const refused = publish.error instanceof ApiError ? publish.error.details : []
  const changed = flow === null || !sameAs(draft, flow)
  const errors = own.filter((fault) => !fault.warning)
  const faultAt = (node: string, field: string) => {
    const found = own.find((fault) => fault.node === node && fault.field === field)
    if (found) return asked || found.warning || flow !== null ? t(found.word, found.values) : undefined
    return refused.find((fault) => (fault.node ?? '') === node && (fault.field === field || fault.field.startsWith(`${field}.`)))?.message
  }
  const submit = () => {
    setAsked(true)
    if (errors.length === 0) publish.run(inputOf(draft))
  }
  const choices = { sounds, groups, steps: draft.steps.map((step) => step.name) }
  return (
    <Page
      title={draft.name || t('flows.new')}
      lead={flow ? t('flows.version_n', { n: flow.version }) : t('flows.unsaved')}
      actions={
        <>
          {errors.length > 0 && (asked || flow !== null) && <Tag theme="danger" variant="light">{t('flows.faults', { n: errors.length })}</Tag>}
          {errors.length === 0 && changed && flow && <Tag theme="warning" variant="light">{t('flows.unsaved')}</Tag>}
          <Button theme="primary" disabled={!changed} loading={publish.pending} onClick={submit}>
            {t('flows.publish')}
          </Button>
        </>
      }
    >
      <Link to={paths.flows} className="link back">
        <ArrowLeftIcon /> {t('flows.back')}
      </Link>
      <FaultNote error={publish.error} />
      <Panel>
        <div className="form__row">
          <TextField label={t('common.name')} value={draft.name} onValue={(name) => setDraft({ ...draft, name })} fault={faultAt('', 'name')} maxLength={64} />
          <SelectField label={t('flows.start')} value={draft.start} onValue={(start) => setDraft({ ...draft, start })} fault={faultAt('', 'start')} options={choices.steps.map((name) => ({ value: name, label: name }))} />
        </div>
      </Panel>
      <div className="steps">
        {draft.steps.map((step) => (
          <StepCard
            key={step.key}
            step={step}
            first={step.name === draft.start}
            choices={choices}
            faultAt={(field) => faultAt(step.name, field)}
            onNode={(node) => setDraft(changeNode(draft, step.key, node))}
            onRename={(name) => setDraft(renameStep(draft, step.key, name))}
            onRemove={() => setDraft(removeStep(draft, step.key))}
          />
        ))}
      </div>
      <AddStep onAdd={(kind) => setDraft(addStep(draft, kind))} />
    </Page>
  )
}

function AddStep({ onAdd }: { onAdd: (kind: Step['kind']) => void }) {
  const { t } = useWords()
  return (
    <Menu
      label={t('flows.add_step')}
      sections={[{ items: STEP_KINDS.map((kind) => ({ key: kind, label: t(`flows.kind.${kind}`), onSelect: () => onAdd(kind) })) }]}
      trigger={(props) => (
        <Button {...props} variant="dashed" block icon={<AddIcon />}>
          {t('flows.add_step')}
        </Button>
      )}
    />
  )
}
