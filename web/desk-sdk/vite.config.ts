import { defineConfig } from 'vitest/config'

// One file for other people's pages: `<script src="…/sdk/desk-sdk.js">` sets
// `CallyardDesk`; `desk-sdk.mjs` is the same as a module.
export default defineConfig({
  build: {
    target: 'es2022',
    lib: {
      entry: 'src/index.ts',
      name: 'CallyardDesk',
      formats: ['iife', 'es'],
      fileName: (format) => (format === 'iife' ? 'desk-sdk.js' : 'desk-sdk.mjs'),
    },
  },
  test: { environment: 'node' },
})
