/**
 * Form fields on the browser's own controls: a label that is a label, a hint and
 * a fault that screen readers connect to their field.
 */
import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react'

interface FieldParts {
  label: string
  hint?: string | undefined
  fault?: string | undefined
}

function Frame({ id, label, hint, fault, children }: FieldParts & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      {children}
      {fault ? (
        <p className="field__fault" id={`${id}-note`}>
          {fault}
        </p>
      ) : (
        hint && (
          <p className="field__hint" id={`${id}-note`}>
            {hint}
          </p>
        )
      )}
    </div>
  )
}

function noted(id: string, { hint, fault }: FieldParts) {
  return { 'aria-invalid': fault ? true : undefined, 'aria-describedby': hint || fault ? `${id}-note` : undefined }
}

type TextProps = FieldParts & { value: string; onValue: (value: string) => void; end?: ReactNode } & Omit<
    InputHTMLAttributes<HTMLInputElement>,
    'value' | 'onChange'
  >

export function TextField({ label, hint, fault, value, onValue, end, ...rest }: TextProps) {
  const id = useId()
  const parts = { label, hint, fault }
  return (
    <Frame id={id} {...parts}>
      <span className="control">
        <input id={id} className="control__input" value={value} onChange={(e) => onValue(e.target.value)} {...noted(id, parts)} {...rest} />
        {end}
      </span>
    </Frame>
  )
}

type AreaProps = FieldParts & { value: string; onValue: (value: string) => void } & Omit<
    TextareaHTMLAttributes<HTMLTextAreaElement>,
    'value' | 'onChange'
  >

export function TextArea({ label, hint, fault, value, onValue, ...rest }: AreaProps) {
  const id = useId()
  const parts = { label, hint, fault }
  return (
    <Frame id={id} {...parts}>
      <span className="control">
        <textarea id={id} className="control__input control__area" value={value} onChange={(e) => onValue(e.target.value)} {...noted(id, parts)} {...rest} />
      </span>
    </Frame>
  )
}

export interface Option {
  value: string
  label: string
}

type SelectProps = FieldParts & { value: string; onValue: (value: string) => void; options: Option[]; empty?: string | undefined } & Omit<
    SelectHTMLAttributes<HTMLSelectElement>,
    'value' | 'onChange'
  >

export function SelectField({ label, hint, fault, value, onValue, options, empty, ...rest }: SelectProps) {
  const id = useId()
  const parts = { label, hint, fault }
  // A value that is no longer among the options stays visible, so that it can be mended.
  const known = value === '' || options.some((option) => option.value === value)
  return (
    <Frame id={id} {...parts}>
      <span className="control control--select">
        <select id={id} className="control__input" value={value} onChange={(e) => onValue(e.target.value)} {...noted(id, parts)} {...rest}>
          {empty !== undefined && <option value="">{empty}</option>}
          {!known && <option value={value}>{value} ?</option>}
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      </span>
    </Frame>
  )
}

interface CheckProps {
  label: string
  hint?: string
  checked: boolean
  onChecked: (checked: boolean) => void
}

export function CheckField({ label, hint, checked, onChecked }: CheckProps) {
  const id = useId()
  return (
    <div className="check">
      <input id={id} type="checkbox" checked={checked} onChange={(e) => onChecked(e.target.checked)} aria-describedby={hint ? `${id}-note` : undefined} />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p className="field__hint" id={`${id}-note`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}
