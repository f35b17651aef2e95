// Made from schemas/ by `npm run gen`. Do not edit.

/**
 * A training that b00t itself runs, on one core, without a GPU. For toys of up to about half a million weights.
 */
export interface FinetuneTable {
  /**
   * Where every random choice starts; the same seed, recipe and dataset give the same file. Whole number, default 1.
   */
  seed: number
  /**
   * Path of the dataset: one {"messages": […]} object per line. Relative to the recipe; a leading ~ is your home folder.
   */
  dataset: string
  tokenizer: Tokenizer
  model: Model
  training: Training
  output: Output
}
/**
 * The vocabulary, learnt from the dataset.
 */
interface Tokenizer {
  /**
   * Most tokens in the vocabulary, 259 of which are bytes and marks. Count, default 768.
   */
  vocabulary: number
}
/**
 * Size of the model.
 */
interface Model {
  /**
   * Numbers per token inside the model; an even multiple of heads. Count, default 128.
   */
  width: number
  /**
   * Blocks behind one another. Count, default 2.
   */
  layers: number
  /**
   * Attention heads per block. Count, default 4.
   */
  heads: number
  /**
   * Heads of keys and values; divides heads. Count, default 2.
   */
  key_heads: number
  /**
   * Width of the feed-forward part. Count, default 256.
   */
  hidden: number
  /**
   * Longest conversation, question and answer together. Tokens, default 256.
   */
  context: number
}
/**
 * How long and how fast to learn.
 */
interface Training {
  /**
   * How often each conversation is seen. Count, default 60.
   */
  epochs: number
  /**
   * Conversations per step. Count, default 8.
   */
  batch: number
  /**
   * Size of a step after the warm-up; it then falls to 2 % along half a cosine. No unit, default 0.003.
   */
  learning_rate: number
  /**
   * Steps in which the learning rate rises from zero. Count, default 20.
   */
  warmup_steps: number
  /**
   * Chance that a question is shown in small letters, and chance that it is shown without its end mark. 0 to 1, default 0.
   */
  vary_questions: number
}
/**
 * The model file.
 */
interface Output {
  /**
   * Path of the GGUF file to write. Relative to the recipe; a leading ~ is your home folder.
   */
  path: string
  /**
   * Name of the model inside the file (general.name); by default the recipe's name.
   */
  name?: string
  /**
   * What the file says about itself (general.description); by default the recipe's hint.
   */
  description?: string
  /**
   * How weights are stored: f16 takes 2 bytes each, f32 takes 4. Default f16.
   */
  weights: 'f16' | 'f32'
  /**
   * What the model is shown of a chat: chatml shows every message, last-question only the last one of the user. Default chatml.
   */
  chat_template: 'chatml' | 'last-question'
}
