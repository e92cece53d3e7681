/**
 * One way to the server: JSON in, JSON out, and every failure as an `ApiError`
 * that carries the server's code, words and mend.
 */
import { preferences } from '../preferences'
import type { FaultDetail } from './types'

export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly mend: string
  readonly details: FaultDetail[]
  constructor(status: number, fault: { code: string; message: string; mend?: string; details?: FaultDetail[] }) {
    super(fault.message)
    this.name = 'ApiError'
    this.status = status
    this.code = fault.code
    this.mend = fault.mend ?? ''
    this.details = fault.details ?? []
  }
}

export const API = '/api/v1'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
type Query = Record<string, string | number | null | undefined>

export function address(path: string, query: Query = {}): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')
  const text = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString()
  return `${API}${path}${text === '' ? '' : `?${text}`}`
}

export async function request<T>(method: Method, path: string, options: { query?: Query; body?: unknown; signal?: AbortSignal } = {}): Promise<T> {
  const { query, body, signal } = options
  const raw = body instanceof Blob
  const headers: Record<string, string> = { accept: 'application/json', 'accept-language': preferences.get().language }
  // The server takes this header as proof that the request comes from our own pages.
  if (method !== 'GET') headers['x-callyard'] = '1'
  if (body !== undefined) headers['content-type'] = raw ? 'audio/wav' : 'application/json'
  let response: Response
  try {
    response = await fetch(address(path, query), {
      method,
      headers,
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, { code: 'link.unreachable', message: '' })
  }
  const text = await response.text()
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T
  throw faultOf(response.status, text)
}

export function faultOf(status: number, text: string): ApiError {
  try {
    const body = JSON.parse(text) as { error?: { code: string; message: string; mend?: string; details?: FaultDetail[] } }
    if (body.error?.code) return new ApiError(status, body.error)
  } catch {
    // Not ours: a proxy's page. Its status is all that can be said.
  }
  return new ApiError(status, { code: `http.${status}`, message: '' })
}
