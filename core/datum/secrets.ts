const SECRET_NAME = /password|passwd|secret|token|api_?key|private_?key|credential/i

/** A login in an address, a value of a key with a telling name, and tokens known by their first letters. */
const LOGIN = /(?<=:\/\/[^\s:/@]{0,64}:)[^\s@/]+(?=@)/g
const ASSIGNED =
  /(?<name>[\w-]{1,64}"?\s{0,8}=\s{0,8})(?<value>"(?:\\.|[^"\\])*"?|'[^']*'?|[^\s,}\]]+)/g
const TOKEN = /\b(?:b00t-sk-|sk-|hf_|ghp_|github_pat_|xox[bp]-)[\w-]{8,}/g

/** Whether a key's name says that its value is a secret; the name of an environment variable is none. */
export function isSecretKey(key: string): boolean {
  return SECRET_NAME.test(key) && !/_env$/i.test(key)
}

/** Whether a text holds something that is known as a token by its first letters, or a login in an address. */
export function holdsToken(text: string): boolean {
  return text.search(TOKEN) >= 0 || text.search(LOGIN) >= 0
}

/** The same text with secrets starred out, character for character, so that columns keep their meaning. */
export function maskSecrets(text: string): string {
  return text
    .replace(LOGIN, stars)
    .replace(TOKEN, stars)
    .replace(ASSIGNED, (whole, name: string, value: string) =>
      isSecretKey(name.replace(/["\s=]+$/, '')) ? name + stars(value) : whole,
    )
}

function stars(text: string): string {
  return '*'.repeat(text.length)
}
