/** How a leg sounds, as a word beside its score: never by colour alone. */
import { Tag } from 'tdesign-react'
import { useWords } from '../i18n'
import { qualityOf, score } from './quality'

const themes = { good: 'success', fair: 'warning', poor: 'danger', unheard: 'danger' } as const

export function QualityTag({ mos }: { mos: number }) {
  const { t } = useWords()
  const quality = qualityOf(mos)
  return (
    <span className="quality">
      <Tag theme={themes[quality]} variant="light">
        {t(`sound.${quality}`)}
      </Tag>
      {mos > 0 && (
        <small className="tabular" title="MOS">
          {score(mos)}
        </small>
      )}
    </span>
  )
}
