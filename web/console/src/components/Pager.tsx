/** Back and on through the pages of a list. */
import { ChevronLeftIcon, ChevronRightIcon } from 'tdesign-icons-react'
import { useWords } from '../i18n'
import { Button } from './Button'

interface PagerProps {
  /** Counts from 1. */
  page: number
  pages: number
  total: number
  onPage: (page: number) => void
}

export function Pager({ page, pages, total, onPage }: PagerProps) {
  const { t } = useWords()
  if (total === 0) return null
  return (
    <nav className="pager" aria-label={t('pager.pages')}>
      <span className="muted">{t('records.total', { n: total })}</span>
      {pages > 1 && (
        <>
          <span className="pager__at tabular">{t('pager.at', { page, pages })}</span>
          <Button shape="square" variant="outline" aria-label={t('pager.back')} disabled={page <= 1} onClick={() => onPage(page - 1)}>
            <ChevronLeftIcon />
          </Button>
          <Button shape="square" variant="outline" aria-label={t('pager.on')} disabled={page >= pages} onClick={() => onPage(page + 1)}>
            <ChevronRightIcon />
          </Button>
        </>
      )}
    </nav>
  )
}
