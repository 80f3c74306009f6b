/**
 * Distances to a closed polygon.
 *
 * @module
 */

/**
 * Distance of each point to the nearest edge of a closed polygon, >= 0 on both sides.
 *
 * @param points Points `[n, 2]`
 * @param polygon Corners in order `[m, 2]`
 */
export function distanceToPolygon(points: Float64Array, polygon: Float64Array): Float64Array {
  const cornerCount = polygon.length / 2;
  const distances = new Float64Array(points.length / 2);
  for (let i = 0; i < distances.length; i++) {
    const x = points[2 * i];
    const y = points[2 * i + 1];
    let least = Infinity;
    for (let a = 0; a < cornerCount; a++) {
      const b = a + 1 === cornerCount ? 0 : a + 1;
      const edgeX = polygon[2 * b] - polygon[2 * a];
      const edgeY = polygon[2 * b + 1] - polygon[2 * a + 1];
      const fromX = x - polygon[2 * a];
      const fromY = y - polygon[2 * a + 1];
      const along = (fromX * edgeX + fromY * edgeY) / (edgeX * edgeX + edgeY * edgeY);
      const t = Math.min(Math.max(along, 0), 1);
      least = Math.min(least, (fromX - t * edgeX) ** 2 + (fromY - t * edgeY) ** 2);
    }
    distances[i] = Math.sqrt(least);
  }
  return distances;
}
