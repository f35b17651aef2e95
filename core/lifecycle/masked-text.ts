import { isSecretKey, maskSecrets } from '../datum/secrets.ts'

/** Shorter values are words such as `on`, which would star out half of every text. */
const SHORTEST_SECRET = 6

/**
 * What a program printed, fit for status and audit: without tokens and values of secret variables.
 *
 * @param names - further variables whose values are secret, whatever they are called
 */
export function maskText(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[] = [],
): string {
  const values = Object.entries(environment)
    .filter(([name]) => names.includes(name) || isSecretKey(name))
    .flatMap(([, value = '']) => (value.length >= SHORTEST_SECRET ? [value] : []))
    // A value may begin with another: starring out the short one first would leave the rest to read.
    .sort((a, b) => b.length - a.length)
  return maskSecrets(values.reduce((masked, value) => masked.replaceAll(value, '***'), text))
}
