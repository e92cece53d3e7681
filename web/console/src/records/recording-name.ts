/** What a downloaded recording is called: `2026-11-22_19-05-09_<call>.wav`. Pure; no phone number leaves with it. */

export function recordingName({ call, started_ms }: { call: string; started_ms: number }, place: number): string {
  const at = new Date(started_ms)
  const two = (value: number) => String(value).padStart(2, '0')
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join('-')
  // A call with several agents has a recording for each.
  return `${date}_${time}_${call}${place === 0 ? '' : `_${place + 1}`}.wav`
}
