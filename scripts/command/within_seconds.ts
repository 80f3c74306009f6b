/**
 * Work that may take for ever.
 *
 * @module
 */

/**
 * The result of `work`, which goes on unheard if it is late. @throws `late`, if there is none in
 * time
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
