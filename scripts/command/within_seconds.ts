/**
 * A time limit for asynchronous work.
 *
 * @module
 */

/** The result of `work`. If it is late, throws `late`; the work continues without effect. */
export async function withinSeconds<T>(seconds: number, work: Promise<T>, late: Error): Promise<T> {
  const { promise: limit, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late), 1000 * seconds);
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
