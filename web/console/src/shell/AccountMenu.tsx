/** Language, theme, one's password, and the way out. */
import { useState } from 'react'
import { useMutation } from '@tanstack/react-query'
import { LogoutIcon, UserPasswordIcon } from 'tdesign-icons-react'
import { useNavigate } from 'react-router'
import { agentCan } from '@callyard/desk-sdk'
import type { Me } from '../api/types'
import { Button } from '../components/Button'
import { FaultToast } from '../components/FaultToast'
import { Menu, type MenuSection } from '../components/Menu'
import { useDesk } from '../desk/desk'
import { useWords, type Say } from '../i18n'
import { preferences, usePreferences, type Language, type Theme } from '../preferences'
import { paths } from '../paths'
import { ChangePassword } from './ChangePassword'
import { signOut } from './session'

const THEMES: Theme[] = ['light', 'dark', 'system']
const LANGUAGES: [Language, string][] = [
  ['zh', '中文 (Chinese)'],
  ['en', 'English'],
]

export function preferenceSections(t: Say, language: Language, theme: Theme): MenuSection[] {
  return [
    {
      title: t('menu.language'),
      items: LANGUAGES.map(([value, label]) => ({ key: value, label, checked: language === value, onSelect: () => preferences.set({ language: value }) })),
    },
    {
      title: t('menu.theme'),
      items: THEMES.map((value) => ({ key: value, label: t(`menu.${value}`), checked: theme === value, onSelect: () => preferences.set({ theme: value }) })),
    },
  ]
}

export function AccountMenu({ me }: { me: Me }) {
  const { t } = useWords()
  const { language, theme } = usePreferences()
  const navigate = useNavigate()
  const talking = agentCan.hangUp(useDesk().desk)
  const [changing, setChanging] = useState(false)
  const leave = useMutation({ mutationFn: signOut, onSuccess: () => navigate(paths.signIn) })
  const out: MenuSection = {
    items: [
      { key: 'password', label: t('menu.password'), icon: <UserPasswordIcon />, onSelect: () => setChanging(true) },
      {
        key: 'out',
        label: t('menu.sign_out'),
        icon: <LogoutIcon />,
        disabled: talking,
        ...(talking ? { hint: t('menu.sign_out_busy') } : {}),
        onSelect: () => leave.mutate(),
      },
    ],
  }
  return (
    <>
      <Menu
        label={t('menu.account')}
        sections={[...preferenceSections(t, language, theme), out]}
        trigger={(props) => (
          <Button {...props} variant="text" className="account">
            <span className="avatar" aria-hidden="true">
              {initials(me.staff.name)}
            </span>
            <span className="account__text">
              <span>{me.staff.name}</span>
              <small>{t(`role.${me.role}`)}</small>
            </span>
          </Button>
        )}
      />
      {changing && <ChangePassword me={me} onClose={() => setChanging(false)} />}
      <FaultToast error={leave.error} />
    </>
  )
}

/** The last two characters of a Chinese name, else the first letters of first and last name. */
export function initials(name: string): string {
  const trimmed = name.trim()
  const chinese = /[\u3400-\u9fff]/
  if (chinese.test(trimmed[0] ?? '')) return trimmed.slice(-2)
  const letters = trimmed.split(/\s+/).map((part) => part[0] ?? '').filter((letter) => !chinese.test(letter))
  const last = letters.length > 1 ? (letters.at(-1) ?? '') : ''
  return ((letters[0] ?? '') + last).toUpperCase() || '?'
}
