/**
 * Meshes as message passing sees them: numbered points in space.
 *
 * @module
 */

/** The nodes of one mesh sample. Cells are not needed to train and stay in the store. */
export interface Mesh {
  /** Name of the sample in its store; random keys are made of it. */
  readonly id: string;
  /** Space dimensions D: 1, 2 or 3. */
  readonly dimensions: number;
  /** Node positions [N, D], in units of the domain length. */
  readonly position: Float32Array;
  /** The number of nodes N. */
  readonly nodeCount: number;
}

/**
 * The mesh of an id and its node positions; keeps `position`, which must not change afterwards.
 *
 * @param position Node positions [N, D], finite.
 * @throws {RangeError} if D is not 1, 2 or 3 or a position is not finite.
 * @throws {TypeError} if the positions do not divide into nodes of D coordinates.
 */
export function createMesh(id: string, dimensions: number, position: Float32Array): Mesh {
  const nodeCount = countNodes(`create mesh "${id}"`, position, dimensions);
  return { id, dimensions, position, nodeCount };
}

/** The number of nodes in `position` [N, D]; `action` completes "Cannot ... as" of the error. */
export function countNodes(action: string, position: Float32Array, dimensions: number): number {
  if (dimensions !== 1 && dimensions !== 2 && dimensions !== 3) {
    throw new RangeError(`Cannot ${action} as dimensions must be 1, 2 or 3: received ${dimensions}`);
  }
  if (position.length % dimensions !== 0) {
    throw new TypeError(
      `Cannot ${action} as positions must come in groups of ${dimensions}: received ${position.length} numbers`,
    );
  }
  for (let k = 0; k < position.length; k++) {
    if (!Number.isFinite(position[k])) {
      const node = Math.floor(k / dimensions);
      throw new RangeError(`Cannot ${action} as positions must be finite: node ${node} has ${position[k]}`);
    }
  }
  return position.length / dimensions;
}
