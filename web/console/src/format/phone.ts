/**
 * Phone numbers as people read them. Settings keep `0086…`; a page shows
 * `+86 138 1234 5678`. What is no number is shown as it came.
 */
export function phone(number: string): string {
  if (!/^\d+$/.test(number)) return number
  if (number.startsWith('0086')) return `+86 ${china(number.slice(4))}`
  if (number.startsWith('00')) return `+${number.slice(2, 4)} ${groups(number.slice(4))}`
  return number.length > 7 ? groups(number) : number
}

function china(rest: string): string {
  // A mobile number: 3-4-4.
  if (/^1\d{10}$/.test(rest)) return `${rest.slice(0, 3)} ${rest.slice(3, 7)} ${rest.slice(7)}`
  // Settings keep the 0 of an area code, people drop it after +86. The code has
  // two digits for the largest cities, three elsewhere.
  const area = /^0(10|2\d|[3-9]\d\d)/.exec(rest)?.[1]
  return area === undefined ? groups(rest) : `${area} ${groups(rest.slice(area.length + 1))}`
}

/** Fours from the end: `12345678` → `1234 5678`. */
function groups(digits: string): string {
  return digits.replace(/\B(?=(\d{4})+$)/g, ' ')
}

/** What somebody types, as records keep it: `+86 138…`, `138…` and `0086138…` are one number. */
export function canonical(typed: string): string {
  const text = typed.replace(/[\s().-]/g, '')
  if (/^\+\d+$/.test(text)) return `00${text.slice(1)}`
  if (/^1[3-9]\d{9}$/.test(text)) return `0086${text}`
  if (/^0[1-9]\d{8,10}$/.test(text)) return `0086${text}`
  return text
}
