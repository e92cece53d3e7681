/** Who is signed in. Pages below the shell may count on somebody being there. */
import { createContext, useContext } from 'react'
import { agentCan } from '@callyard/desk-sdk'
import { request } from '../api/client'
import { queryClient } from '../api/queries'
import type { Me } from '../api/types'
import { closeDesk, desk, rememberClosed } from '../desk/desk'

export const MeContext = createContext<Me | null>(null)

export function useMe(): Me {
  const me = useContext(MeContext)
  if (me === null) throw new Error('useMe is used outside the shell')
  return me
}

/** Ends the working time at the desk, then the session. */
export async function signOut(): Promise<void> {
  if (agentCan.signOut(desk.getSnapshot().desk)) await desk.signOut().catch(() => {})
  closeDesk()
  rememberClosed(false)
  await request('POST', '/sign-out')
  queryClient.clear()
}
