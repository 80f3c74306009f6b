/**
 * A time limit for asynchronous work.
 *
 * @module
 */

/**
 * The result of `work`. Late work continues, and its result is ignored.
 *
 * @throws `late` If there is no result in time.
 */
export async function withinSeconds<T>(seconds: number, work: Promise<T>, late: Error): Promise<T> {
  const { promise: limit, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late), 1000 * seconds);
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
