/** Addresses and their pages. Pages that an agent does not need at once are loaded when asked for. */
import type { ReactNode } from 'react'
import { createBrowserRouter, Navigate } from 'react-router'
import type { Role } from './api/types'
import { DeskPage } from './pages/DeskPage'
import { BrokenPage, ForbiddenPage, NotFoundPage } from './pages/FaultPage'
import { SignInPage } from './pages/SignInPage'
import { homeOf, mayAct, paths } from './paths'
import { Shell, Splash } from './shell/Shell'
import { useMe } from './shell/session'

function Home() {
  return <Navigate to={homeOf(useMe().role)} replace />
}

function Guard({ least, children }: { least: Role; children: ReactNode }) {
  return mayAct(useMe().role, least) ? children : <ForbiddenPage />
}

/** A page of its own chunk, for `least` and above. */
function page(path: string, least: Role, load: () => Promise<() => ReactNode>) {
  return {
    path,
    lazy: async () => {
      const Loaded = await load()
      return {
        Component: () => (
          <Guard least={least}>
            <Loaded />
          </Guard>
        ),
      }
    },
    errorElement: <BrokenPage />,
  }
}

export const router = createBrowserRouter([
  { path: paths.signIn, element: <SignInPage />, errorElement: <BrokenPage /> },
  {
    path: '/',
    element: <Shell />,
    hydrateFallbackElement: <Splash />,
    errorElement: <BrokenPage />,
    children: [
      { index: true, element: <Home /> },
      {
        path: paths.desk,
        element: (
          <Guard least="agent">
            <DeskPage />
          </Guard>
        ),
        errorElement: <BrokenPage />,
      },
      page(paths.floor, 'supervisor', () => import('./pages/FloorPage').then((m) => m.FloorPage)),
      page(`${paths.records}/:call?`, 'agent', () => import('./pages/RecordsPage').then((m) => m.RecordsPage)),
      page(paths.staff, 'administrator', () => import('./pages/StaffPage').then((m) => m.StaffPage)),
      page(paths.skillGroups, 'administrator', () => import('./pages/SkillGroupsPage').then((m) => m.SkillGroupsPage)),
      page(paths.numbers, 'administrator', () => import('./pages/NumbersPage').then((m) => m.NumbersPage)),
      page(paths.flows, 'administrator', () => import('./pages/FlowsPage').then((m) => m.FlowsPage)),
      page(`${paths.flows}/:id`, 'administrator', () => import('./pages/FlowPage').then((m) => m.FlowPage)),
      page(paths.sounds, 'administrator', () => import('./pages/SoundsPage').then((m) => m.SoundsPage)),
      page(paths.trunks, 'administrator', () => import('./pages/TrunksPage').then((m) => m.TrunksPage)),
      page(paths.phones, 'administrator', () => import('./pages/PhonesPage').then((m) => m.PhonesPage)),
      page(paths.application, 'administrator', () => import('./pages/ApplicationPage').then((m) => m.ApplicationPage)),
      page(paths.apiKeys, 'administrator', () => import('./pages/ApiKeysPage').then((m) => m.ApiKeysPage)),
      page(paths.applications, 'operator', () => import('./pages/ApplicationsPage').then((m) => m.ApplicationsPage)),
      { path: '*', element: <NotFoundPage /> },
    ],
  },
])
