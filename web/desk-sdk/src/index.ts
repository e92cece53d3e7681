/** Callyard's desk for any page: `new Desk().connect({ baseUrl, token })`. */
export { Desk, type ConnectOptions, type DeskEvents, type DeskOptions, type DeskView, type Language } from './desk'
export { agentCan, type AgentAction } from './rules'
export { DeskError, NotSignedIn, type LinkState } from './connection'
export type { Microphone } from './sound'
export type {
  AwayReason,
  CallDirection,
  DeskCall,
  DeskCommand,
  DeskKey,
  DeskSnapshot,
  Fault,
  Presence,
  PresenceState,
  SoundPath,
} from './protocol'
