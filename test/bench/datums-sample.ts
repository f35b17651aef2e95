import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const FILES_PER_FOLDER = 100

type Write = (number: number) => string

/** One kind of datum after the other: two that run, one that only tells, one that is knowledge. */
const KINDS: readonly { readonly suffix: string; readonly write: Write }[] = [
  { suffix: 'service.toml', write: serviceText },
  { suffix: 'backend.toml', write: backendText },
  { suffix: 'tomllm', write: noteText },
  { suffix: 'service.tomllmd', write: sidecarText },
]

/**
 * Writes small datums of mixed kinds, 100 to a folder.
 *
 * @param count - how many files, 0 or more
 */
export async function writeSampleDatums(folder: string, count: number): Promise<void> {
  for (let first = 0; first < count; first += FILES_PER_FOLDER) {
    const group = join(folder, `group-${first / FILES_PER_FOLDER}`)
    await mkdir(group, { recursive: true })
    const size = Math.min(FILES_PER_FOLDER, count - first)
    await Promise.all(
      Array.from({ length: size }, (_, offset) => {
        const { name, text } = sampleDatum(first + offset)
        return writeFile(join(group, name), text)
      }),
    )
  }
}

/** File name and text of the datum with a number, counted from 0. Pure. */
export function sampleDatum(number: number): { readonly name: string; readonly text: string } {
  const { suffix, write } = KINDS[number % KINDS.length] ?? { suffix: 'toml', write: noteText }
  return { name: `sample-${number}.${suffix}`, text: write(number) }
}

function serviceText(number: number): string {
  return `[b00t]
name = "sample-${number}"
type = "service"
hint = "Shows the files of folder ${number} in a browser"

[b00t.service]
argv = ["python3", "-m", "http.server", "${1024 + (number % 60_000)}", "--bind", "127.0.0.1"]
ready_port = ${1024 + (number % 60_000)}

[b00t.governance]
max_ttl = "12h"
crash_budget = 3
${tailMap(number, 'service')}`
}

function backendText(number: number): string {
  return `[b00t]
name = "sample-${number}"
type = "backend"
hint = "Model server number ${number}"
autostart = false

[b00t.backend]
port = ${1024 + (number % 60_000)}
models = ["model-${number}"]
${tailMap(number, 'backend')}`
}

function noteText(number: number): string {
  return `# What is worth knowing about tool ${number}.
[b00t]
name = "sample-${number}"
type = "note"
hint = "How tool ${number} is used"

[b00t.note]
topics = ["build", "test", "release"]
level = ${number % 5}
${tailMap(number, 'note')}`
}

function sidecarText(number: number): string {
  return `# Stands beside service ${number - 3} and watches its log.
[b00t]
name = "sample-${number}"
type = "sidecar"
hint = "Watches service ${number - 3}"
depends_on = ["sample-${number - 3}.service"]

[b00t.service]
argv = ["tail", "-f", "service-${number - 3}.log"]

[b00t.service.environment]
LEVEL = "info"
`
}

function tailMap(number: number, tag: string): string {
  return `
# b00t:map v1
# summary: Sample number ${number}
# tags: ${tag}, sample
# tier: sm0l
# complexity: ${1 + (number % 3)}
`
}
