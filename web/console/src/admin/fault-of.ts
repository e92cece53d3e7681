/** The server's word about one field, to stand beside it. */
import { ApiError } from '../api/client'

export function faultOf(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined
  // A fault inside a list (`sources[2]`) is shown at the list.
  return error.details.find((detail) => detail.field === field || detail.field.startsWith(`${field}[`))?.message
}
