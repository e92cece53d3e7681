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
  // Area codes keep their 0: two digits after it for the largest cities, three elsewhere.
  const area = /^0(10|2\d|[3-9]\d\d)/.exec(rest)?.[0]
  return area === undefined ? groups(rest) : `${area} ${groups(rest.slice(area.length))}`
}

/** Fours from the end: `12345678` → `1234 5678`. */
function groups(digits: string): string {
  return digits.replace(/\B(?=(\d{4})+$)/g, ' ')
}
