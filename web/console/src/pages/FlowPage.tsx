/** One flow as a form of steps, with its faults beside their fields. */
import { useState } from 'react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Tag } from 'tdesign-react'
import { AddIcon, ArrowLeftIcon, ErrorCircleIcon } from 'tdesign-icons-react'
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
import { addStep, changeNode, inputOf, removeStep, renameStep, type Draft } from '../flows/draft'
import { editOf, follow, isDirty, isNewer, load, rebase, type Edit } from '../flows/edit'
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
  return flow ? <Editor key={flow.id} flow={flow} /> : <NotFoundPage />
}

/** Publishes over `base` and over no other version: the server refuses what was meant for an older one. */
function usePublish(base: Flow | null, onPublished: (flow: Flow) => void) {
  const { t } = useWords()
  const navigate = useNavigate()
  const client = useQueryClient()
  const publish = useChange(
    (input: FlowInput) =>
      base
        ? request<PublishedFlow>('PUT', `/flows/${base.id}`, { body: { ...input, base_version: base.version } })
        : request<PublishedFlow>('POST', '/flows', { body: input }),
    'flows',
  )
  const run = (input: FlowInput) =>
    publish.mutate(input, {
      onSuccess: ({ id, version }) => {
        say(t('flows.published'))
        if (base) onPublished({ ...base, ...input, version })
        else void navigate(paths.flow(id), { replace: true })
      },
      onError: ({ code }) => {
        if (code === 'flow.changed_meanwhile') void client.invalidateQueries(flowsQuery)
      },
    })
  return { run, pending: publish.isPending, error: publish.error, reset: publish.reset }
}

/** A form of `told`, the flow as the server last told of it. */
function useEdit(told: Flow | null) {
  const [kept, setEdit] = useState(() => editOf(told))
  const edit = follow(kept, told)
  // Drawn again at once with what the server told: a state that is derived, not an effect.
  if (edit !== kept) setEdit(edit)
  return [edit, setEdit] as const
}

function Editor({ flow }: { flow: Flow | null }) {
  const { t } = useWords()
  const sounds = useQuery(soundsQuery).data ?? []
  const groups = useQuery(skillGroupsQuery).data ?? []
  const [edit, setEdit] = useEdit(flow)
  const { draft, base } = edit
  const setDraft = (next: Draft) => setEdit((now) => ({ ...now, draft: next }))
  const [asked, setAsked] = useState(false)
  const publish = usePublish(base, (published) => setEdit((now) => rebase(now, published)))
  const decide = (next: Edit) => {
    publish.reset()
    setEdit(next)
  }
  const own = checkFlow(draft)
  const refused = publish.error instanceof ApiError ? publish.error.details : []
  const changed = isDirty(edit)
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
      lead={base ? t('flows.version_n', { n: base.version }) : t('flows.unsaved')}
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
      {!publish.pending && isNewer(flow, edit) && <Newer version={flow.version} onLoad={() => decide(load(edit, flow))} onKeep={() => decide(rebase(edit, flow))} />}
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
            key={`${edit.loads}.${step.key}`}
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

/** Somebody else published while this draft was written. */
function Newer({ version, onLoad, onKeep }: { version: number; onLoad: () => void; onKeep: () => void }) {
  const { t } = useWords()
  return (
    <div className="banner" data-tone="warn" role="alert">
      <span className="banner__icon">
        <ErrorCircleIcon />
      </span>
      <p>
        <strong>{t('flows.newer', { n: version })}</strong> {t('flows.newer_lead')}
      </p>
      <Button size="small" variant="outline" onClick={onKeep}>
        {t('flows.newer_keep')}
      </Button>
      <Button size="small" theme="primary" onClick={onLoad}>
        {t('flows.newer_load')}
      </Button>
    </div>
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
