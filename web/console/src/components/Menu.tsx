/** A button with a menu: arrow keys, Escape, and names that tests and screen readers find. */
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'

export interface MenuItem {
  key: string
  label: ReactNode
  hint?: string
  icon?: ReactNode
  checked?: boolean
  disabled?: boolean
  onSelect: () => void
}

export interface MenuSection {
  title?: string
  items: MenuItem[]
}

interface MenuProps {
  /** Draws the button; spread the props on it. */
  trigger: (props: { ref: React.Ref<HTMLButtonElement>; onClick: () => void; 'aria-haspopup': 'menu'; 'aria-expanded': boolean; 'aria-controls': string }) => ReactNode
  sections: MenuSection[]
  label: string
}

export function Menu({ trigger, sections, label }: MenuProps) {
  const [open, setOpen] = useState(false)
  const id = useId()
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)

  // Clicks elsewhere are the document's, so they are listened to while the menu is open.
  useEffect(() => {
    if (!open) return
    list.current?.querySelector<HTMLElement>('button:not(:disabled)')?.focus()
    const outside = (e: MouseEvent) => {
      if (!box.current?.contains(e.target as Node)) setOpen(false)
    }
    document.addEventListener('mousedown', outside)
    return () => document.removeEventListener('mousedown', outside)
  }, [open])

  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  const onKeyDown = (e: KeyboardEvent) => {
    if (!open) return
    if (e.key === 'Escape') close()
    if (e.key === 'Tab') setOpen(false)
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key]
    if (step === undefined) return
    e.preventDefault()
    const items = [...(list.current?.querySelectorAll<HTMLElement>('button:not(:disabled)') ?? [])]
    const at = items.indexOf(document.activeElement as HTMLElement)
    items[(at + step + items.length) % items.length]?.focus()
  }

  return (
    <div className="menu" ref={box} onKeyDown={onKeyDown}>
      {trigger({ ref: button, onClick: () => setOpen(!open), 'aria-haspopup': 'menu', 'aria-expanded': open, 'aria-controls': id })}
      {open && (
        <div className="menu__list" role="menu" id={id} aria-label={label} ref={list}>
          {sections.map((section, place) => (
            <div key={section.title ?? place} role="group" aria-label={section.title} className="menu__section">
              {section.title && <p className="menu__title">{section.title}</p>}
              {section.items.map((item) => (
                <button
                  key={item.key}
                  type="button"
                  role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
                  aria-checked={item.checked}
                  className="menu__item"
                  disabled={item.disabled}
                  onClick={() => {
                    close()
                    item.onSelect()
                  }}
                >
                  {item.icon && <span className="menu__icon">{item.icon}</span>}
                  <span>
                    {item.label}
                    {item.hint && <small>{item.hint}</small>}
                  </span>
                </button>
              ))}
            </div>
          ))}
        </div>
      )}
    </div>
  )
}
