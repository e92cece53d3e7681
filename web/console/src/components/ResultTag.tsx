/** How a call ended, in a word and a colour. */
import { Tag } from 'tdesign-react'
import type { EndStatus } from '../api/types'
import { useWords } from '../i18n'

const themes = {
  ok: 'success',
  error: 'danger',
  seatGiveUp: 'warning',
  ivrGiveUp: 'default',
  waitingGiveUp: 'warning',
  ringingGiveUp: 'warning',
  noSeatOnline: 'danger',
  ivrEnd: 'default',
  notAnswer: 'warning',
  userReject: 'warning',
  powerOff: 'warning',
  numberNotExist: 'warning',
  busy: 'warning',
  outOfCredit: 'danger',
  operatorError: 'danger',
  callerCancel: 'default',
  notInService: 'warning',
  clientError: 'danger',
  carrierBlocked: 'danger',
  numberInvalid: 'warning',
  callRestricted: 'danger',
  callerCancelWhileRing: 'default',
} as const

export function ResultTag({ status }: { status: EndStatus | null }) {
  const { t } = useWords()
  if (status === null) return <Tag theme="primary" variant="light">{t('records.status.live')}</Tag>
  return (
    <Tag theme={themes[status]} variant="light">
      {t(`records.status.${status}`)}
    </Tag>
  )
}
