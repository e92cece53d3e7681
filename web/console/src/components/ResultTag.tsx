/** How a call ended, in a word and a colour. */
import { Tag } from 'tdesign-react'
import type { EndStatus } from '../api/types'
import { useWords } from '../i18n'

const themes: Record<EndStatus, 'success' | 'warning' | 'danger' | 'default'> = {
  ok: 'success',
  error: 'danger',
  seatGiveUp: 'warning',
  ivrGiveUp: 'default',
  waitingGiveUp: 'warning',
  ringingGiveUp: 'warning',
  noSeatOnline: 'danger',
  ivrEnd: 'default',
}

export function ResultTag({ status }: { status: EndStatus | null }) {
  const { t } = useWords()
  if (status === null) return <Tag theme="primary" variant="light">{t('records.status.live')}</Tag>
  return (
    <Tag theme={themes[status]} variant="light">
      {t(`records.status.${status}`)}
    </Tag>
  )
}
