/** Digits to the customer's side. */
import { useState } from 'react'
import { FaultNote } from '../components/Fault'
import { useWords } from '../i18n'
import { desk, useCommand } from './desk'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

export function Keypad() {
  const { t } = useWords()
  const [sent, setSent] = useState('')
  const send = useCommand((digit: string) => desk.sendDigits(digit))
  const press = (digit: string) => {
    setSent((before) => (before + digit).slice(-24))
    send.mutate(digit)
  }
  return (
    <div className="keypad" role="group" aria-label={t('desk.keypad')}>
      <output className="keypad__sent tabular">{sent || ' '}</output>
      <div className="keypad__keys">
        {KEYS.map((key) => (
          <button key={key} type="button" className="keypad__key" aria-label={t('desk.keypad.key', { key })} onClick={() => press(key)}>
            {key}
          </button>
        ))}
      </div>
      <FaultNote error={send.error} />
    </div>
  )
}

export function KeypadIcon() {
  return (
    <svg width="1em" height="1em" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true" className="t-icon">
      {[5, 12, 19].flatMap((x) => [4, 10, 16].map((y) => <circle key={`${x}-${y}`} cx={x} cy={y} r="1.8" />))}
      <circle cx="12" cy="22" r="1.8" />
    </svg>
  )
}
