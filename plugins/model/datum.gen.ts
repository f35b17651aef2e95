// Made from schemas/ by `npm run gen`. Do not edit.

/**
 * A model file that b00t serves.
 */
export interface ModelTable {
  /**
   * Path of the GGUF file. Relative to the datum; a leading ~ is your home folder.
   */
  path: string
  /**
   * Further names under which the model is served, besides the datum's own. Default none.
   */
  aliases?: string[]
  /**
   * Most tokens of a request and its answer together; never more than the model was trained for. Tokens, default 4096.
   */
  context: number
  /**
   * Threads to compute with. Count; by default 1 for models below 50 million weights, else the number of physical cores.
   */
  threads?: number
  /**
   * Requests answered at once; each takes memory for a context of its own. Count, default 2.
   */
  parallel: number
  /**
   * Further requests that may wait; beyond them the answer is 429. Count, default 16.
   */
  queue: number
  /**
   * How freely tokens are chosen where a request does not say; 0 always takes the likeliest. 0 to 2, default 0.8.
   */
  temperature: number
}
