/** Where there is no page, no right to it, or a fault of its own. */
import { Link, useRouteError } from 'react-router'
import { Button } from '../components/Button'
import { useWords, type WordKey } from '../i18n'

function Note({ title, lead, children }: { title: WordKey; lead: WordKey; children?: React.ReactNode }) {
  const { t } = useWords()
  return (
    <div className="empty empty--page" role="alert">
      <p className="empty__title">{t(title)}</p>
      <p className="empty__lead">{t(lead)}</p>
      {children}
      <Link to="/" className="link">
        {t('error.home')}
      </Link>
    </div>
  )
}

export function NotFoundPage() {
  return <Note title="error.not_found" lead="error.not_found_mend" />
}

export function ForbiddenPage() {
  return <Note title="error.forbidden" lead="error.forbidden_mend" />
}

export function BrokenPage() {
  const { t } = useWords()
  const error = useRouteError()
  return (
    <Note title="error.page" lead="error.page_mend">
      <code className="fault__code">{error instanceof Error ? error.message : String(error)}</code>
      <Button variant="outline" onClick={() => location.reload()}>
        {t('error.reload')}
      </Button>
    </Note>
  )
}
