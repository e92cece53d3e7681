import { expect, it } from 'vitest'
import { recordingName } from './recording-name'

it('sorts by time and tells the call', () => {
  const record = { call: '0f8c', started_ms: new Date(2026, 0, 5, 9, 3, 7).getTime() }
  expect(recordingName(record, 0)).toBe('2026-01-05_09-03-07_0f8c.wav')
  expect(recordingName(record, 1)).toBe('2026-01-05_09-03-07_0f8c_2.wav')
})
