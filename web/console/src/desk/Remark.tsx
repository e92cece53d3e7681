/** The agent's note on the call. What was typed is kept in this tab until it is saved. */
import { useState } from 'react'
import { agentCan } from '@callyard/desk-sdk'
import { Button } from '../components/Button'
import { TextArea } from '../components/Field'
import { FaultNote } from '../components/Fault'
import { say } from '../components/FaultToast'
import { useWords } from '../i18n'
import { desk, useAble, useCommand } from './desk'

/** The server's limit, in bytes of UTF-8. */
const LONGEST = 1024

/** Drafts by call, so that a remark begun while talking goes on in wrap-up. */
const drafts = new Map<string, { text: string; saved: string }>()

export function Remark({ call }: { call: string }) {
  const { t } = useWords()
  const able = useAble()
  const [draft, setDraft] = useState(() => drafts.get(call) ?? { text: '', saved: '' })
  const keep = (next: typeof draft) => {
    drafts.set(call, next)
    setDraft(next)
  }
  const save = useCommand(async (text: string) => {
    await desk.remark(text)
    keep({ text, saved: text })
    say(t('desk.remark_saved'))
  })
  const bytes = new TextEncoder().encode(draft.text).length
  const tooLong = bytes > LONGEST
  return (
    <div className="remark">
      <TextArea
        label={t('desk.remark')}
        placeholder={t('desk.remark_hint')}
        rows={3}
        value={draft.text}
        onValue={(text) => keep({ ...draft, text })}
        fault={tooLong ? `${bytes} / ${LONGEST}` : undefined}
      />
      <Button
        variant="outline"
        disabled={draft.text === draft.saved || tooLong || !agentCan.remark(able)}
        loading={save.isPending}
        onClick={() => save.mutate(draft.text)}
      >
        {t('desk.remark_save')}
      </Button>
      <FaultNote error={save.error} />
    </div>
  )
}
