/** What a role sees in the navigation. */
import {
  Call1Icon,
  CallIcon,
  CallIncomingIcon,
  FlowchartIcon,
  HistoryIcon,
  KeyIcon,
  MusicIcon,
  ServerIcon,
  SettingIcon,
  UserTalkIcon,
  UsergroupIcon,
  ViewModuleIcon,
  DashboardIcon,
} from 'tdesign-icons-react'
import type { ReactNode } from 'react'
import type { Role } from '../api/types'
import type { WordKey } from '../i18n'
import { mayAct, paths } from '../paths'

export interface NavItem {
  to: string
  word: WordKey
  icon: ReactNode
  least: Role
}

export interface NavSection {
  word: WordKey
  items: NavItem[]
}

const sections: NavSection[] = [
  {
    word: 'nav.work',
    items: [
      { to: paths.desk, word: 'nav.desk', icon: <CallIncomingIcon />, least: 'agent' },
      { to: paths.floor, word: 'nav.floor', icon: <DashboardIcon />, least: 'supervisor' },
      { to: paths.records, word: 'nav.records', icon: <HistoryIcon />, least: 'agent' },
    ],
  },
  {
    word: 'nav.admin',
    items: [
      { to: paths.staff, word: 'nav.staff', icon: <UserTalkIcon />, least: 'administrator' },
      { to: paths.skillGroups, word: 'nav.skill_groups', icon: <UsergroupIcon />, least: 'administrator' },
      { to: paths.numbers, word: 'nav.numbers', icon: <CallIcon />, least: 'administrator' },
      { to: paths.flows, word: 'nav.flows', icon: <FlowchartIcon />, least: 'administrator' },
      { to: paths.sounds, word: 'nav.sounds', icon: <MusicIcon />, least: 'administrator' },
      { to: paths.trunks, word: 'nav.trunks', icon: <ServerIcon />, least: 'administrator' },
      { to: paths.phones, word: 'nav.phones', icon: <Call1Icon />, least: 'administrator' },
      { to: paths.application, word: 'nav.application', icon: <SettingIcon />, least: 'administrator' },
      { to: paths.apiKeys, word: 'nav.api_keys', icon: <KeyIcon />, least: 'administrator' },
    ],
  },
  {
    word: 'nav.platform',
    items: [{ to: paths.applications, word: 'nav.applications', icon: <ViewModuleIcon />, least: 'operator' }],
  },
]

export function navigationOf(role: Role): NavSection[] {
  return sections
    .map((section) => ({ ...section, items: section.items.filter((item) => mayAct(role, item.least)) }))
    .filter((section) => section.items.length > 0)
}
