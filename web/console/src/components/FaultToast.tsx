/** Shows a refused command where there is no room for it: a message that says what to do. */
import { useEffect } from 'react'
import { MessagePlugin } from 'tdesign-react'
import { useWords } from '../i18n'
import { wordsOf } from './Fault'

export function FaultToast({ error }: { error: unknown }) {
  const { t, language } = useWords()
  // Showing a message is an effect outside React's tree.
  useEffect(() => {
    if (!error) return
    const { message, mend } = wordsOf(error, t, language)
    void MessagePlugin.error({ content: `${message} ${mend}`, duration: 6000 })
  }, [error, t, language])
  return null
}

export function say(text: string): void {
  void MessagePlugin.success({ content: text, duration: 2500 })
}
