import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    // A plugin copied to a scratch folder has no package.json above it that could resolve '#core'.
    alias: { '#core': fileURLToPath(new URL('./core/index.ts', import.meta.url)) },
  },
  test: {
    include: ['core/**/*.test.ts', 'plugins/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    // By default one core is left idle; most tests wait for processes, so that would only cost time.
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
