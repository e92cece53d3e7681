/**
 * The shapes of the HTTP API, by the names that pages use. All of them come from
 * `openapi.ts`, which `npm run generate` writes from the server's description.
 */
import type { Presence } from '@callyard/desk-sdk'
import type { components } from './openapi'

type Schemas = components['schemas']

/**
 * What the server tells. Its description marks whatever may be null as optional,
 * so that clients may leave it out of what they send; the server itself never does.
 */
type Told<T> = T extends (infer One)[] ? Told<One>[] : T extends object ? { [Key in keyof T]-?: Told<Exclude<T[Key], undefined>> } : T

export type Role = Schemas['Role']
export type DeskRules = Told<Schemas['DeskRules']>
export type Me = Told<Schemas['Me']>
export type Application = Told<Schemas['Application']>
export type NewApplicationInput = Schemas['NewApplicationInput']
export type LicencesInput = Schemas['LicencesInput']

export type Staff = Told<Schemas['Staff']>
export type StaffInput = Schemas['StaffInput']
export type SkillGroup = Told<Schemas['SkillGroup']>
export type SkillGroupInput = Schemas['SkillGroupInput']
export type Phone = Told<Schemas['Phone']>
export type PhoneInput = Schemas['PhoneInput']
export type PhoneAccount = Told<Schemas['PhoneAccount']>
export type OwnNumber = Told<Schemas['OwnNumber']>
export type CallerId = Schemas['CallerId']
export type Protection = Schemas['Protection']
export type Rewrite = Schemas['Rewrite']
export type SipTransport = Schemas['SipTransport']
export type TrunkOutward = Told<Schemas['TrunkOutward']>
export type TrunkOutwardInput = Schemas['TrunkOutwardInput']
export type Trunk = Told<Schemas['Trunk']>
export type TrunkState = Told<Schemas['TrunkState']>
export type TrunkAddress = Told<Schemas['TrunkAddress']>
export type TrunkCondition = Schemas['TrunkCondition']
export type AskWhen = Schemas['AskWhen']
export type TrunkInput = Schemas['TrunkInput']
export type NumberRow = Told<Schemas['Number']>
export type NumberInput = Schemas['NumberInput']
export type Sound = Told<Schemas['Sound']>
export type ApiKey = Told<Schemas['ApiKey']>
export type NewApiKey = Told<Schemas['NewApiKey']>

export type Flow = Told<Schemas['Flow']>
export type FlowNode = Told<Schemas['FlowNode']>
export type Step = Told<Schemas['Step']>
export type BranchKey = Told<Schemas['BranchKey']>
export type FlowInput = Pick<Flow, 'name' | 'start' | 'nodes'>
export type PublishedFlow = Schemas['PublishedFlow']

/** One thing wrong with a form, at its place; `node` is left out for a field of the whole form. */
export type FaultDetail = Schemas['ErrorDetail']

/** The desk SDK knows a presence more closely: it names the reasons of being away. */
export type LiveAgent = Omit<Told<Schemas['LiveAgent']>, 'presence'> & { presence: Presence }
export type LiveCall = Told<Schemas['LiveCall']>
export type LiveLeg = Told<Schemas['LiveLeg']>
export type RecordLeg = Told<Schemas['RecordLeg']>
export type LiveQueue = Told<Schemas['LiveQueue']>
export type Floor = Omit<Told<Schemas['Floor']>, 'agents'> & { agents: LiveAgent[] }

export type EndStatus = Schemas['EndStatus']
export type RecordView = Told<Schemas['Record']>
export type RecordPage = Told<Schemas['RecordPage']>
export type RecordDetail = Told<Schemas['RecordDetail']>
export type JournalEntry = Told<Schemas['JournalEntry']>
export type CallEvent = Told<Schemas['CallEvent']>
export type Considered = Told<Schemas['Considered']>
export type Verdict = Schemas['Verdict']
export type Peaks = Told<Schemas['Peaks']>
