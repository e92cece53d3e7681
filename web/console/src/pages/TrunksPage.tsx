/** Trunks: carriers that bring calls, known by their source networks, and carry calls out. */
import { useState } from 'react'
import { AdminPage, useSave, type FormProps } from '../admin/AdminPage'
import { isAccountUser, isHost, isNetwork, lines, rewriteLines, rewriteText, whole } from '../admin/checks'
import { SourcesField } from '../admin/SourcesField'
import { TrunkStateCell } from '../admin/TrunkStateCell'
import { trunksQuery } from '../api/queries'
import type { AskWhen, CallerId, Protection, SipTransport, Trunk, TrunkInput, TrunkOutward, TrunkOutwardInput } from '../api/types'
import { CheckField, SelectField, TextArea, TextField } from '../components/Field'
import { FormModal } from '../components/Modal'
import { useWords, type Say } from '../i18n'

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
              {trunk.sources.length === 0 && <span className="muted">{t('trunks.no_sources')}</span>}
            </span>
          ),
        },
        { key: 'out', title: t('trunks.out'), wide: true, cell: (trunk) => <Gateway outward={trunk.outward} /> },
        { key: 'max', title: t('trunks.max_calls'), align: 'end', wide: true, cell: (trunk) => trunk.max_calls ?? <span className="muted">{t('trunks.unlimited')}</span> },
        {
          key: 'state',
          title: t('numbers.state'),
          cell: (trunk) => <TrunkStateCell trunk={trunk} />,
        },
      ]}
      form={(props) => <TrunkForm {...props} />}
    />
  )
}

function Gateway({ outward }: { outward: TrunkOutward | null }) {
  const { t } = useWords()
  if (outward === null) return <span className="muted">{t('trunks.out_none')}</span>
  const port = outward.port === null ? '' : `:${outward.port}`
  return (
    <>
      <code>{`${outward.host}${port}`}</code>
      <span className="table__sub">{outward.transport.toUpperCase()}</span>
    </>
  )
}

const PROTECTIONS: Protection[] = ['accepted', 'offered', 'demanded']
const TRANSPORTS: SipTransport[] = ['udp', 'tcp', 'tls']
const CALLER_IDS: CallerId[] = ['from', 'p_asserted_identity', 'p_asserted_identity_only']
const ASK_WHEN: AskWhen[] = ['where_registered', 'always', 'never']
const ASKED_EVERY = { min: 10, max: 300 }
const MOST_CALLS = 5_000
const MOST_A_SECOND = 1_000

