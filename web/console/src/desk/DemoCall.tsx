/** Only with `--demo`: a virtual customer who dials in. */
import { useState } from 'react'
import { useMutation } from '@tanstack/react-query'
import { CallIncomingIcon } from 'tdesign-icons-react'
import { request } from '../api/client'
import { Button } from '../components/Button'
import { FaultNote } from '../components/Fault'
import { useNow } from '../components/Timer'
import { useWords } from '../i18n'
import { desk, useDesk } from './desk'

type Skill = '1' | '2'

/** The customer hears the menu for about 15 s. Who has not come by then stands in the queue or is elsewhere. */
const COMING_MS = 35_000

/** From the press of the button until the call is here, or will not come. */
function useComing() {
  const { desk: snapshot } = useDesk()
  const now = useNow()
  const [since, setSince] = useState<number | null>(null)
  const state = snapshot?.presence.state
  const here = state === 'offered' || state === 'talking'
  // Once it came it is no longer expected, however soon it is over.
  if (here && since !== null) setSince(null)
  const coming = since !== null && now - since < COMING_MS
  return { here, coming, lost: since !== null && !coming, expect: (expected: boolean) => setSince(expected ? Date.now() : null) }
}

export function DemoCall() {
  const { t } = useWords()
  const [skill, setSkill] = useState<Skill>('1')
  const { here, coming, lost, expect } = useComing()
  const call = useMutation({
    mutationFn: () => request('POST', '/demo/call-me', { body: { skill } }),
    onMutate: () => {
      desk.unlockRinging()
      expect(true)
    },
    onError: () => expect(false),
  })
  return (
    <section className="demo" aria-label={t('desk.demo.title')}>
      <div>
        <h2>{t('desk.demo.title')}</h2>
        <p>{t('desk.demo.lead')}</p>
      </div>
      <div className="demo__row">
        <div className="segments" role="radiogroup" aria-label={t('desk.keys')}>
          {(['1', '2'] as const).map((key) => (
            <label key={key} className="segments__item">
              <input type="radio" name="demo-skill" checked={skill === key} disabled={coming} onChange={() => setSkill(key)} />
              <span>{t(key === '1' ? 'desk.demo.sales' : 'desk.demo.service')}</span>
            </label>
          ))}
        </div>
        <Button theme="primary" variant="outline" loading={coming} disabled={here || coming} onClick={() => call.mutate()} icon={<CallIncomingIcon />}>
          {t('desk.demo.call')}
        </Button>
      </div>
      {(coming || lost) && <p role="status">{t(coming ? 'desk.demo.coming' : 'desk.demo.lost')}</p>}
      <FaultNote error={call.error} />
    </section>
  )
}
