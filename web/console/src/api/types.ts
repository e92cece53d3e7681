/**
 * The shapes of the HTTP API. Written by hand until `npm run generate` can read
 * the server's openapi.json; this file is the only one that knows, so it is
 * replaced by re-exports of the generated names.
 */
import type { Presence, SoundPath } from '@callyard/desk-sdk'

export type Role = 'agent' | 'supervisor' | 'administrator' | 'operator'

export interface DeskRules {
  ring_timeout_s: number
  wrap_up_s: number
  after_sign_in: 'ready' | 'not_ready'
  rest_reasons: string[]
}

export interface Me {
  /** `null` for an operator who named none. */
  sdk_app_id: number | null
  application_name: string
  user_id: string
  /** For an operator the operator's own id, account and name. */
  staff: MeStaff
  role: Role
  demo: boolean
  desk_rules: DeskRules | null
  version: string
}

export interface MeStaff {
  id: number
  user_id: string
  name: string
  nick: string
  staff_number: string
  role: Role
  extension: string | null
}

export interface Application {
  /** The cloud API's SdkAppId. */
  id: number
  name: string
  desk_rules: DeskRules
}

export interface Staff {
  id: number
  user_id: string
  name: string
  nick: string
  staff_number: string
  phone: string
  role: Role
  extension: string | null
  mobile_call_out: boolean
  mobile_accept: number
  forwarding: unknown
  /** Skill group id → priority there: 1 first … 5 last. */
  groups: Record<string, number>
  modified_at: number
}

/** A person to create or to replace; the password only when created. */
export type StaffInput = Omit<Staff, 'id' | 'modified_at'> & { password?: string }

export interface SkillGroup {
  id: number
  name: string
  kind: number
  max_concurrency: number
  alias: string
  last_agent_first: boolean
  ring_all: boolean
  members: number
  modified_at: number
}

export type SkillGroupInput = Omit<SkillGroup, 'id' | 'members' | 'modified_at'>

export interface Trunk {
  id: number
  name: string
  sources: string[]
  max_calls: number | null
  enabled: boolean
  modified_at: number
}

export type TrunkInput = Omit<Trunk, 'id' | 'modified_at'>

export interface NumberRow {
  number: string
  trunk: number
  flow: number | null
  state: number
  call_out_groups: number[]
  modified_at: number
}

export type NumberInput = Omit<NumberRow, 'modified_at'>

export interface Sound {
  id: number
  name: string
  duration_ms: number
}

export interface BranchKey {
  key: string
  label: string
  next: string
}

export type Step =
  | { kind: 'prompt'; sound: number; times: number; interruptible: boolean; next: string }
  | {
      kind: 'branch'
      prompt: number
      timeout_s: number
      timeout_prompt: number | null
      invalid_prompt: number | null
      max_errors: number
      keys: BranchKey[]
    }
  | {
      kind: 'to_agent'
      group: number
      prompt: number | null
      music: number | null
      max_wait_s: number
      timeout_prompt: number | null
      nobody_prompt: number | null
      failure: string | null
    }
  | { kind: 'end'; prompt: number | null }

export type FlowNode = { label: string } & Step

export interface Flow {
  id: number
  name: string
  version: number
  start: string
  nodes: Record<string, FlowNode>
  modified_at: number
}

export type FlowInput = Pick<Flow, 'name' | 'start' | 'nodes'>

export interface PublishedFlow {
  id: number
  version: number
  warnings: FaultDetail[]
}

/** One thing wrong with a form, at its place. */
export interface FaultDetail {
  /** The flow's node; left out for a field of the whole form. */
  node?: string
  field: string
  severity: 'error' | 'warning'
  code: string
  message: string
}

export interface ApiKey {
  secret_id: string
  note: string
  enabled: boolean
  created_at: number
}

export interface NewApiKey {
  secret_id: string
  secret_key: string
  note: string
}

export interface LiveCall {
  call: string
  caller: string
  callee: string
  stage: 'arriving' | 'ivr' | 'queued' | 'ringing' | 'talking'
  agent: number | null
  group: number | null
  started_ms: number
  stage_since_ms: number
}

export interface LiveAgent {
  agent: number
  user_id: string
  name: string
  presence: Presence
  reachable: boolean
  sound: SoundPath
}

export interface LiveQueue {
  group: number
  name: string
  waiting: number
  longest_wait_ms: number
  ready: number
  signed_in: number
}

export interface Floor {
  app: number
  server_ms: number
  calls: LiveCall[]
  agents: LiveAgent[]
  queues: LiveQueue[]
}

export type EndStatus =
  | 'error'
  | 'ok'
  | 'seatGiveUp'
  | 'ivrGiveUp'
  | 'waitingGiveUp'
  | 'ringingGiveUp'
  | 'noSeatOnline'
  | 'ivrEnd'

export type HungUpSide = 'seat' | 'user' | 'system'

export interface KeyPress {
  key: string
  label: string
  node_label: string
  at_ms: number
}

export interface AgentName {
  id: number
  user_id: string
  /** Empty for someone who was deleted. */
  name: string
}

export interface GroupName {
  id: number
  name: string
}

export interface Participant {
  agent: number
  user_id: string
  /** Empty for someone who was deleted. */
  name: string
  group: number
  group_name: string
  ring_ms: number
  accepted_ms: number | null
  ended_ms: number | null
  end_status: EndStatus | null
  recording: string | null
}

export interface RecordView {
  call: string
  caller: string
  callee: string
  direction: 'in'
  started_ms: number
  answered_ms: number | null
  queued_ms: number | null
  ring_ms: number | null
  accepted_ms: number | null
  ended_ms: number | null
  /** 0 if nobody talked. */
  talk_ms: number
  /** 0 if the caller never waited. */
  wait_ms: number
  keys: KeyPress[]
  skill_group: GroupName | null
  agent: AgentName | null
  participants: Participant[]
  end_status: EndStatus | null
  end_status_code: number | null
  hung_up_by: HungUpSide | null
  cause: string | null
  recordings: string[]
  remark: string | null
}

export type Verdict =
  | 'chosen'
  | 'idle_for_less'
  | 'offered'
  | 'talking'
  | 'wrap_up'
  | 'away'
  | 'signed_out'
  | 'unreachable'
  | 'passed_before'

export interface Considered {
  agent: number
  verdict: Verdict
}

export type CallEvent =
  | { event: 'arrived'; trunk: number; caller: string; callee: string; sip_call_id: string; user_to_user: string | null }
  | { event: 'answered' }
  | { event: 'flow_started'; flow: number; version: number }
  | { event: 'node_entered'; node: string; label: string }
  | { event: 'key_pressed'; key: string; label: string; node_label: string }
  | { event: 'queued'; group: number; group_name: string }
  | { event: 'left_queue'; why: 'nobody_signed_in' | 'waited_too_long' | 'full' }
  | { event: 'offered'; offer: string; agent: number; user_id: string; group: number; trace: Considered[] }
  | { event: 'offer_ended'; offer: string; why: 'rang_out' | 'declined' | 'unreachable' | 'caller_left' | 'withdrawn' }
  | { event: 'accepted'; offer: string; agent: number }
  | { event: 'recording_started'; recording: string; agent: number }
  | { event: 'recording_stopped'; recording: string }
  | { event: 'remarked'; text: string }
  | { event: 'ended'; by: HungUpSide; status: EndStatus; cause: string | null }

export interface JournalEntry {
  sequence: number
  at_ms: number
  event: CallEvent
}

export type RecordDetail = RecordView & { journal: JournalEntry[] }

export interface Peaks {
  samples_per_peak: number
  left: number[]
  right: number[]
}
