/** A dialog or a drawer on the browser's `<dialog>`: focus stays inside, Escape closes. */
import { useEffect, useId, useRef, type FormEvent, type ReactNode } from 'react'
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
  // The browser opens a modal only by a method, so this is an effect.
  useEffect(() => {
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

/** A form in a dialog. What was typed stays while the server refuses it. */
export function FormModal({ title, submit, pending, error, onSubmit, onClose, children }: FormModalProps) {
  const { t } = useWords()
  const form = useId()
  const send = (e: FormEvent) => {
    e.preventDefault()
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
      <form id={form} className="form" onSubmit={send} noValidate>
        {children}
      </form>
    </Modal>
  )
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
