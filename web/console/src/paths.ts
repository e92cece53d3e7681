/** Every address of the console, in one place. */
import type { Role } from './api/types'

export const paths = {
  signIn: '/sign-in',
  desk: '/desk',
  floor: '/floor',
  records: '/records',
  record: (call: string) => `/records/${call}`,
  staff: '/admin/staff',
  skillGroups: '/admin/skill-groups',
  numbers: '/admin/numbers',
  flows: '/admin/flows',
  flow: (id: number | 'new') => `/admin/flows/${id}`,
  sounds: '/admin/sounds',
  trunks: '/admin/trunks',
  phones: '/admin/phones',
  application: '/admin/application',
  apiKeys: '/admin/api-keys',
  applications: '/platform/applications',
} as const

/** Roles of an application, in the order in which each includes those before it. */
const ladder: readonly Role[] = ['agent', 'supervisor', 'administrator']

/** Whether `role` may do what `least` may. The operator stands beside the ladder. */
export function mayAct(role: Role, least: Role): boolean {
  if (least === 'operator' || role === 'operator') return role === least
  return ladder.indexOf(role) >= ladder.indexOf(least)
}

export function homeOf(role: Role): string {
  switch (role) {
    case 'agent':
      return paths.desk
    case 'supervisor':
    case 'administrator':
      return paths.floor
    case 'operator':
      return paths.applications
  }
}
