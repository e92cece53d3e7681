/**
 * The one desk of this page. It lives above the routes, so that a call goes on
 * while the agent looks at a record.
 */
import { useSyncExternalStore } from 'react'
import { useMutation } from '@tanstack/react-query'
import { Desk, type DeskCall, type DeskSnapshot, type DeskView } from '@callyard/desk-sdk'
import { phone } from '../format/phone'
import { meQuery, queryClient, whenPersonLeaves } from '../api/queries'
import { translate } from '../i18n'
import { preferences } from '../preferences'

export const desk = new Desk({
  notice: ({ call }) => ({
    title: translate(preferences.get().language, 'desk.offer.title'),
    body: call ? `${phone(call.caller)} · ${call.group}` : '',
  }),
})

// A record appears when its call is over, and again when its remark is written.
desk.on('snapshot', ({ presence }) => {
  if (presence.state === 'ready' || presence.state === 'away') return
  void queryClient.invalidateQueries({ queryKey: ['records'], refetchType: 'none' })
})
desk.on('ended', () => void queryClient.invalidateQueries({ queryKey: ['records'] }))

// The server ends a desk with its session; asking who is signed in finds out.
desk.on('link', (link) => {
  if (link.state === 'refused') void queryClient.invalidateQueries(meQuery)
})

/** The last call that was made here and reached nobody; forgotten with the next call. */
export const lastDial = (() => {
  let over: DeskCall | null = null
  const watchers = new Set<() => void>()
  const set = (next: DeskCall | null) => {
    over = next
    for (const watcher of watchers) watcher()
  }
  return {
    set,
    get: () => over,
    subscribe: (watcher: () => void) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
  }
})()

desk.on('dial_ended', (call) => {
  void queryClient.invalidateQueries({ queryKey: ['records'] })
  lastDial.set(call)
})
desk.on('dialling', () => lastDial.set(null))
desk.on('talking', () => lastDial.set(null))

const KEPT = 'callyard.desk-open'

/** Opens the desk, and again after a reload of this tab. */
export function openDesk(): void {
  sessionStorage.setItem(KEPT, 'yes')
  desk.connect({ language: () => preferences.get().language })
}

export function closeDesk(): void {
  sessionStorage.removeItem(KEPT)
  desk.disconnect()
}

export function deskWasOpen(): boolean {
  return sessionStorage.getItem(KEPT) !== null
}

/** Whether somebody went offline on purpose in this tab. */
export function deskWasClosed(): boolean {
  return sessionStorage.getItem(`${KEPT}.closed`) !== null
}

export function rememberClosed(closed: boolean): void {
  if (closed) sessionStorage.setItem(`${KEPT}.closed`, 'yes')
  else sessionStorage.removeItem(`${KEPT}.closed`)
}

// The next person in this tab finds no desk open, and none closed on purpose.
whenPersonLeaves(() => {
  closeDesk()
  rememberClosed(false)
  lastDial.set(null)
})

export function useDesk(): DeskView {
  return useSyncExternalStore(desk.subscribe, desk.getSnapshot)
}

/** What `agentCan` is asked about: nothing can be done while the link is down. */
export function useAble(): DeskSnapshot | null {
  const { link, desk: snapshot } = useDesk()
  return link.state === 'open' ? snapshot : null
}

/** A desk command with its waiting and its refusal. */
export function useCommand<Input = void>(run: (input: Input) => Promise<void>) {
  return useMutation<void, Error, Input>({ mutationFn: run })
}
