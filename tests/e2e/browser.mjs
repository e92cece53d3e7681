// Drives Debian's Chromium for the tests: one JSON command a line on standard
// input, one JSON answer a line on standard output. Test logic is in Python;
// here is only what needs a browser.
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required', '--disable-dev-shm-usage',
  // A page in the background must not be slowed down: agents work in other windows.
  '--disable-background-timer-throttling', '--disable-renderer-backgrounding',
]

/** Runs in the page before its own code: keeps what the page hears, and keeps
 *  the microphone's tone as it is (a noise suppressor takes a tone for noise). */
function listen() {
  const heard = []
  globalThis.heardByTest = heard
  globalThis.clicksOfTest = []
  addEventListener('click', (event) => {
    globalThis.clicksOfTest.push({ at: performance.timeOrigin + event.timeStamp, on: event.target?.innerText ?? '' })
  }, true)
  const ask = navigator.mediaDevices?.getUserMedia?.bind(navigator.mediaDevices)
  if (ask) {
    navigator.mediaDevices.getUserMedia = (wanted) =>
      ask({ ...wanted, audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } })
  }
  const power = (samples, hertz, rate) => {
    const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / rate)
    let one = 0
    let two = 0
    for (const x of samples) [one, two] = [x + coefficient * one - two, one]
    return (4 * (one * one + two * two - coefficient * one * two)) / samples.length ** 2
  }
  const decibel = (value) => 10 * Math.log10(value + 1e-12)
  let listening
  const attach = (stream) => {
    // A page that telephones has a new connection for each call: the newest is what it hears.
    clearInterval(listening)
    const context = new AudioContext({ sampleRate: 48000 })
    const analyser = context.createAnalyser()
    analyser.fftSize = 1024
    context.createMediaStreamSource(stream).connect(analyser)
    const window = new Float32Array(analyser.fftSize)
    listening = setInterval(() => {
      analyser.getFloatTimeDomainData(window)
      const all = (2 * window.reduce((sum, x) => sum + x * x, 0)) / window.length
      heard.push({ at: Date.now(), level: decibel(all), 440: decibel(power(window, 440, 48000)), 600: decibel(power(window, 600, 48000)) })
      if (heard.length > 30000) heard.shift()
    }, 10)
  }
  const Native = globalThis.RTCPeerConnection
  globalThis.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given)
      this.addEventListener('track', (event) => attach(new MediaStream([event.track])))
    }
  }
}

let context
let page
const notes = []

const commands = {
  async open({ folder, microphone, url, locale = 'en-US', size = { width: 1440, height: 900 } }) {
    context = await chromium.launchPersistentContext(folder, {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      headless: false, // the flag asks for the newer headless mode
      args: [...FLAGS, `--use-file-for-fake-audio-capture=${microphone}`],
      permissions: ['microphone', 'notifications'],
      locale,
      viewport: size,
    })
    await context.addInitScript(listen)
    page = context.pages()[0] ?? (await context.newPage())
    page.setDefaultTimeout(15000)
    page.on('console', (message) => notes.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => notes.push(`page error: ${error.message}`))
    await page.goto(url)
  },
  async goto({ url }) {
    await page.goto(url)
  },
  async reload() {
    await page.reload()
  },
  async fill({ label, text }) {
    await page.getByLabel(label, { exact: true }).first().fill(text)
  },
  async click({ name, role = 'button', exact = true, timeout = 15000 }) {
    await page.getByRole(role, { name, exact }).first().click({ timeout })
    return await page.evaluate(() => globalThis.clicksOfTest.at(-1) ?? null)
  },
  async press({ key }) {
    await page.keyboard.press(key)
  },
  async see({ text, timeout = 15000 }) {
    await page.getByText(text).first().waitFor({ state: 'visible', timeout })
  },
  async seeButton({ name, timeout = 15000 }) {
    await page.getByRole('button', { name, exact: true }).first().waitFor({ state: 'visible', timeout })
  },
  async sees({ text }) {
    return await page.getByText(text).first().isVisible()
  },
  async text() {
    return await page.locator('body').innerText()
  },
  async evaluate({ script }) {
    return await page.evaluate(script)
  },
  async heard({ after = 0 }) {
    return await page.evaluate((since) => (globalThis.heardByTest ?? []).filter((one) => one.at >= since), after)
  },
  async clicks() {
    return await page.evaluate(() => globalThis.clicksOfTest ?? [])
  },
  async screenshot({ path }) {
    await page.screenshot({ path, fullPage: false })
  },
  async notes() {
    return notes.splice(0)
  },
  async close() {
    await context?.close()
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: name, ...given } = JSON.parse(line)
  let answer
  try {
    answer = { id, value: (await commands[name](given)) ?? null }
  } catch (error) {
    answer = { id, error: String(error?.message ?? error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
  if (name === 'close') process.exit(0)
}
await context?.close()
