/**
 * What tells an agent that a call rings: a soft two-note tone made with WebAudio
 * (no file to load when it matters), and a notification when the page is hidden.
 */

export interface Ringer {
  start(notice: Notice): void
  stop(): void
  /** Asks for what needs a user's click. Call it from one. */
  unlock(): void
}

export interface Notice {
  title: string
  body: string
}

/** Two bells, then a pause: E5 and B5, struck every 2.4 s. */
const NOTES = [
  { at: 0, hertz: 659.26 },
  { at: 0.22, hertz: 987.77 },
  { at: 0.8, hertz: 659.26 },
  { at: 1.02, hertz: 987.77 },
]
const ROUND_MS = 2_400

export function browserRinger(): Ringer {
  let audio: AudioContext | null = null
  let timer: ReturnType<typeof setInterval> | undefined
  let notification: Notification | null = null

  function strike(): void {
    if (audio === null) return
    for (const { at, hertz } of NOTES) bell(audio, audio.currentTime + at, hertz)
  }

  return {
    unlock() {
      audio ??= new AudioContext()
      void audio.resume().catch(() => {})
      if ('Notification' in globalThis && Notification.permission === 'default') void Notification.requestPermission()
    },
    start(notice) {
      this.stop()
      try {
        audio ??= new AudioContext()
        void audio.resume().catch(() => {})
        strike()
        timer = setInterval(strike, ROUND_MS)
      } catch {
        // Without an audio device the card and the notification still ring.
      }
      notification = notify(notice)
    },
    stop() {
      clearInterval(timer)
      notification?.close()
      notification = null
    },
  }
}

function bell(audio: AudioContext, at: number, hertz: number): void {
  const tone = audio.createOscillator()
  const level = audio.createGain()
  tone.frequency.value = hertz
  level.gain.setValueAtTime(0, at)
  level.gain.linearRampToValueAtTime(0.16, at + 0.015)
  level.gain.exponentialRampToValueAtTime(0.0001, at + 0.6)
  tone.connect(level).connect(audio.destination)
  tone.start(at)
  tone.stop(at + 0.65)
}

function notify({ title, body }: Notice): Notification | null {
  if (!document.hidden || !('Notification' in globalThis) || Notification.permission !== 'granted') return null
  const notification = new Notification(title, { body, tag: 'callyard-offer', requireInteraction: true })
  notification.onclick = () => {
    window.focus()
    notification.close()
  }
  return notification
}
