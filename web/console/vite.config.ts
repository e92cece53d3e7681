import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The desk SDK for other people's pages is served beside the console. */
function deskSdk(): Plugin {
  return {
    name: 'callyard:desk-sdk',
    apply: 'build',
    closeBundle() {
      mkdirSync(here('./dist/sdk'), { recursive: true })
      for (const file of ['desk-sdk.js', 'desk-sdk.mjs']) {
        const built = here(`../desk-sdk/dist/${file}`)
        if (!existsSync(built)) throw new Error(`${file} is not built: run "npm run build" in web/`)
        copyFileSync(built, here(`./dist/sdk/${file}`))
      }
    },
  }
}

const SERVER = process.env.CALLYARD_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), deskSdk()],
  server: { proxy: { '/api': { target: SERVER, ws: true } } },
  build: {
    target: 'es2022',
    // TDesign is one chunk of about this size; it changes only with its version.
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|react-router)[\\/]/ },
            { name: 'tdesign', test: /node_modules[\\/](tdesign|lodash|dayjs|@popperjs|react-transition-group)/ },
            { name: 'wavesurfer', test: /node_modules[\\/]wavesurfer/ },
          ],
        },
      },
    },
  },
  test: { environment: 'happy-dom', globals: false },
})
