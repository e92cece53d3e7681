/** What a score means to those who talk. The bounds are ITU-T G.107's, annex B. */
export type Quality = 'good' | 'fair' | 'poor' | 'unheard'

/** `mos` in hundredths; 0 when nothing was heard. */
export function qualityOf(mos: number): Quality {
  if (mos === 0) return 'unheard'
  if (mos >= 400) return 'good'
  return mos >= 360 ? 'fair' : 'poor'
}

/** A score as people write it: 4.31. */
export const score = (mos: number): string => (mos / 100).toFixed(2)

/** A share of packets, as 0.8 %. */
export function lossOf(lost: number, received: number): string {
  const all = lost + received
  return percent(all === 0 ? 0 : (lost * 100) / all)
}

export function percent(value: number): string {
  if (value === 0) return '0 %'
  return value < 0.1 ? '< 0.1 %' : `${value.toFixed(1)} %`
}

/** Microseconds as milliseconds. */
export const millis = (us: number): string => (us >= 10_000 ? `${Math.round(us / 1000)} ms` : `${(us / 1000).toFixed(1)} ms`)
