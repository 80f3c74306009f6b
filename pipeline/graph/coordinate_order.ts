/**
 * Sort of nodes along an axis in linear time.
 *
 * @module
 */

const DIGIT_BITS = 11;
const DIGIT_COUNT = 3;

/** Nodes up to which an insertion sort is faster than the passes over all digits. */
const FEW_NODES = 64;

/**
 * The given nodes sorted along one axis; those of equal coordinate keep their order. A radix sort
 * of three passes, or an insertion sort of a few nodes.
 *
 * @param nodes Nodes to sort [n]; not changed.
 * @param position Node positions [N, D], finite.
 * @param dimensions Space dimensions D.
 * @param axis The axis to sort along, from 0 to D - 1.
 */
export function orderAlongAxis(
  nodes: Uint32Array<ArrayBuffer>,
  position: Float32Array,
  dimensions: number,
  axis: number,
): Uint32Array<ArrayBuffer> {
  let keys = sortableKeys(nodes, position, dimensions, axis);
  let order = nodes.slice();
  if (nodes.length <= FEW_NODES) {
    insertionSort(keys, order);
    return order;
  }
  let nextKeys = new Uint32Array(nodes.length);
  let nextOrder = new Uint32Array(nodes.length);
  const starts = new Uint32Array(2 ** DIGIT_BITS + 1);
  for (let digit = 0; digit < DIGIT_COUNT; digit++) {
    const shift = digit * DIGIT_BITS;
    const mask = 2 ** DIGIT_BITS - 1;
    starts.fill(0);
    for (let i = 0; i < keys.length; i++) starts[((keys[i] >>> shift) & mask) + 1]++;
    for (let v = 0; v < mask; v++) starts[v + 1] += starts[v];
    for (let i = 0; i < keys.length; i++) {
      const target = starts[(keys[i] >>> shift) & mask]++;
      nextKeys[target] = keys[i];
      nextOrder[target] = order[i];
    }
    [keys, nextKeys] = [nextKeys, keys];
    [order, nextOrder] = [nextOrder, order];
  }
  return order;
}

/** Sorts the keys, and the order with them. */
function insertionSort(keys: Uint32Array, order: Uint32Array): void {
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i];
    const node = order[i];
    let k = i;
    for (; k > 0 && keys[k - 1] > key; k--) {
      keys[k] = keys[k - 1];
      order[k] = order[k - 1];
    }
    keys[k] = key;
    order[k] = node;
  }
}

/** The axis of the largest extent of the given nodes; the first one if several are equal. */
export function longestAxis(
  nodes: Uint32Array,
  position: Float32Array,
  dimensions: number,
): number {
  let longest = 0;
  let longestExtent = -1;
  for (let axis = 0; axis < dimensions; axis++) {
    let low = Infinity;
    let high = -Infinity;
    for (let i = 0; i < nodes.length; i++) {
      const x = position[nodes[i] * dimensions + axis];
      if (x < low) low = x;
      if (x > high) high = x;
    }
    if (high - low > longestExtent) {
      longest = axis;
      longestExtent = high - low;
    }
  }
  return longest;
}

/**
 * Coordinates as unsigned integers of the same order: the sign bit is flipped, for negative numbers
 * all bits.
 */
function sortableKeys(
  nodes: Uint32Array,
  position: Float32Array,
  dimensions: number,
  axis: number,
): Uint32Array<ArrayBuffer> {
  const coordinates = new Float32Array(nodes.length);
  // Adding 0 turns -0 into +0, so that both have one key.
  for (let i = 0; i < nodes.length; i++) {
    coordinates[i] = position[nodes[i] * dimensions + axis] + 0;
  }
  const keys = new Uint32Array(coordinates.buffer);
  for (let i = 0; i < keys.length; i++) keys[i] ^= keys[i] >>> 31 === 1 ? 0xffffffff : 0x80000000;
  return keys;
}
