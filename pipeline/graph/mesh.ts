/**
 * Meshes as point sets: message passing needs the positions of the nodes only.
 *
 * @module
 */

/**
 * The number of nodes in `position` [N, D].
 *
 * @param action The action that fails otherwise, for the error message.
 * @throws {RangeError} If `dimensions` is not 1, 2 or 3, or a position is not finite.
 * @throws {TypeError} If the number of coordinates is not a multiple of `dimensions`.
 */
export function countNodes(action: string, position: Float32Array, dimensions: number): number {
  if (dimensions !== 1 && dimensions !== 2 && dimensions !== 3) {
    throw new RangeError(
      `Cannot ${action}: dimensions must be 1, 2 or 3, received ${dimensions}`,
    );
  }
  if (position.length % dimensions !== 0) {
    throw new TypeError(
      `Cannot ${action}: positions must have ${dimensions} coordinates each, received ` +
        `${position.length} numbers`,
    );
  }
  for (let k = 0; k < position.length; k++) {
    if (!Number.isFinite(position[k])) {
      const node = Math.floor(k / dimensions);
      throw new RangeError(
        `Cannot ${action}: positions must be finite, node ${node} has ${position[k]}`,
      );
    }
  }
  return position.length / dimensions;
}
