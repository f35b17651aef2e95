import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import { type BenchResult, renderTable } from './report.ts'

type Bench = (rounds?: number) => Promise<BenchResult>

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  router: async () => (await import('./router-bench.ts')).benchRouter,
  datums: async () => (await import('./datums-bench.ts')).benchDatums,
  cli: async () => (await import('./cli-bench.ts')).benchCli,
}
const USAGE = `Usage: npm run bench -- [${Object.keys(BENCHES).join('|')}] [--rounds N] [--json FILE]\n`

process.exitCode = await main()

/** Runs the benches named, prints their tables, and returns the exit code. A missed goal is no failure. */
async function main(): Promise<number> {
  const wish = readArguments()
  if (wish === undefined) {
    process.stderr.write(USAGE)
    return 2
  }
  const machine = describeMachine()
  process.stdout.write(`${machine}\n`)
  const results: BenchResult[] = []
  for (const name of wish.names) {
    const bench = await BENCHES[name]?.()
    const result = await bench?.(wish.rounds)
    if (result === undefined) continue
    results.push(result)
    print(result)
  }
  if (wish.file !== undefined) {
    writeFileSync(wish.file, `${JSON.stringify({ machine, results }, undefined, 2)}\n`)
  }
  return results.some(({ faults }) => faults.length > 0) ? 1 : 0
}

interface Wish {
  readonly names: readonly string[]
  readonly rounds: number | undefined
  readonly file: string | undefined
}

function readArguments(): Wish | undefined {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { rounds: { type: 'string' }, json: { type: 'string' } },
    })
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
    const isCount = rounds === undefined || (Number.isInteger(rounds) && rounds > 0)
    if (!isCount || positionals.some((name) => !(name in BENCHES))) return undefined
    const names = positionals.length > 0 ? positionals : Object.keys(BENCHES)
    return { names, rounds, file: values.json }
  } catch {
    return undefined
  }
}

function print({ name, tables, notes, faults }: BenchResult): void {
  const lines = [
    `\n# ${name}`,
    ...tables.flatMap((table) => ['', ...renderTable(table)]),
    '',
    ...notes,
    ...faults.map((fault) => `FAULT: ${fault}`),
  ]
  process.stdout.write(`${lines.join('\n').trimEnd()}\n`)
}
