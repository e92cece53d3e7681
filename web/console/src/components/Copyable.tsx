/** A value with its name and a button that copies it. */
import { CopyIcon } from 'tdesign-icons-react'
import { useWords } from '../i18n'
import { Button } from './Button'
import { say } from './FaultToast'

export function Copyable({ name, value }: { name: string; value: string }) {
  const { t } = useWords()
  const copy = () => void navigator.clipboard?.writeText(value).then(() => say(t('common.copied')))
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <code>{value}</code>
        <Button shape="square" variant="text" aria-label={`${t('common.copy')} ${name}`} onClick={copy}>
          <CopyIcon />
        </Button>
      </dd>
    </div>
  )
}
