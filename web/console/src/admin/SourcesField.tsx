/** A trunk's source networks: every bad line is told at once, and whom they overlap with. */
import { useQuery } from '@tanstack/react-query'
import { trunksQuery } from '../api/queries'
import { TextArea } from '../components/Field'
import { useWords } from '../i18n'
import { isNetwork, lines } from './checks'
import { overlap } from './networks'

interface Props {
  /** The trunk in the form; `null` for a new one. */
  trunk: { id: number | null; enabled: boolean }
  value: string
  onValue: (value: string) => void
  fault: string | undefined
}

export function SourcesField({ trunk, value, onValue, fault }: Props) {
  const { t, language } = useWords()
  const all = useQuery(trunksQuery).data ?? []
  const sources = lines(value)
  const bad = sources.filter((line) => !isNetwork(line))
  const told = fault !== undefined && bad.length > 0 ? t('trunks.sources_bad', { line: bad.join(language === 'zh' ? '、' : ', ') }) : fault
  const fine = sources.filter(isNetwork)
  const other = all.find((one) => one.id !== trunk.id && one.enabled && one.sources.some((theirs) => fine.some((ours) => overlap(ours, theirs))))
  return (
    <>
      <TextArea label={t('trunks.sources')} hint={t('trunks.sources_hint')} value={value} onValue={onValue} fault={told} spellCheck={false} />
      {trunk.enabled && other && (
        <p className="field__warning" role="status">
          {t('trunks.overlap', { name: other.name })}
        </p>
      )}
    </>
  )
}
