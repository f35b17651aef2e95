import { BYTE_LETTERS, cutPieces, spellBytes, type Vocabulary } from './tokenizer.ts'

/** What a vocabulary is learnt from. */
export interface VocabularyPlan {
  readonly texts: readonly string[]
  /** Wanted number of tokens; fewer when the texts run out of pairs that occur twice. */
  readonly size: number
  readonly specials: readonly string[]
}

/** One distinct piece of the texts. */
interface Word {
  letters: string[]
  readonly count: number
}

/** Pairs of neighbouring letters: how often each occurs, and in which words. */
interface PairIndex {
  readonly counts: Map<string, number>
  readonly words: Map<string, Set<Word>>
}

/**
 * Learns a byte-level BPE vocabulary: the most frequent pair becomes a token, again and again.
 *
 * Among equally frequent pairs the alphabetically first wins, so the same texts always give the same result.
 */
export function trainVocabulary(plan: VocabularyPlan): Vocabulary {
  const index: PairIndex = { counts: new Map(), words: new Map() }
  for (const word of countWords(plan.texts)) addWord(index, word, 1)
  const tokens = [...plan.specials, ...BYTE_LETTERS]
  const merges: string[] = []
  while (tokens.length < plan.size) {
    const pair = mostFrequent(index)
    if (pair === undefined) break
    merges.push(pair)
    tokens.push(pair.replace(' ', ''))
    mergePair(index, pair)
  }
  return { tokens, merges, specials: plan.specials }
}

function countWords(texts: readonly string[]): Word[] {
  const counts = new Map<string, number>()
  for (const piece of texts.flatMap(cutPieces)) counts.set(piece, (counts.get(piece) ?? 0) + 1)
  return [...counts].map(([piece, count]) => ({ letters: spellBytes(piece), count }))
}

function addWord(index: PairIndex, word: Word, sign: 1 | -1): void {
  for (let place = 0; place + 1 < word.letters.length; place += 1) {
    const pair = `${word.letters[place]} ${word.letters[place + 1]}`
    index.counts.set(pair, (index.counts.get(pair) ?? 0) + sign * word.count)
    const words = index.words.get(pair) ?? new Set()
    index.words.set(pair, words.add(word))
  }
}

function mostFrequent(index: PairIndex): string | undefined {
  let best: string | undefined
  let highest = 1
  for (const [pair, count] of index.counts) {
    if (count > highest || (count === highest && best !== undefined && pair < best)) {
      best = pair
      highest = count
    }
  }
  return best
}

function mergePair(index: PairIndex, pair: string): void {
  const [left, right] = pair.split(' ')
  for (const word of index.words.get(pair) ?? []) {
    addWord(index, word, -1)
    word.letters = word.letters.reduce<string[]>((done, letter) => {
      if (letter === right && done.at(-1) === left) done[done.length - 1] = `${left}${right}`
      else done.push(letter)
      return done
    }, [])
    addWord(index, word, 1)
  }
  index.counts.delete(pair)
  index.words.delete(pair)
}
