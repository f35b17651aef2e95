/** A byte-level BPE vocabulary; a token's place in `tokens` is its number. */
export interface Vocabulary {
  /** Special tokens first, then one per byte, then one per merge. */
  readonly tokens: readonly string[]
  /** `left right` pairs, the most frequent first. */
  readonly merges: readonly string[]
  /** Tokens that stand for themselves and are never made from text pieces. */
  readonly specials: readonly string[]
}

/** Turns text into token numbers and back. */
export interface Tokenizer {
  /** Text with special tokens spelled out, e.g. `<|im_end|>`. */
  encode(text: string): number[]
  /** The text of the tokens; special tokens are left out, broken UTF-8 becomes U+FFFD. */
  decode(tokens: readonly number[]): string
  /** Number of a token as it stands in the vocabulary, e.g. of `<|im_end|>`. */
  numberOf(token: string): number | undefined
}

/**
 * Cuts text into pieces that no merge crosses.
 * @see https://github.com/openai/gpt-2/blob/master/src/encoder.py the rule, known to llama.cpp as `gpt-2`
 */
const PIECE = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

/** The pieces of a text, which joined give the text again. */
export function cutPieces(text: string): string[] {
  return text.match(PIECE) ?? []
}

function isPrintable(byte: number): boolean {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
}

/** One printable character for each of the 256 bytes, as byte-level BPE writes them in a vocabulary. */
export const BYTE_LETTERS: readonly string[] = nameBytes()

function nameBytes(): string[] {
  let spare = 256
  return Array.from({ length: 256 }, (_, byte) => {
    if (isPrintable(byte)) return String.fromCodePoint(byte)
    spare += 1
    return String.fromCodePoint(spare - 1)
  })
}

/** The UTF-8 bytes of a text as byte letters. */
export function spellBytes(text: string): string[] {
  return [...new TextEncoder().encode(text)].map((byte) => BYTE_LETTERS[byte] as string)
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** Makes a tokenizer of a vocabulary. */
export function createTokenizer(vocabulary: Vocabulary): Tokenizer {
  const numbers = new Map(vocabulary.tokens.map((token, number) => [token, number]))
  const ranks = new Map(vocabulary.merges.map((pair, rank) => [pair, rank]))
  const specials = new Set(vocabulary.specials)
  const pattern = new RegExp(`(${vocabulary.specials.map(escapePattern).join('|')})`)
  const encodePiece = (piece: string): number[] =>
    mergeLetters(spellBytes(piece), ranks).map((token) => numbers.get(token) as number)
  const encode = (text: string): number[] =>
    text
      .split(pattern)
      .flatMap((part) =>
        specials.has(part)
          ? [numbers.get(part) as number]
          : cutPieces(part).flatMap((piece) => encodePiece(piece)),
      )
  const decode = (tokens: readonly number[]): string =>
    joinBytes(
      tokens.map((token) => vocabulary.tokens[token] ?? '').filter((token) => !specials.has(token)),
    )
  return { encode, decode, numberOf: (token) => numbers.get(token) }
}

function mergeLetters(letters: string[], ranks: ReadonlyMap<string, number>): string[] {
  for (;;) {
    let best = Number.POSITIVE_INFINITY
    let place = -1
    for (let index = 0; index + 1 < letters.length; index += 1) {
      const rank = ranks.get(`${letters[index]} ${letters[index + 1]}`)
      if (rank !== undefined && rank < best) {
        best = rank
        place = index
      }
    }
    if (place < 0) return letters
    letters.splice(place, 2, `${letters[place]}${letters[place + 1]}`)
  }
}

const BYTES_BY_LETTER = new Map(BYTE_LETTERS.map((letter, byte) => [letter, byte]))

function joinBytes(tokens: readonly string[]): string {
  const bytes = [...tokens.join('')].map((letter) => BYTES_BY_LETTER.get(letter) ?? 0)
  return new TextDecoder().decode(Uint8Array.from(bytes))
}
