/**
 * Windows on device arrays.
 *
 * @module
 */

/**
 * Checks the bounds of a window on an array.
 *
 * @param length Elements of the array.
 * @throws {RangeError} If `[start, end)` is not within the array.
 */
export function checkWindow(length: number, start: number, end: number): void {
  const isWithin = Number.isInteger(start) && Number.isInteger(end) &&
    0 <= start && start <= end && end <= length;
  if (isWithin) return;
  throw new RangeError(
    `Cannot take a window on an array: it must be within [0, ${length}), received ` +
      `[${start}, ${end})`,
  );
}
