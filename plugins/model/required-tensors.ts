import type { GgufHead } from '#core'

/** What every block of an architecture holds, without the prefix `blk.N.`. */
const FEED_FORWARD = ['ffn_gate.weight', 'ffn_up.weight', 'ffn_down.weight']
const QKV = ['attn_q.weight', 'attn_k.weight', 'attn_v.weight']
const ATTENTION = [...QKV, 'attn_output.weight']
const PLAIN = ['attn_norm.weight', ...ATTENTION, 'ffn_norm.weight', ...FEED_FORWARD]
const WITH_HEAD_NORMS = [...PLAIN, 'attn_q_norm.weight', 'attn_k_norm.weight']

/**
 * Tensors per block by architecture, as far as they are known here.
 * @see https://github.com/ggml-org/llama.cpp/tree/master/src/models `load_arch_tensors` of each
 */
const BLOCK_TENSORS: Readonly<Record<string, readonly string[]>> = {
  llama: PLAIN,
  qwen2: PLAIN,
  qwen3: WITH_HEAD_NORMS,
}

/** The share of blocks that must carry a tensor before an unknown architecture is taken to need it. */
const CONSENSUS = 0.8

/** A block of the file and what it lacks. */
export interface BlockGap {
  readonly block: number
  readonly missing: readonly string[]
  /** Whether the file holds nothing at all of this block. */
  readonly whole: boolean
}

/**
 * Blocks that lack tensors.
 *
 * For an architecture without a list of its own, a tensor that more than 80 % of the blocks carry is expected in all.
 */
export function findGaps(head: GgufHead, architecture: string, blocks: number): BlockGap[] {
  const present = groupByBlock(head)
  const consensus = agree(present, blocks)
  return Array.from({ length: blocks }, (_, block) => {
    const have = present.get(block) ?? new Set<string>()
    const wanted = BLOCK_TENSORS[architecture] ?? consensus
    const missing = wanted.filter((name) => !have.has(name) && !isFused(name, have))
    return { block, missing, whole: have.size === 0 }
  }).filter(({ missing }) => missing.length > 0)
}

function isFused(name: string, have: ReadonlySet<string>): boolean {
  if (QKV.includes(name)) return have.has('attn_qkv.weight')
  // Mixture-of-experts files hold one tensor for all experts instead.
  return FEED_FORWARD.includes(name) && have.has(name.replace('.weight', '_exps.weight'))
}

function groupByBlock(head: GgufHead): Map<number, Set<string>> {
  const groups = new Map<number, Set<string>>()
  for (const { name } of head.tensors) {
    const [, block, rest] = /^blk\.(\d+)\.(.+)$/.exec(name) ?? []
    if (block === undefined || rest === undefined) continue
    groups.set(Number(block), (groups.get(Number(block)) ?? new Set()).add(rest))
  }
  return groups
}

function agree(groups: ReadonlyMap<number, ReadonlySet<string>>, blocks: number): string[] {
  const counts = new Map<string, number>()
  for (const names of groups.values()) {
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].filter(([, count]) => count > blocks * CONSENSUS).map(([name]) => name)
}
