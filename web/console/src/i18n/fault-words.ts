/** Faults that the page says in words of its own: the browser's microphone, the link, and what it can say closer to the form than the server. */
import type { Language } from '../preferences'

interface Text {
  message: string
  mend: string
}

export const faultWords: Record<string, Record<Language, Text> | undefined> = {
  'sound.not_allowed': {
    en: { message: 'This page may not use the microphone.', mend: 'Click the icon left of the address, allow the microphone, then ask again.' },
    zh: { message: '页面没有使用麦克风的权限。', mend: '点击地址栏左侧图标，允许麦克风，然后重新请求。' },
  },
  'sound.no_microphone': {
    en: { message: 'No microphone was found.', mend: 'Plug in a headset, then ask again.' },
    zh: { message: '未找到麦克风。', mend: '请插入耳麦后重新请求。' },
  },
  'sound.microphone_busy': {
    en: { message: 'Another program holds the microphone.', mend: 'Close the other program, then ask again.' },
    zh: { message: '麦克风被其他程序占用。', mend: '请关闭其他程序后重新请求。' },
  },
  'sound.insecure': {
    en: { message: 'Browsers give the microphone only to pages on HTTPS or localhost.', mend: 'Open this page over HTTPS, or on the machine itself as http://localhost.' },
    zh: { message: '浏览器仅允许 HTTPS 或 localhost 页面使用麦克风。', mend: '请通过 HTTPS 打开，或在本机使用 http://localhost。' },
  },
  'sound.failed': {
    en: { message: 'The microphone could not be opened.', mend: 'Check the headset and the browser, then ask again.' },
    zh: { message: '无法打开麦克风。', mend: '请检查耳麦与浏览器后重新请求。' },
  },
  'link.lost': {
    en: { message: 'The connection to the server was lost.', mend: 'It is being reopened; try again when the banner is gone.' },
    zh: { message: '与服务器的连接已断开。', mend: '正在重新连接，提示消失后再试。' },
  },
  'auth.session_over': {
    en: { message: 'Your sign-in is over.', mend: 'Sign in again.' },
    zh: { message: '登录已失效。', mend: '请重新登录。' },
  },
  'flow.changed_meanwhile': {
    en: { message: 'Somebody else published this flow meanwhile.', mend: 'Load the newer version, or keep yours and publish it over the other.' },
    zh: { message: '其他人已发布此流程的新版本。', mend: '请载入新版本，或保留您的修改并覆盖发布。' },
  },
}

/** A fault in the chosen language: in our words, or as the server said it. */
export function inWords(fault: Text & { code: string }, language: Language): Text {
  return faultWords[fault.code]?.[language] ?? fault
}
