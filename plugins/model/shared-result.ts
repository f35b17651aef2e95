/**
 * A function that makes its result at the first call and gives the same one to every later call.
 *
 * A failure is given to those who wait for it, and the next call tries again.
 */
export function shareResult<T>(make: () => Promise<T>): () => Promise<T> {
  let making: Promise<T> | undefined
  return async () => {
    making ??= make()
    const current = making
    try {
      return await current
    } catch (error) {
      if (making === current) making = undefined
      throw error
    }
  }
}
