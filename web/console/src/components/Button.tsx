/**
 * TDesign's button, always a real `<button>`: on its own, TDesign draws a
 * disabled one as a `<div>`, which no screen reader calls a button and which
 * loses the focus of whoever just pressed it.
 */
import { Button as Drawn, type ButtonProps } from 'tdesign-react'
import type { ButtonHTMLAttributes, Ref } from 'react'

type Props = ButtonProps & Omit<ButtonHTMLAttributes<HTMLButtonElement>, keyof ButtonProps> & { ref?: Ref<HTMLButtonElement> }

export function Button(props: Props) {
  // Both props are true of the element, only TDesign's own type does not name the reference.
  return <Drawn tag="button" {...(props as ButtonProps)} />
}
