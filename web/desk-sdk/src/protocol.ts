/**
 * The words that the desk WebSocket speaks: the server's snapshots and frames,
 * and the commands a page may send. Types only; what they mean for a page is in
 * `rules.ts`, how they travel in `connection.ts`.
 */

export type SoundPath = 'none' | 'connecting' | 'connected'

export type AwayReason = 'rest' | 'not_ready' | 'missed_offer'

/** What the agent is doing. All times are the server's wall clock in milliseconds. */
export type Presence =
  | { state: 'signed_out' }
  | { state: 'ready'; since_ms: number }
  | { state: 'offered'; offer: string; until_ms: number; ring_ms: number }
  | { state: 'dialling'; since_ms: number }
  | { state: 'talking'; since_ms: number; muted: boolean }
  | { state: 'wrap_up'; until_ms: number; wrap_up_ms: number }
  | { state: 'away'; reason: AwayReason; text: string | null; since_ms: number }

export type PresenceState = Presence['state']

export interface DeskKey {
  key: string
  label: string
}

/** Who called whom: somebody outside, we somebody outside, or one of us another. */
export type CallDirection = 'inbound' | 'outbound' | 'internal'

/** A side of a call: who calls us or is called, and who serves or makes the call. */
export type Side = 'customer' | 'seat'

export interface DeskCall {
  call: string
  direction: CallDirection
  /** In a call out, the number that is shown. */
  caller: string
  callee: string
  group: string
  started_ms: number
  waited_ms: number
  keys: DeskKey[]
  /** From whom nothing has been heard for too long. */
  unheard: Side[]
}

/** The agent's whole small world. Every snapshot replaces the one before. */
export interface DeskSnapshot {
  sequence: number
  server_ms: number
  agent: number
  presence: Presence
  sound: SoundPath
  call: DeskCall | null
  waiting: number
}

export type DeskCommand =
  | { do: 'offer_sound'; sdp: string }
  | { do: 'be_ready' }
  | { do: 'be_away'; rest: string | null }
  | { do: 'accept'; offer: string }
  | { do: 'decline'; offer: string }
  | { do: 'call'; to: string; from: string | null }
  | { do: 'hang_up'; call: string }
  | { do: 'mute'; muted: boolean }
  | { do: 'send_digits'; digits: string }
  | { do: 'remark'; text: string }
  | { do: 'sign_out' }

/** A refusal in words: what happened, and what to do about it. */
export interface Fault {
  code: string
  message: string
  mend: string
}

export type ServerFrame =
  | { kind: 'desk'; desk: DeskSnapshot }
  | { kind: 'sound_answer'; sdp: string }
  | { kind: 'done'; id: number }
  | { kind: 'refused'; id?: number; error: Fault }
  | { kind: 'pong' }
  | { kind: 'replaced' }

/** Parses a frame. A frame of a kind we do not know is `null`: a newer server may send it. */
export function parseFrame(text: string): ServerFrame | null {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof frame !== 'object' || frame === null || !('kind' in frame)) return null
  switch (frame.kind) {
    case 'desk':
    case 'sound_answer':
    case 'done':
    case 'refused':
    case 'pong':
    case 'replaced':
      return frame as ServerFrame
    default:
      return null
  }
}
