/** What a form can see by itself before it asks the server. Pure; the server has the last word. */

/** The lines of a text that say something. */
export function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** An IPv4 or IPv6 address, with or without a prefix length. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  if (rest.length > 0) return false
  const longest = isIpv4(address) ? 32 : isIpv6(address) ? 128 : -1
  if (longest < 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest)
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)
}

function isIpv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2 || !text.includes(':')) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const full = halves.length === 2 ? groups.length <= 7 : groups.length === 8
  return full && groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
}

/** An application's name can be said: digits and signs alone are none. */
export function isApplicationName(text: string): boolean {
  return /\p{L}/u.test(text)
}

export function isAccount(text: string): boolean {
  return /^[^\s@<>"'\\,]+@[^\s@<>"'\\,]+$/.test(text)
}

export function isExtension(text: string): boolean {
  return text === '' || /^[1-8]\d{3,5}$/.test(text)
}

/** The user name under which a carrier proves itself: anything but an extension. */
export function isAccountUser(text: string): boolean {
  return text.length <= 128 && /^[!#-;=?A-[\]-~]+$/.test(text) && !/^[1-8]\d{3,5}$/.test(text)
}

/** How numbers of a country begin: `0086`, `+44`, `001900`; `00` is the whole world. */
export function isBeginning(text: string): boolean {
  return /^(\+|00)\d{0,18}$/.test(text.replaceAll(/[ .()-]/g, ''))
}

export function isStaffPhone(text: string): boolean {
  return text === '' || /^00\d{6,18}$/.test(text)
}

export const PASSWORD_LEAST = 8

/** 8 to 128 characters with a letter, a digit and another sign; not the account. */
export function isPassword(password: string, account: string): boolean {
  const length = [...password].length
  return (
    length >= PASSWORD_LEAST &&
    length <= 128 &&
    /\p{L}/u.test(password) &&
    /\d/.test(password) &&
    /[^\p{L}\p{N}]/u.test(password) &&
    password.toLowerCase() !== account.toLowerCase()
  )
}

/** A whole number as typed, or `null` when it is none or out of bounds. */
export function whole(text: string, min: number, max: number): number | null {
  if (!/^\d+$/.test(text.trim())) return null
  const value = Number(text)
  return value >= min && value <= max ? value : null
}

/** A host without a port: a name, an IPv4 address, or an IPv6 address with or without brackets. */
export function isHost(text: string): boolean {
  if (isIpv4(text) || isIpv6(text.replace(/^\[(.*)\]$/, '$1'))) return true
  const name = text.replace(/\.$/, '')
  const labels = name.split('.')
  return text.length <= 253 && labels.every((label) => /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '')
}

interface RewriteRule {
  prefix: string
  replacement: string
}

/** `0086 → 0`, one to a line, as people read and write it. An empty side stands for nothing. */
export function rewriteText(rules: RewriteRule[]): string {
  return rules.map(({ prefix, replacement }) => `${prefix} → ${replacement}`).join('\n')
}

/** What `rewriteText` wrote, or a person with `->`, `=>` or `=`; `null` when a line makes no sense. */
export function rewriteLines(text: string): RewriteRule[] | null {
  const rules: RewriteRule[] = []
  for (const line of lines(text)) {
    const [prefix, replacement, ...rest] = line.split(/→|->|=>|=/).map((part) => part.trim())
    if (prefix === undefined || replacement === undefined || rest.length > 0) return null
    if (![prefix, replacement].every((part) => /^[\d+*#]{0,20}$/.test(part))) return null
    if (rules.some((rule) => rule.prefix === prefix)) return null
    rules.push({ prefix, replacement })
  }
  return rules
}
