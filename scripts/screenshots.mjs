// Takes the pictures of the READMEs from a running demo:
//   target/release/callyard serve --demo --data ./data
//   node scripts/screenshots.mjs ./data docs/images
// Needs Debian's Chromium and the packages of tests/e2e (scripts/install-test-tools.sh).
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [data, images] = process.argv.slice(2)
if (!images) throw new Error('usage: node scripts/screenshots.mjs DATA_FOLDER IMAGES_FOLDER')
const { chromium } = createRequire(new URL('../tests/e2e/', import.meta.url))('playwright-core')
const demo = JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8'))
mkdirSync(images, { recursive: true })

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
})

/** A page with somebody signed in, in this language and theme. */
async function signIn({ user_id, password }, language, theme) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, permissions: ['microphone'] })
  await context.addInitScript((kept) => localStorage.setItem('callyard.preferences', kept), JSON.stringify({ language, theme }))
  const page = await context.newPage()
  await page.goto(`${demo.http_url}/sign-in`)
  await page.locator('input').first().fill(user_id)
  await page.locator('input[type=password]').fill(password)
  await page.keyboard.press('Enter')
  await page.waitForURL((address) => !address.pathname.includes('sign-in'))
  return page
}

const take = (page, name) => page.screenshot({ path: join(images, `${name}.png`) })

const desk = await signIn(demo.agents[0], 'en', 'light')
await desk.getByRole('button', { name: 'Call me' }).click({ timeout: 60_000 })
const answer = desk.getByRole('button', { name: /^Answer/ })
await answer.waitFor({ timeout: 60_000 })
await desk.waitForTimeout(2_500)
await take(desk, 'desk-offer')
await answer.click()
await desk.waitForTimeout(6_000)
const floor = await signIn(demo.admin, 'zh', 'dark')
await floor.goto(`${demo.http_url}/floor`)
await floor.locator('tbody tr').first().waitFor()
await floor.waitForTimeout(1_500)
await take(floor, 'floor')
await desk.waitForTimeout(6_000)
await desk.getByRole('button', { name: /^Hang up/ }).click()
const records = await signIn(demo.admin, 'en', 'light')
await records.goto(`${demo.http_url}/records`)
await records.locator('tbody tr').first().click()
await records.waitForTimeout(4_000)
await take(records, 'record')
await browser.close()
