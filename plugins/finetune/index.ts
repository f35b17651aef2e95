import { definePlugin, type Plugin } from '#core'
import type { FinetuneTable } from './datum.gen.ts'

const finetune: Plugin = definePlugin<FinetuneTable>({
  type: 'finetune',
  summary: 'Trains small language models from a recipe and a dataset.',
  runByCommand: true,
  errors: {
    FINETUNE_RECIPE: {
      meaning: 'No usable recipe, or more than one, fits the name or path given.',
      next: 'Name a recipe as `b00t datum list` shows it.',
    },
    FINETUNE_NOT_OURS: {
      meaning: 'The recipe is for another trainer: it has no table [b00t.finetune].',
      next: 'Add [b00t.finetune] with a dataset and an output, or give the recipe to its own trainer.',
    },
    FINETUNE_SHAPE: {
      meaning: 'The sizes of the model do not fit each other.',
      next: 'Make width an even multiple of heads, and heads a multiple of key_heads.',
    },
    FINETUNE_UNREADABLE: {
      meaning: 'The dataset cannot be read.',
      next: 'Check the path in the recipe; it is relative to the recipe.',
    },
    FINETUNE_DATASET_INVALID: {
      meaning: 'A line of the dataset is not a conversation that ends with an answer.',
      next: 'Correct the line named.',
    },
    FINETUNE_TOO_LONG: {
      meaning: 'A conversation is longer than the context of the model.',
      next: 'Shorten the conversation or raise context in [b00t.finetune.model].',
    },
    FINETUNE_STOPPED: {
      meaning: 'The training was interrupted.',
      next: 'Run the command again; it starts anew.',
    },
    FINETUNE_WRITE: {
      meaning: 'The model file cannot be written.',
      next: 'Check the output path and the free space there.',
    },
    FINETUNE_FILE: {
      meaning: 'The file just written cannot be read back.',
      next: 'Report it with the text above.',
      fault: 'system',
    },
    FINETUNE_PARITY: {
      meaning: 'llama.cpp continues a prompt differently than the trainer; the file was not kept.',
      next: 'Store the weights as f32, or report it with the recipe.',
      fault: 'system',
    },
  },
  commands: [
    {
      path: ['finetune', 'run'],
      summary: 'Train a model from a recipe and write it as a verified GGUF file.',
      arguments: ['<recipe>'],
      run: async (input) => (await import('./command.ts')).runFinetune(input),
    },
  ],
})

export default finetune
