/** Account and password. Where somebody wanted to go is where they land. */
import { useState, type FormEvent } from 'react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { BrowseIcon, BrowseOffIcon, TranslateIcon } from 'tdesign-icons-react'
import { Navigate, useLocation, useNavigate } from 'react-router'
import { request } from '../api/client'
import { demoFileQuery, forgetPerson, meQuery, queryClient } from '../api/queries'
import type { Me } from '../api/types'
import { Button } from '../components/Button'
import { FaultNote } from '../components/Fault'
import { TextField } from '../components/Field'
import { Wordmark } from '../components/Logo'
import { Menu } from '../components/Menu'
import { desk } from '../desk/desk'
import { useWords } from '../i18n'
import { homeOf } from '../paths'
import { usePreferences } from '../preferences'
import { preferenceSections } from '../shell/AccountMenu'
import { useTitle } from '../shell/useTitle'

export function SignInPage() {
  const { t, language } = useWords()
  const { theme } = usePreferences()
  const navigate = useNavigate()
  const from = (useLocation().state as { from?: string } | null)?.from
  const me = useQuery(meQuery)
  useTitle(t('sign_in.title'))
  if (me.data) return <Navigate to={homeOf(me.data.role)} replace />
  const landed = async (signedIn: Me) => {
    // An answer still on its way speaks of the time before.
    await queryClient.cancelQueries(meQuery)
    forgetPerson()
    queryClient.setQueryData(meQuery.queryKey, signedIn)
    void navigate(from && from !== '/' ? from : homeOf(signedIn.role), { replace: true })
  }
  return (
    <div className="door">
      <div className="door__corner">
        <Menu
          label={t('menu.language')}
          sections={preferenceSections(t, language, theme)}
          trigger={(props) => (
            <Button {...props} variant="text" icon={<TranslateIcon />}>
              {language === 'zh' ? '中文' : 'English'}
            </Button>
          )}
        />
      </div>
      <aside className="door__side">
        <Wordmark size={34} />
        <div>
          <p className="door__lead">{t('sign_in.lead')}</p>
          <Diagram />
        </div>
        <p className="door__tag">{t('app.tagline')}</p>
      </aside>
      <main className="door__main">
        <SignInForm onSignedIn={landed} />
      </main>
    </div>
  )
}

function SignInForm({ onSignedIn }: { onSignedIn: (me: Me) => Promise<void> }) {
  const { t } = useWords()
  const [account, setAccount] = useState('')
  const [password, setPassword] = useState('')
  const [shown, setShown] = useState(false)
  const [asked, setAsked] = useState(false)
  const signIn = useMutation({
    mutationFn: () => request<Me>('POST', '/sign-in', { body: { user_id: account.trim(), password } }),
    // The click that signs in is also the click that lets the browser ring.
    onMutate: () => desk.unlockRinging(),
    onSuccess: onSignedIn,
  })
  const submit = (e: FormEvent) => {
    e.preventDefault()
    setAsked(true)
    if (account.trim() !== '' && password !== '') signIn.mutate()
  }
  const missing = (value: string) => (asked && value.trim() === '' ? t('common.required') : undefined)
  return (
    <form className="form door__form" onSubmit={submit} noValidate>
      <span className="door__brand">
        <Wordmark size={30} />
      </span>
      <h1>{t('sign_in.title')}</h1>
      <TextField
        label={t('sign_in.account')}
        value={account}
        onValue={setAccount}
        placeholder={t('sign_in.account_hint')}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        fault={missing(account)}
      />
      <TextField
        label={t('sign_in.password')}
        value={password}
        onValue={setPassword}
        type={shown ? 'text' : 'password'}
        name="password"
        autoComplete="current-password"
        fault={missing(password)}
        end={
          <button type="button" className="control__end" aria-label={t(shown ? 'sign_in.hide' : 'sign_in.show')} onClick={() => setShown(!shown)}>
            {shown ? <BrowseOffIcon /> : <BrowseIcon />}
          </button>
        }
      />
      <FaultNote error={signIn.error} />
      <Button size="large" theme="primary" type="submit" block loading={signIn.isPending}>
        {t('sign_in.submit')}
      </Button>
      <DemoHint />
    </form>
  )
}

/** In the demo, where its passwords are. Elsewhere nothing. */
function DemoHint() {
  const { t } = useWords()
  const file = useQuery(demoFileQuery).data
  if (!file) return null
  return (
    <p className="door__hint">
      {t('sign_in.demo')} <code>{file}</code>
    </p>
  )
}

/** The walk of a call, drawn: it comes in, chooses, waits, is answered. */
function Diagram() {
  const { t } = useWords()
  const points = ['sign_in.point_menu', 'sign_in.point_desk', 'sign_in.point_record'] as const
  return (
    <ol className="walk">
      {points.map((point) => (
        <li key={point}>{t(point)}</li>
      ))}
    </ol>
  )
}