function TrunkForm({ row, onClose }: FormProps<Trunk>) {
  const { t } = useWords()
  const save = useSave<TrunkInput>('trunks', row?.id ?? null, onClose)
  const [asked, setAsked] = useState(false)
  const [name, setName] = useState(row?.name ?? '')
  const [sources, setSources] = useState(row?.sources.join('\n') ?? '')
  const [most, setMost] = useState(row?.max_calls?.toString() ?? '')
  const [rate, setRate] = useState(row?.max_calls_per_second?.toString() ?? '')
  const [protection, setProtection] = useState<Protection>(row?.protection ?? 'accepted')
  const [inward, setInward] = useState(rewriteText(row?.inward_rewrites ?? []))
  const [enabled, setEnabled] = useState(row?.enabled ?? true)
  const [callsOut, setCallsOut] = useState(row?.outward != null)
  const [out, setOut] = useState(() => draftOf(row?.outward ?? null))
  const [proves, setProves] = useState(row?.account != null)
  const [user, setUser] = useState(row?.account?.user ?? '')
  const [password, setPassword] = useState('')
  const keepsAccount = row?.account != null && row.account.user === user.trim()
  const bad = lines(sources).find((line) => !isNetwork(line))
  const faults = {
    name: name.trim() === '' ? t('common.required') : undefined,
    sources: lines(sources).length === 0 && !callsOut && !proves ? t('common.required') : bad !== undefined ? t('trunks.sources_bad', { line: bad }) : undefined,
    most: most !== '' && whole(most, 1, MOST_CALLS) === null ? t('common.range', { min: 1, max: MOST_CALLS }) : undefined,
    rate: rate !== '' && whole(rate, 1, MOST_A_SECOND) === null ? t('common.range', { min: 1, max: MOST_A_SECOND }) : undefined,
    inward: rewriteFault(inward, t),
    user: proves && !isAccountUser(user.trim()) ? t('trunks.account_user_bad') : undefined,
    password: proves && (password === '' ? !keepsAccount : password.length < 8) ? t('trunks.account_password_bad') : undefined,
  }
  const outFaults = callsOut ? outwardFaults(out, row?.outward ?? null, t) : {}
  const submit = () => {
    setAsked(true)
    if ([...Object.values(faults), ...Object.values(outFaults)].some(Boolean)) return
    save.run({
      name: name.trim(),
      sources: lines(sources),
      max_calls: most === '' ? null : Number(most),
      max_calls_per_second: rate === '' ? null : Number(rate),
      protection,
      inward_rewrites: rewriteLines(inward) ?? [],
      account: proves ? { user: user.trim(), password: password === '' ? null : password } : null,
      outward: callsOut ? outwardOf(out) : null,
      enabled,
    })
  }
  const shown: Partial<typeof faults> = asked ? faults : {}
  return (
    <FormModal title={row ? t('trunks.edit', { name: row.name }) : t('trunks.new')} submit={t(row ? 'common.save' : 'common.create')} pending={save.pending} error={save.error} onSubmit={submit} onClose={onClose}>
      <TextField label={t('common.name')} value={name} onValue={setName} fault={shown.name ?? save.faultAt('name')} maxLength={64} autoFocus />
      <SourcesField trunk={{ id: row?.id ?? null, enabled }} value={sources} onValue={setSources} fault={shown.sources ?? save.faultAt('sources')} />
      <div className="form__row">
        <TextField label={t('trunks.max_calls')} hint={t('trunks.max_calls_hint')} value={most} onValue={setMost} fault={shown.most ?? save.faultAt('max_calls')} inputMode="numeric" />
        <TextField label={t('trunks.rate')} hint={t('trunks.max_calls_hint')} value={rate} onValue={setRate} fault={shown.rate ?? save.faultAt('max_calls_per_second')} inputMode="numeric" />
      </div>
      <SelectField
        label={t('trunks.protection')}
        hint={t(`trunks.protection_hint.${protection}`)}
        value={protection}
        onValue={(value) => setProtection(value as Protection)}
        options={PROTECTIONS.map((value) => ({ value, label: t(`trunks.protection.${value}`) }))}
      />
      <TextArea label={t('trunks.inward_rewrites')} hint={t('trunks.rewrites_hint')} value={inward} onValue={setInward} fault={shown.inward ?? save.faultAt('inward_rewrites')} spellCheck={false} rows={2} />
      <CheckField label={t('trunks.proves')} hint={t('trunks.proves_hint')} checked={proves} onChecked={setProves} />
      {proves && (
        <div className="form__row">
          <TextField label={t('trunks.account_user')} value={user} onValue={setUser} fault={shown.user ?? save.faultAt('account.user')} autoComplete="off" spellCheck={false} />
          <TextField
            type="password"
            label={t('trunks.account_password')}
            hint={t(keepsAccount ? 'trunks.password_kept' : 'trunks.password_hint')}
            value={password}
            onValue={setPassword}
            fault={shown.password ?? save.faultAt('account.password')}
            autoComplete="new-password"
          />
        </div>
      )}
      <CheckField label={t('trunks.enabled')} checked={enabled} onChecked={setEnabled} />
      <CheckField label={t('trunks.calls_out')} hint={t('trunks.calls_out_hint')} checked={callsOut} onChecked={setCallsOut} />
      {callsOut && <OutwardFields draft={out} onDraft={setOut} faults={asked ? outFaults : {}} faultAt={(field) => save.faultAt(`outward.${field}`)} keepsPassword={keepsPassword(out, row?.outward ?? null)} />}
    </FormModal>
  )
}

/** What is typed about calls out, before it is checked. */
interface Draft {
  host: string
  port: string
  transport: SipTransport
  user: string
  password: string
  registers: boolean
  callerId: CallerId
  rewrites: string
  asked: AskWhen
  askedEvery: string
}

function draftOf(outward: TrunkOutward | null): Draft {
  return {
    host: outward?.host ?? '',
    port: outward?.port?.toString() ?? '',
    transport: outward?.transport ?? 'udp',
    user: outward?.user ?? '',
    password: '',
    registers: outward?.registers ?? false,
    callerId: outward?.caller_id ?? 'from',
    rewrites: rewriteText(outward?.rewrites ?? []),
    asked: outward?.asked ?? 'where_registered',
    askedEvery: outward?.asked_every_s.toString() ?? '30',
  }
}

function outwardOf(draft: Draft): TrunkOutwardInput {
  return {
    host: draft.host.trim(),
    port: draft.port === '' ? null : Number(draft.port),
    transport: draft.transport,
    user: draft.user.trim(),
    // Left out, the server keeps the one that it has.
    password: draft.password === '' ? null : draft.password,
    registers: draft.registers,
    caller_id: draft.callerId,
    rewrites: rewriteLines(draft.rewrites) ?? [],
    asked: draft.asked,
    asked_every_s: Number(draft.askedEvery),
  }
}

