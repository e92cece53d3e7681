/** A failure in words: what happened, what to do, and the code to ask about. */
import { ErrorCircleIcon } from 'tdesign-icons-react'
import { DeskError } from '@callyard/desk-sdk'
import { ApiError } from '../api/client'
import { useWords, type Say } from '../i18n'
import { faultWords } from '../i18n/fault-words'
import { Button } from './Button'

export interface Words {
  code: string
  message: string
  mend: string
}

/** The server speaks our language already; faults of the page itself are put into words here. */
export function wordsOf(error: unknown, t: Say, language: 'zh' | 'en'): Words {
  if (error instanceof ApiError || error instanceof DeskError) {
    const { code, message, mend } = error
    const own = faultWords[code]
    if (own) return { code, ...own[language] }
    if (message !== '') return { code, message, mend }
    if (code === 'link.unreachable') return { code, message: t('error.unreachable'), mend: t('error.unreachable_mend') }
    return { code, message: t('error.http', { code }), mend: t('error.http_mend') }
  }
  return { code: 'page.fault', message: error instanceof Error ? error.message : String(error), mend: t('error.page_mend') }
}

/** A line above a form, or below a button. */
export function FaultNote({ error }: { error: unknown }) {
  const { t, language } = useWords()
  if (error === null || error === undefined) return null
  const { code, message, mend } = wordsOf(error, t, language)
  return (
    <div className="fault" role="alert">
      <ErrorCircleIcon className="fault__icon" />
      <div>
        <p className="fault__message">{message}</p>
        {mend !== '' && <p className="fault__mend">{mend}</p>}
        <code className="fault__code">{code}</code>
      </div>
    </div>
  )
}

/** In place of a list or a page that could not be loaded. */
export function FaultPanel({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t, language } = useWords()
  const { code, message, mend } = wordsOf(error, t, language)
  return (
    <div className="empty" role="alert">
      <p className="empty__title">{t('error.load')}</p>
      <p className="empty__lead">
        {message} {mend}
      </p>
      <code className="fault__code">{code}</code>
      {retry && (
        <Button variant="outline" onClick={retry}>
          {t('common.retry')}
        </Button>
      )}
    </div>
  )
}
