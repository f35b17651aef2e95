import { definePlugin, type Plugin } from '#core'
import type { ModelTable } from './datum.gen.ts'
import { ERRORS } from './errors.ts'
import { createModelSurface } from './surface.ts'

const model: Plugin = definePlugin<ModelTable>({
  type: 'model',
  summary: 'Serves a GGUF file with the embedded engine (llama.cpp on the CPU).',
  errors: ERRORS,
  create: createModelSurface,
  welcome: async (_host, datums) => datums.map(({ name, hint }) => `Model ${name}: ${hint}`),
  commands: [
    {
      path: ['gguf', 'verify'],
      summary: 'Check whether a GGUF file can be served, and say all that is wrong.',
      arguments: ['<file>'],
      run: async (input) => (await import('./gguf-command.ts')).verifyFile(input),
    },
    {
      path: ['gguf', 'inspect'],
      summary: 'Show what a GGUF file says about itself and which tensors it holds.',
      arguments: ['<file>'],
      run: async (input) => (await import('./gguf-command.ts')).inspectFile(input),
    },
  ],
})

export default model
