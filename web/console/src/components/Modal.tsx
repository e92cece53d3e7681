/** A dialog or a drawer on the browser's `<dialog>`: focus stays inside, Escape closes. */
import { useEffect, useId, useLayoutEffect, useRef, type FormEvent, type ReactNode } from 'react'
import { CloseIcon } from 'tdesign-icons-react'
import { useWords } from '../i18n'
import { Button } from './Button'
import { FaultNote } from './Fault'

interface ModalProps {
  title: ReactNode
  shape?: 'dialog' | 'drawer'
  onClose: () => void
  children: ReactNode
  /** Stays in sight above the buttons, however long the form is. */
  note?: ReactNode
  footer?: ReactNode
}

export function Modal({ title, shape = 'dialog', onClose, children, note, footer }: ModalProps) {
  const { t } = useWords()
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  // The browser opens a modal only by a method, so this is an effect. It runs before
  // the dialog leaves the page, so that closing gives the focus back to where it was.
  useLayoutEffect(() => {
    const dialog = ref.current
    if (dialog && !dialog.open) dialog.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={ref}
      className={`modal modal--${shape}`}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault()
        onClose()
      }}
      onMouseDown={(e) => {
        // Only a drawer that shows something closes by a click beside it; a form would lose what was typed.
        if (shape === 'drawer' && e.target === ref.current) onClose()
      }}
    >
      <div className="modal__box">
        <header className="modal__head">
          <h2 id={id}>{title}</h2>
          <Button shape="square" variant="text" aria-label={t('common.close')} onClick={onClose}>
            <CloseIcon />
          </Button>
        </header>
        <div className="modal__body">{children}</div>
        {note && <div className="modal__note">{note}</div>}
        {footer && <footer className="modal__foot">{footer}</footer>}
      </div>
    </dialog>
  )
}

interface FormModalProps {
  title: string
  submit: string
  pending: boolean
  error: unknown
  onSubmit: () => void
  onClose: () => void
  children: ReactNode
}

const FIRST_FIELD = ':is(input, select, textarea):not(:disabled, [hidden])'

/** A form in a dialog. What was typed stays while the server refuses it. */
export function FormModal({ title, submit, pending, error, onSubmit, onClose, children }: FormModalProps) {
  const { t } = useWords()
  const form = useId()
  const ref = useRef<HTMLFormElement>(null)
  const sent = useRef(false)
  // A dialog that opens takes its first button, which closes it; who opens a form wants to type.
  useEffect(() => ref.current?.querySelector<HTMLElement>(FIRST_FIELD)?.focus(), [])
  // What the page or the server finds wrong can take the focus only after it was drawn.
  useEffect(() => {
    if (sent.current) focusFault(ref.current)
    sent.current = false
  })
  useEffect(() => {
    if (!pending) focusFault(ref.current)
  }, [pending])
  const send = (e: FormEvent) => {
    e.preventDefault()
    sent.current = true
    onSubmit()
  }
  return (
    <Modal
      title={title}
      onClose={onClose}
      note={Boolean(error) && <FaultNote error={error} />}
      footer={
        <>
          <Button variant="outline" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button theme="primary" type="submit" form={form} loading={pending}>
            {submit}
          </Button>
        </>
      }
    >
      <form id={form} ref={ref} className="form" onSubmit={send} noValidate>
        {children}
      </form>
    </Modal>
  )
}

function focusFault(form: HTMLFormElement | null): void {
  form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
}

interface ConfirmProps {
  title: string
  lead: string
  action: string
  pending: boolean
  error: unknown
  onConfirm: () => void
  onClose: () => void
}

export function ConfirmModal({ title, lead, action, pending, error, onConfirm, onClose }: ConfirmProps) {
  const { t } = useWords()
  return (
    <Modal
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button variant="outline" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button theme="danger" loading={pending} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      <p className="modal__lead">{lead}</p>
      <FaultNote error={error} />
    </Modal>
  )
}
