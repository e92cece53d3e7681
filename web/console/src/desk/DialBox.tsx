/** Where an agent calls out: a number to type, paste or press, and which of ours is shown. */
import { useState, useSyncExternalStore, type FormEvent } from 'react'
import { useQuery } from '@tanstack/react-query'
import { CallIcon } from 'tdesign-icons-react'
import { agentCan, type DeskCall } from '@callyard/desk-sdk'
import { ownNumbersQuery, recordQuery } from '../api/queries'
import { Button } from '../components/Button'
import { FaultNote } from '../components/Fault'
import { SelectField, TextField } from '../components/Field'
import { Panel } from '../components/Page'
import { ResultTag } from '../components/ResultTag'
import { phone } from '../format/phone'
import { useWords } from '../i18n'
import { desk, lastDial, useAble, useCommand } from './desk'
import { KeypadIcon } from './Keypad'

/** What a number may be made of; the server says the rest. */
const PLAUSIBLE = /^\+?[\d\s().-]{3,40}$/

const DIAL_KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '0']

export function DialBox() {
  const { t } = useWords()
  const able = useAble()
  const [to, setTo] = useState('')
  const [asked, setAsked] = useState(false)
  const [keypad, setKeypad] = useState(false)
  const numbers = useQuery(ownNumbersQuery).data ?? []
  const [from, setFrom] = useState('')
  const call = useCommand((number: string) => desk.call(number, from === '' ? null : from))
  const fault = !asked || PLAUSIBLE.test(to.trim()) ? undefined : t('desk.dial.bad')
  const change = (text: string) => {
    setTo(text)
    setAsked(false)
    call.reset()
  }
  const dial = (e: FormEvent) => {
    e.preventDefault()
    setAsked(true)
    if (!PLAUSIBLE.test(to.trim()) || call.isPending) return
    desk.unlockRinging()
    call.mutate(to.trim())
  }
  return (
    <Panel title={t('desk.dial.title')}>
      <form className="dial" onSubmit={dial} noValidate aria-label={t('desk.dial.title')}>
        <div className="dial__row">
          <TextField
            label={t('desk.dial.to')}
            hint={numbers.length === 0 ? t('desk.dial.only_extensions') : t('desk.dial.to_hint')}
            fault={fault}
            value={to}
            onValue={change}
            inputMode="tel"
            autoComplete="off"
            maxLength={40}
            end={
              <button type="button" className="control__end" aria-label={t('desk.keypad')} aria-expanded={keypad} onClick={() => setKeypad(!keypad)}>
                <KeypadIcon />
              </button>
            }
          />
          {numbers.length > 1 && (
            <SelectField
              label={t('desk.shown')}
              value={from === '' ? (numbers[0]?.number ?? '') : from}
              onValue={setFrom}
              options={numbers.map(({ number }) => ({ value: number, label: phone(number) }))}
            />
          )}
          <Button size="large" theme="success" type="submit" className="dial__call" disabled={!agentCan.call(able)} loading={call.isPending} icon={<CallIcon />}>
            {t('desk.dial.call')}
          </Button>
        </div>
        {keypad && (
          <div className="keypad" role="group" aria-label={t('desk.keypad')}>
            <div className="keypad__keys">
              {DIAL_KEYS.map((key) => (
                <button key={key} type="button" className="keypad__key" aria-label={t('desk.dial.key', { key })} onClick={() => change(to + key)}>
                  {key}
                </button>
              ))}
              <button type="button" className="keypad__key" aria-label={t('desk.dial.back')} onClick={() => change(to.slice(0, -1))}>
                ⌫
              </button>
            </div>
          </div>
        )}
        <FaultNote error={call.error} />
        <LastDial />
      </form>
    </Panel>
  )
}

const GIVEN_UP: readonly string[] = ['callerCancel', 'callerCancelWhileRing']

/** Why the last call that was made here reached nobody. */
function LastDial() {
  const over = useSyncExternalStore(lastDial.subscribe, lastDial.get)
  return over === null ? null : <NotReached key={over.call} over={over} />
}

function NotReached({ over }: { over: DeskCall }) {
  const { t } = useWords()
  // The record is written when the call is over; it may take a moment to arrive.
  const record = useQuery({ ...recordQuery(over.call), retry: 4, retryDelay: 500 })
  const status = record.data?.end_status ?? null
  // Who gave up knows why.
  if (status === null ? record.isLoading : GIVEN_UP.includes(status)) return null
  return (
    <p className="notice" role="status">
      {t('desk.dial.not_reached', { callee: phone(over.callee) })} {status !== null && <ResultTag status={status} />}
    </p>
  )
}
