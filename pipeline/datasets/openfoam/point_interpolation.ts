/**
 * Interpolation from cells and faces to points.
 *
 * @module
 */

/** Cells or faces with the same number of corners. */
export interface Elements {
  /** Points `[n, corners]`. */
  readonly corners: Uint32Array;
  readonly cornerCount: number;
  /** Value of each `[n, components]`. */
  readonly values: Float64Array;
}

/**
 * Means of the values around each point, weighted by the inverse distance to their centres, as in
 * volPointInterpolation of OpenFOAM.
 *
 * @param points Points `[N, dimensions]`
 * @param layers Cells, then faces; a later layer overrides earlier ones at its points
 * @returns Values `[N, components]`; 0 at points without elements
 */
export function interpolateToPoints(
  points: Float64Array,
  dimensions: number,
  components: number,
  layers: readonly Elements[],
): Float64Array {
  const pointCount = points.length / dimensions;
  const out = new Float64Array(pointCount * components);
  for (const { corners, cornerCount, values } of layers) {
    const weights = new Float64Array(pointCount);
    const sums = new Float64Array(out.length);
    const centres = elementCentres(points, dimensions, corners, cornerCount);
    for (let i = 0; i < corners.length; i++) {
      const element = Math.floor(i / cornerCount);
      const point = corners[i];
      let squared = 0;
      for (let d = 0; d < dimensions; d++) {
        squared += (points[point * dimensions + d] - centres[element * dimensions + d]) ** 2;
      }
      const weight = 1 / Math.sqrt(squared);
      weights[point] += weight;
      for (let c = 0; c < components; c++) {
        sums[point * components + c] += weight * values[element * components + c];
      }
    }
    for (let i = 0; i < out.length; i++) {
      const weight = weights[Math.floor(i / components)];
      if (weight > 0) out[i] = sums[i] / weight;
    }
  }
  return out;
}

/** Means of the corners of each element `[n, dimensions]`. */
export function elementCentres(
  points: Float64Array,
  dimensions: number,
  corners: Uint32Array,
  cornerCount: number,
): Float64Array {
  const centres = new Float64Array(corners.length / cornerCount * dimensions);
  corners.forEach((point, i) => {
    const element = Math.floor(i / cornerCount);
    for (let d = 0; d < dimensions; d++) {
      centres[element * dimensions + d] += points[point * dimensions + d] / cornerCount;
    }
  });
  return centres;
}
