/** What is wrong with a text as the base URL of a backend, as the end of a sentence; undefined if it can be one. */
export function baseUrlFault(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null) return 'is not a URL'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return 'does not start with http:// or https://'
  }
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  if (url.search !== '') return 'must not have a query ("?")'
  return url.hash === '' ? undefined : 'must not have a fragment ("#")'
}

/** Whether a text can be the base URL of a backend. */
export function isBaseUrl(text: string): boolean {
  return baseUrlFault(text) === undefined
}
