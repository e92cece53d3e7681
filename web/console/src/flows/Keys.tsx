/** The keys of a menu: key, what records call it, where it leads. */
import { AddIcon, DeleteIcon } from 'tdesign-icons-react'
import type { BranchKey } from '../api/types'
import { Button } from '../components/Button'
import type { Option } from '../components/Field'
import { useWords } from '../i18n'

const ALL = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#']

interface KeysProps {
  keys: BranchKey[]
  steps: Option[]
  fault: string | undefined
  onKeys: (keys: BranchKey[]) => void
}

export function Keys({ keys, steps, fault, onKeys }: KeysProps) {
  const { t } = useWords()
  const change = (place: number, part: Partial<BranchKey>) => onKeys(keys.map((key, at) => (at === place ? { ...key, ...part } : key)))
  const free = ALL.find((key) => !keys.some((one) => one.key === key))
  return (
    <div className="keys" role="group" aria-label={t('flows.keys')}>
      <p className="field__label">{t('flows.keys')}</p>
      {keys.map((key, place) => (
        <div key={place} className="keys__row">
          <span className="control control--select">
            <select className="control__input" aria-label={t('flows.key')} value={key.key} onChange={(e) => change(place, { key: e.target.value })}>
              {ALL.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </span>
          <input className="control__input" aria-label={`${t('flows.label')} ${key.key}`} placeholder={t('flows.label')} value={key.label} maxLength={64} onChange={(e) => change(place, { label: e.target.value })} />
          <span className="control control--select">
            <select className="control__input" aria-label={`${t('flows.next')} ${key.key}`} value={key.next} onChange={(e) => change(place, { next: e.target.value })}>
              <option value="">→ …</option>
              {!steps.some((step) => step.value === key.next) && key.next !== '' && <option value={key.next}>→ {key.next} ?</option>}
              {steps.map((step) => (
                <option key={step.value} value={step.value}>
                  → {step.label}
                </option>
              ))}
            </select>
          </span>
          <Button shape="square" variant="text" aria-label={t('flows.remove_key', { key: key.key })} onClick={() => onKeys(keys.filter((_, at) => at !== place))}>
            <DeleteIcon />
          </Button>
        </div>
      ))}
      {fault && <p className="field__fault">{fault}</p>}
      {free && (
        <Button variant="text" theme="primary" icon={<AddIcon />} onClick={() => onKeys([...keys, { key: free, label: '', next: '' }])}>
          {t('flows.add_key')}
        </Button>
      )}
    </div>
  )
}
