/** Who is at the other end, from where the agent sits. */
import type { DeskCall, Presence } from '@callyard/desk-sdk'
import { phone } from '../format/phone'

export function partyOf({ direction, caller, callee }: DeskCall, presence: Presence): string {
  switch (direction) {
    case 'inbound':
      return phone(caller)
    case 'outbound':
      return phone(callee)
    case 'internal':
      // While it rings it is plain who calls; later the desk does not say which end is ours.
      if (presence.state === 'offered') return phone(caller)
      return presence.state === 'dialling' ? phone(callee) : `${phone(caller)} → ${phone(callee)}`
  }
}
