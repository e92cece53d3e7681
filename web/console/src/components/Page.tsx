/** The frame of a page: title, lead, actions; and what stands where there is nothing. */
import { useEffect, type ReactNode } from 'react'

interface PageProps {
  title: string
  lead?: string
  actions?: ReactNode
  children: ReactNode
}

export function Page({ title, lead, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Callyard`
  }, [title])
  return (
    <div className="page">
      <header className="page__head">
        <div>
          <h1>{title}</h1>
          {lead && <p>{lead}</p>}
        </div>
        {actions && <div className="page__actions">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

export function Panel({ title, end, children, flush }: { title?: string; end?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className={flush ? 'panel panel--flush' : 'panel'} aria-label={title}>
      {title && (
        <header className="panel__head">
          <h2>{title}</h2>
          {end}
        </header>
      )}
      {children}
    </section>
  )
}

export function Empty({ title, lead, action }: { title: string; lead: string; action?: ReactNode }) {
  return (
    <div className="empty">
      <svg width="72" height="44" viewBox="0 0 72 44" aria-hidden="true" className="empty__art">
        <path d="M4 40h64" />
        <path d="M12 40V22a8 8 0 0 1 8-8h32a8 8 0 0 1 8 8v18" />
        <path d="M30 40V30a6 6 0 0 1 12 0v10" />
        <circle cx="36" cy="6" r="2.5" />
      </svg>
      <p className="empty__title">{title}</p>
      <p className="empty__lead">{lead}</p>
      {action}
    </div>
  )
}
