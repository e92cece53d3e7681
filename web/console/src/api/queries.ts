/** What pages ask the server, as TanStack Query options: one place for keys and addresses. */
import { MutationCache, QueryCache, QueryClient, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { ApiError, request } from './client'
import type {
  ApiKey,
  Application,
  Floor,
  Flow,
  Me,
  NumberRow,
  OwnNumber,
  Peaks,
  Phone,
  RecordDetail,
  RecordPage,
  SkillGroup,
  Sound,
  Staff,
  Trunk,
  TrunkState,
} from './types'

/** What else of this page belongs to one person, and how it is put away. */
const belongings = new Set<() => void>()

export function whenPersonLeaves(putAway: () => void): void {
  belongings.add(putAway)
}

/** Leaves nothing of one person in the page for the next: neither what was read nor what is open. */
export function forgetPerson(): void {
  for (const putAway of belongings) putAway()
  // Who is signed in stays, so that the pages that look at it see the change.
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' })
  queryClient.getMutationCache().clear()
}

/** These refuse what was typed; the session behind the request is none or stands. */
const WRONG_PASSWORD = ['auth.wrong_credentials', 'auth.wrong_password']

/** A session that ended shows the front door, whatever was asked when it was noticed. */
function noticeEnd(error: Error): void {
  if (!(error instanceof ApiError) || error.status !== 401 || WRONG_PASSWORD.includes(error.code)) return
  queryClient.setQueryData(meQuery.queryKey, null)
  forgetPerson()
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeEnd }),
  mutationCache: new MutationCache({ onError: noticeEnd }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // Only a server that does not answer is worth asking again.
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
    },
  },
})

interface Items<T> {
  items: T[]
}

function list<T>(room: string) {
  return queryOptions({ queryKey: [room], queryFn: ({ signal }) => request<Items<T>>('GET', `/${room}`, { signal }).then((x) => x.items) })
}

interface Session {
  me: Me | null
  demo_file: string | null
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => {
    const { me } = await request<Session>('GET', '/session', { signal })
    // Nobody being signed in is an answer, not a failure.
    if (me === null) forgetPerson()
    return me
  },
  staleTime: 60_000,
})

/** Only in the demo: the server's file with the accounts and passwords. */
export const demoFileQuery = queryOptions({
  queryKey: ['demo-file'],
  queryFn: ({ signal }) => request<Session>('GET', '/session', { signal }).then((session) => session.demo_file),
  staleTime: Infinity,
})

export const staffQuery = list<Staff>('staff')
export const skillGroupsQuery = list<SkillGroup>('skill-groups')
export const trunksQuery = list<Trunk>('trunks')
/** What is known of carriers changes by itself. */
export const trunkStatesQuery = queryOptions({ ...list<TrunkState>('trunks/states'), refetchInterval: 5_000, staleTime: 0 })
export const numbersQuery = list<NumberRow>('numbers')
/** The numbers that the person who is signed in may show in calls out. */
export const ownNumbersQuery = list<OwnNumber>('me/numbers')
export const phonesQuery = list<Phone>('phones')
export const flowsQuery = list<Flow>('flows')
export const soundsQuery = list<Sound>('sounds')
export const apiKeysQuery = list<ApiKey>('api-keys')
export const applicationsQuery = list<Application>('applications')

export const applicationQuery = queryOptions({
  queryKey: ['application'],
  queryFn: ({ signal }) => request<Application>('GET', '/application', { signal }),
})

export const floorQuery = queryOptions({
  queryKey: ['floor'],
  queryFn: ({ signal }) => request<Floor>('GET', '/floor', { signal }),
  refetchInterval: 1_500,
  staleTime: 0,
})

export interface RecordFilter {
  from_ms?: number
  to_ms?: number
  phone?: string
  /** Who served the call, by staff id. */
  agent?: number
  /** Counts from 0. */
  page?: number
  page_size?: number
}

export function recordsQuery(filter: RecordFilter) {
  return queryOptions({
    queryKey: ['records', filter],
    queryFn: ({ signal }) => request<RecordPage>('GET', '/records', { query: { ...filter }, signal }),
  })
}

export function recordQuery(call: string) {
  return queryOptions({
    queryKey: ['record', call],
    queryFn: ({ signal }) => request<RecordDetail>('GET', `/records/${call}`, { signal }),
  })
}

export function peaksQuery(recording: string) {
  return queryOptions({
    queryKey: ['peaks', recording],
    queryFn: ({ signal }) => request<Peaks>('GET', `/recordings/${recording}/peaks`, { signal }),
    staleTime: Infinity,
  })
}

/** A change that refreshes what it touches. `run` does it; `touches` are the first words of query keys. */
export function useChange<Input, Output = unknown>(run: (input: Input) => Promise<Output>, ...touches: string[]) {
  const client = useQueryClient()
  return useMutation<Output, ApiError, Input>({
    mutationFn: run,
    onSuccess: () => Promise.all(touches.map((room) => client.invalidateQueries({ queryKey: [room] }))),
  })
}
