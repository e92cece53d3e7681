/** The mark: a yard with a way in, two rings that meet one line. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="mark">
      <rect width="32" height="32" rx="8" className="mark__ground" />
      <g fill="none" stroke="currentColor" strokeLinecap="round">
        <path strokeWidth="3" d="M22.5 10.4a9 9 0 1 0 0 11.2" />
        <path strokeWidth="2.4" d="M19 13.6a4.2 4.2 0 1 0 0 4.8" opacity=".65" />
      </g>
      <circle cx="23.4" cy="16" r="2.1" className="mark__line" />
    </svg>
  )
}

export function Wordmark({ size = 28 }: { size?: number }) {
  return (
    <span className="wordmark" role="img" aria-label="Callyard">
      <Mark size={size} />
      <span className="wordmark__text" aria-hidden="true" style={{ fontSize: size * 0.64 }}>
        Callyard
      </span>
    </span>
  )
}
