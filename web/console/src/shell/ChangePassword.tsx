/** One's own password: the old one, and the new one twice. It ends one's other sessions, not this one. */
import { useState } from 'react'
import { isPassword, PASSWORD_LEAST } from '../admin/checks'
import { ApiError, request } from '../api/client'
import { useChange } from '../api/queries'
import type { Me } from '../api/types'
import { TextField } from '../components/Field'
import { say } from '../components/FaultToast'
import { FormModal } from '../components/Modal'
import { useWords, type Say } from '../i18n'

interface Typed {
  old: string
  fresh: string
  again: string
}

type Faults = { [Field in keyof Typed]?: string | undefined }

function faultsOf({ old, fresh, again }: Typed, account: string, t: Say): Faults {
  return {
    old: old === '' ? t('common.required') : undefined,
    fresh: freshFault(fresh, account, t),
    again: again === '' ? t('common.required') : again !== fresh ? t('password.differ') : undefined,
  }
}

function freshFault(fresh: string, account: string, t: Say): string | undefined {
  if (fresh === '') return t('common.required')
  if ([...fresh].length < PASSWORD_LEAST) return t('password.short', { n: PASSWORD_LEAST })
  return isPassword(fresh, account) ? undefined : t('staff.password_hint')
}

/** What the server refused, at the field that it is about. */
function refusalOf(error: ApiError | null, t: Say): Faults {
  switch (error?.code) {
    case 'auth.wrong_password':
      return { old: t('password.wrong') }
    case 'auth.weak_password':
      return { fresh: `${error.message} ${error.mend}`.trim() }
    default:
      return {}
  }
}

export function ChangePassword({ me, onClose }: { me: Me; onClose: () => void }) {
  const { t } = useWords()
  const [typed, setTyped] = useState<Typed>({ old: '', fresh: '', again: '' })
  const [asked, setAsked] = useState(false)
  const change = useChange((body: { old: string; new: string }) => request('POST', '/me/password', { body }))
  const faults = faultsOf(typed, me.user_id, t)
  const refusal = refusalOf(change.error, t)
  const shown: Faults = asked ? faults : {}
  const set = (part: Partial<Typed>) => {
    // The server spoke of what was typed before.
    change.reset()
    setTyped({ ...typed, ...part })
  }
  const submit = () => {
    setAsked(true)
    if (faults.old || faults.fresh || faults.again) return
    change.mutate(
      { old: typed.old, new: typed.fresh },
      {
        onSuccess: () => {
          say(t('password.changed'))
          onClose()
        },
      },
    )
  }
  const elsewhere = Object.keys(refusal).length === 0 ? change.error : null
  return (
    <FormModal title={t('password.title')} submit={t('common.save')} pending={change.isPending} error={elsewhere} onSubmit={submit} onClose={onClose}>
      <p className="modal__lead">{t('password.lead')}</p>
      {/* Tells password managers whose password this is. */}
      <input hidden readOnly name="username" autoComplete="username" value={me.user_id} />
      <TextField label={t('password.old')} value={typed.old} onValue={(old) => set({ old })} fault={shown.old ?? refusal.old} type="password" autoComplete="current-password" />
      <TextField label={t('password.new')} hint={t('staff.password_hint')} value={typed.fresh} onValue={(fresh) => set({ fresh })} fault={shown.fresh ?? refusal.fresh} type="password" autoComplete="new-password" />
      <TextField label={t('password.again')} value={typed.again} onValue={(again) => set({ again })} fault={shown.again} type="password" autoComplete="new-password" />
    </FormModal>
  )
}
