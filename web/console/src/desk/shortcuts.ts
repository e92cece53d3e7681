/**
 * Keys that work on every page while the desk is open. They are Alt with a
 * letter, so that they never take what somebody types.
 */
import { useEffect } from 'react'
import { agentCan, type AgentAction, type Desk } from '@callyard/desk-sdk'

export interface Shortcut {
  /** The physical key: on a Mac, Alt changes the letter. */
  code: string
  shown: string
  action: AgentAction
  run: (desk: Desk) => Promise<void>
}

export const shortcuts: Record<'answer' | 'decline' | 'hangUp' | 'mute' | 'ready', Shortcut> = {
  answer: { code: 'KeyA', shown: 'Alt+A', action: 'accept', run: (desk) => desk.accept() },
  decline: { code: 'KeyD', shown: 'Alt+D', action: 'decline', run: (desk) => desk.decline() },
  hangUp: { code: 'KeyH', shown: 'Alt+H', action: 'hangUp', run: (desk) => desk.hangUp() },
  mute: {
    code: 'KeyM',
    shown: 'Alt+M',
    action: 'mute',
    run: (desk) => {
      const presence = desk.getSnapshot().desk?.presence
      return desk.mute(presence?.state === 'talking' && !presence.muted)
    },
  },
  ready: { code: 'KeyR', shown: 'Alt+R', action: 'beReady', run: (desk) => desk.beReady() },
}

/** The shortcut that this key press means on this desk, if it may be used now. */
export function shortcutOf(press: Pick<KeyboardEvent, 'altKey' | 'ctrlKey' | 'metaKey' | 'repeat' | 'code'>, desk: Desk): Shortcut | null {
  if (!press.altKey || press.ctrlKey || press.metaKey || press.repeat) return null
  const found = Object.values(shortcuts).find(({ code }) => code === press.code)
  const { link, desk: snapshot } = desk.getSnapshot()
  return found && link.state === 'open' && agentCan[found.action](snapshot) ? found : null
}

export function useShortcuts(desk: Desk): void {
  useEffect(() => {
    const onKey = (press: KeyboardEvent) => {
      const shortcut = shortcutOf(press, desk)
      if (shortcut === null) return
      press.preventDefault()
      // A refusal shows in the next snapshot; a key has no place to show it.
      void shortcut.run(desk).catch(() => {})
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [desk])
}
