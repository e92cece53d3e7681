/** Whether two networks have an address in common. Pure; both must have passed `isNetwork`. */

export function overlap(one: string, other: string): boolean {
  const [a, b] = [networkOf(one), networkOf(other)]
  if (a.bits.length !== b.bits.length) return false
  const shorter = Math.min(a.prefix, b.prefix)
  return a.bits.slice(0, shorter) === b.bits.slice(0, shorter)
}

interface Network {
  /** The address, a sign for each bit: 32 or 128. */
  bits: string
  prefix: number
}

function networkOf(text: string): Network {
  const [address = '', prefix] = text.split('/')
  const bits = address.includes(':') ? ipv6Bits(address) : address.split('.').map((part) => binary(Number(part), 8)).join('')
  return { bits, prefix: prefix === undefined ? bits.length : Number(prefix) }
}

function ipv6Bits(address: string): string {
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].map((group) => binary(Number.parseInt(group, 16), 16)).join('')
}

function binary(value: number, width: number): string {
  return value.toString(2).padStart(width, '0')
}