/** The server forgets a password that would go to another host or user. */
function keepsPassword(draft: Draft, old: TrunkOutward | null): boolean {
  return old !== null && old.has_password && old.host === draft.host.trim() && old.user === draft.user.trim()
}

type OutwardFaults = Partial<Record<keyof Draft, string | undefined>>

function outwardFaults(draft: Draft, old: TrunkOutward | null, t: Say): OutwardFaults {
  const user = draft.user.trim()
  const password = draft.password !== '' || keepsPassword(draft, old)
  return {
    host: isHost(draft.host.trim()) ? undefined : t('trunks.host_bad'),
    port: draft.port !== '' && whole(draft.port, 1, 65_535) === null ? t('common.range', { min: 1, max: 65_535 }) : undefined,
    user: user === '' && (draft.registers || draft.password !== '') ? t('trunks.user_needed') : undefined,
    password: user !== '' && !password ? t('trunks.password_needed') : undefined,
    rewrites: rewriteFault(draft.rewrites, t),
    askedEvery: whole(draft.askedEvery, ASKED_EVERY.min, ASKED_EVERY.max) === null ? t('common.range', ASKED_EVERY) : undefined,
  }
}

function rewriteFault(text: string, t: Say): string | undefined {
  return rewriteLines(text) === null ? t('trunks.rewrites_bad') : undefined
}

interface OutwardProps {
  draft: Draft
  onDraft: (draft: Draft) => void
  faults: OutwardFaults
  faultAt: (field: string) => string | undefined
  keepsPassword: boolean
}

function OutwardFields({ draft, onDraft, faults, faultAt, keepsPassword }: OutwardProps) {
  const { t } = useWords()
  const set = (part: Partial<Draft>) => onDraft({ ...draft, ...part })
  return (
    <fieldset className="fieldset fieldset--form" aria-label={t('trunks.out')}>
      <legend>{t('trunks.out')}</legend>
      <TextField label={t('trunks.host')} hint={t('trunks.host_hint')} value={draft.host} onValue={(host) => set({ host })} fault={faults.host ?? faultAt('host')} spellCheck={false} autoCapitalize="off" />
      <div className="form__row">
        <TextField label={t('trunks.port')} hint={t('trunks.port_hint')} value={draft.port} onValue={(port) => set({ port })} fault={faults.port ?? faultAt('port')} inputMode="numeric" />
        <SelectField
          label={t('trunks.transport')}
          hint={t('trunks.transport_hint')}
          value={draft.transport}
          onValue={(transport) => set({ transport: transport as SipTransport })}
          fault={faultAt('transport')}
          options={TRANSPORTS.map((value) => ({ value, label: value.toUpperCase() }))}
        />
      </div>
      <div className="form__row">
        <TextField label={t('trunks.user')} hint={t('trunks.user_hint')} value={draft.user} onValue={(user) => set({ user })} fault={faults.user ?? faultAt('user')} autoComplete="off" spellCheck={false} />
        <TextField
          type="password"
          label={t('trunks.password')}
          hint={t(keepsPassword ? 'trunks.password_kept' : 'trunks.password_hint')}
          value={draft.password}
          onValue={(password) => set({ password })}
          fault={faults.password ?? faultAt('password')}
          autoComplete="new-password"
        />
      </div>
      <CheckField label={t('trunks.registers')} hint={t('trunks.registers_hint')} checked={draft.registers} onChecked={(registers) => set({ registers })} />
      <SelectField
        label={t('trunks.caller_id')}
        hint={t('trunks.caller_id_hint')}
        value={draft.callerId}
        onValue={(callerId) => set({ callerId: callerId as CallerId })}
        options={CALLER_IDS.map((value) => ({ value, label: t(`trunks.caller_id.${value}`) }))}
      />
      <div className="form__row">
        <SelectField
          label={t('trunks.asked')}
          hint={t('trunks.asked_hint')}
          value={draft.asked}
          onValue={(asked) => set({ asked: asked as AskWhen })}
          options={ASK_WHEN.map((value) => ({ value, label: t(`trunks.asked.${value}`) }))}
        />
        <TextField label={t('trunks.asked_every')} hint={t('trunks.asked_every_hint')} value={draft.askedEvery} onValue={(askedEvery) => set({ askedEvery })} fault={faults.askedEvery ?? faultAt('asked_every_s')} inputMode="numeric" />
      </div>
      <TextArea label={t('trunks.rewrites')} hint={t('trunks.rewrites_hint')} value={draft.rewrites} onValue={(rewrites) => set({ rewrites })} fault={faults.rewrites ?? faultAt('rewrites')} spellCheck={false} rows={3} />
    </fieldset>
  )
}
