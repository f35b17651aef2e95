type Schema = Record<string, unknown>

const START = '<!-- fields -->'
const END = '<!-- /fields -->'

/**
 * The README table of a type's fields, as Markdown: key, type, default and description.
 *
 * @param table - the schema under `$defs.table`
 * @param root - the whole schema, for its `$defs`
 */
export function fieldTable(table: Schema, root: Schema): string {
  const rows = fieldRows(table, root, '')
  return ['| Key | Type | Default | Meaning |', '|---|---|---|---|', ...rows].join('\n')
}

/** The README with the table between its markers renewed; `undefined` if it has no markers. */
export function replaceFields(readme: string, table: string): string | undefined {
  const start = readme.indexOf(START)
  const end = readme.indexOf(END)
  if (start < 0 || end < start) return undefined
  return `${readme.slice(0, start + START.length)}\n\n${table}\n\n${readme.slice(end)}`
}

function fieldRows(table: Schema, root: Schema, prefix: string): string[] {
  const required = (table.required as string[] | undefined) ?? []
  const properties = (table.properties ?? {}) as Record<string, Schema>
  return Object.entries(properties).flatMap(([key, written]) => {
    const field = follow(written, root)
    const name = prefix + key
    const fallback = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``
    const cells = [
      `\`${name}\``,
      typeText(field, root),
      required.includes(key) ? 'required' : fallback,
      String(field.description ?? ''),
    ]
    const row = `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
    return [row, ...innerRows(field, root, name)]
  })
}

function innerRows(field: Schema, root: Schema, name: string): string[] {
  const items = isSchema(field.items) ? follow(field.items, root) : undefined
  return [
    ...(field.properties ? fieldRows(field, root, `${name}.`) : []),
    ...(items?.properties ? fieldRows(items, root, `${name}[].`) : []),
  ]
}

/** A schema with its reference followed; what stands beside the reference counts more. */
function follow(schema: Schema, root: Schema): Schema {
  const reference = schema.$ref
  if (typeof reference !== 'string') return schema
  const name = reference.split('/').at(-1) ?? ''
  const definitions = (root.$defs ?? {}) as Record<string, Schema>
  const target = reference.startsWith('#/$defs/') ? definitions[name] : { type: name }
  return { ...target, ...schema }
}

function typeText(field: Schema, root: Schema): string {
  if (Array.isArray(field.enum)) return field.enum.map((word) => `\`${word}\``).join(', ')
  if (field.const !== undefined) return `\`${field.const}\``
  const branches = field.anyOf ?? field.oneOf
  if (!field.type && Array.isArray(branches)) {
    return [...new Set(branches.map((branch) => typeText(follow(branch, root), root)))].join(' or ')
  }
  const types = [field.type ?? 'any'].flat().map((type) => typeWord(String(type), field, root))
  return types.join(' or ') + rangeText(field)
}

function typeWord(type: string, field: Schema, root: Schema): string {
  if (type === 'object') return 'table'
  if (type !== 'array') return type
  return isSchema(field.items) ? `list of ${typeText(follow(field.items, root), root)}` : 'list'
}

function rangeText({ minimum, maximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum}…${maximum}`
  if (minimum !== undefined) return `, at least ${minimum}`
  return maximum === undefined ? '' : `, at most ${maximum}`
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
