/** Only with `--demo`: a virtual customer who dials in. */
import { useState } from 'react'
import { useMutation } from '@tanstack/react-query'
import { CallIncomingIcon } from 'tdesign-icons-react'
import { request } from '../api/client'
import { Button } from '../components/Button'
import { FaultNote } from '../components/Fault'
import { say } from '../components/FaultToast'
import { useWords } from '../i18n'
import { desk } from './desk'

type Skill = '1' | '2'

export function DemoCall() {
  const { t } = useWords()
  const [skill, setSkill] = useState<Skill>('1')
  const call = useMutation({
    mutationFn: () => request('POST', '/demo/call-me', { body: { skill } }),
    onMutate: () => desk.unlockRinging(),
    onSuccess: () => say(t('desk.demo.placed')),
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
              <input type="radio" name="demo-skill" checked={skill === key} onChange={() => setSkill(key)} />
              <span>{t(key === '1' ? 'desk.demo.sales' : 'desk.demo.service')}</span>
            </label>
          ))}
        </div>
        <Button theme="primary" variant="outline" loading={call.isPending} onClick={() => call.mutate()} icon={<CallIncomingIcon />}>
          {t('desk.demo.call')}
        </Button>
      </div>
      <FaultNote error={call.error} />
    </section>
  )
}
