/**
 * Meshes as message passing sees them: numbered points in space.
 *
 * @module
 */

/** The number of nodes in `position` [N, D]; `action` completes "Cannot ... as" of the error. */
export function countNodes(action: string, position: Float32Array, dimensions: number): number {
  if (dimensions !== 1 && dimensions !== 2 && dimensions !== 3) {
    throw new RangeError(
      `Cannot ${action} as dimensions must be 1, 2 or 3: received ${dimensions}`,
    );
  }
  if (position.length % dimensions !== 0) {
    throw new TypeError(
      `Cannot ${action} as positions must come in groups of ${dimensions}: received ` +
        `${position.length} numbers`,
    );
  }
  for (let k = 0; k < position.length; k++) {
    if (!Number.isFinite(position[k])) {
      const node = Math.floor(k / dimensions);
      throw new RangeError(
        `Cannot ${action} as positions must be finite: node ${node} has ${position[k]}`,
      );
    }
  }
  return position.length / dimensions;
}
