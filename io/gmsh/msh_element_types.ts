/**
 * Types of elements in Gmsh and the cells of VTK that they become, whose nodes have another order.
 *
 * @see {@link https://gmsh.info/doc/texinfo/gmsh.html#Node-ordering}
 * @module
 */

/** A type of elements. */
export interface ElementType {
  readonly dimension: number;
  readonly nodeCount: number;
  /** VTK type. */
  readonly cellType: number;
  /** The node of the element at each place of the cell; the same order if undefined. */
  readonly order?: readonly number[] | undefined;
}

const LAGRANGE = { curve: 68, triangle: 69, quadrilateral: 70 } as const;
const POLYGON = 7;
const CONVEX_POINT_SET = 41;

const HEXAHEDRON_20 = [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 13, 9, 16, 18, 19, 17, 10, 12, 14, 15];
const PRISM_15 = [0, 1, 2, 3, 4, 5, 6, 9, 7, 12, 14, 13, 8, 10, 11];

/**
 * Types by number. Elements of order 3 and more in space, which VTK orders by their faces, become
 * convex point sets: no node is lost, and none stands for another.
 */
const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: { dimension: 1, nodeCount: 2, cellType: 3 },
  2: { dimension: 2, nodeCount: 3, cellType: 5 },
  3: { dimension: 2, nodeCount: 4, cellType: 9 },
  4: { dimension: 3, nodeCount: 4, cellType: 10 },
  5: { dimension: 3, nodeCount: 8, cellType: 12 },
  6: { dimension: 3, nodeCount: 6, cellType: 13 },
  7: { dimension: 3, nodeCount: 5, cellType: 14 },
  8: { dimension: 1, nodeCount: 3, cellType: 21 },
  9: { dimension: 2, nodeCount: 6, cellType: 22 },
  10: { dimension: 2, nodeCount: 9, cellType: 28 },
  11: { dimension: 3, nodeCount: 10, cellType: 24, order: [0, 1, 2, 3, 4, 5, 6, 7, 9, 8] },
  12: {
    dimension: 3,
    nodeCount: 27,
    cellType: 29,
    order: [...HEXAHEDRON_20, 22, 23, 21, 24, 20, 25, 26],
  },
  13: { dimension: 3, nodeCount: 18, cellType: 32, order: [...PRISM_15, 15, 17, 16] },
  14: { dimension: 3, nodeCount: 14, cellType: CONVEX_POINT_SET },
  15: { dimension: 0, nodeCount: 1, cellType: 1 },
  16: { dimension: 2, nodeCount: 8, cellType: 23 },
  17: { dimension: 3, nodeCount: 20, cellType: 25, order: HEXAHEDRON_20 },
  18: { dimension: 3, nodeCount: 15, cellType: 26, order: PRISM_15 },
  19: {
    dimension: 3,
    nodeCount: 13,
    cellType: 27,
    order: [0, 1, 2, 3, 4, 5, 8, 10, 6, 7, 9, 11, 12],
  },
  20: outline(3, 9),
  21: triangle(10),
  22: outline(3, 12),
  23: triangle(15),
  24: outline(3, 15),
  25: triangle(21),
  26: curve(4),
  27: curve(5),
  28: curve(6),
  29: points(20),
  30: points(35),
  31: points(56),
  36: quadrilateral(3),
  37: quadrilateral(4),
  38: quadrilateral(5),
  39: outline(4, 12),
  40: outline(4, 16),
  41: outline(4, 20),
  42: triangle(28),
  43: triangle(36),
  44: triangle(45),
  45: triangle(55),
  46: triangle(66),
  47: quadrilateral(6),
  48: quadrilateral(7),
  49: quadrilateral(8),
  50: quadrilateral(9),
  51: quadrilateral(10),
  62: curve(7),
  63: curve(8),
  64: curve(9),
  65: curve(10),
  66: curve(11),
  71: points(84),
  72: points(120),
  73: points(165),
  74: points(220),
  75: points(286),
  90: points(40),
  91: points(75),
  92: points(64),
  93: points(125),
  94: points(216),
  95: points(343),
  96: points(512),
  97: points(729),
  98: points(1000),
  106: points(126),
  107: points(196),
  108: points(288),
  109: points(405),
  110: points(550),
  118: points(30),
  119: points(55),
  120: points(91),
  121: points(140),
  122: points(204),
  123: points(285),
  124: points(385),
};

/** The type of a number. @throws {SyntaxError} If it is unknown */
export function elementType(number: number): ElementType {
  if (Object.hasOwn(ELEMENT_TYPES, number)) return ELEMENT_TYPES[number];
  throw new SyntaxError(
    "its elements must be points, lines, triangles, quadrilaterals, tetrahedra, hexahedra, " +
      `prisms or pyramids, received type ${number}`,
  );
}

function curve(nodeCount: number): ElementType {
  return { dimension: 1, nodeCount, cellType: LAGRANGE.curve };
}

/** Corners, edges, then the triangle of lower order within, as in VTK. */
function triangle(nodeCount: number): ElementType {
  return { dimension: 2, nodeCount, cellType: LAGRANGE.triangle };
}

function points(nodeCount: number): ElementType {
  return { dimension: 3, nodeCount, cellType: CONVEX_POINT_SET };
}

/** Corners and nodes on edges without any within, which becomes the polygon around it. */
function outline(corners: number, nodeCount: number): ElementType {
  const perEdge = nodeCount / corners - 1;
  const order = Array.from({ length: corners }, (_, corner) => [
    corner,
    ...Array.from({ length: perEdge }, (_, k) => corners + corner * perEdge + k),
  ]);
  return { dimension: 2, nodeCount, cellType: POLYGON, order: order.flat() };
}

/** Gmsh lists a square from the outside to the inside; VTK has corners, edges, then rows. */
function quadrilateral(degree: number): ElementType {
  const places = squarePlaces(degree);
  const indexOf = (i: number, j: number) =>
    places.findIndex(([column, row]) => column === i && row === j);
  const inner = Array.from({ length: degree - 1 }, (_, k) => k + 1);
  const order = [
    ...places.slice(0, 4).map((_, k) => k),
    ...inner.map((k) => indexOf(k, 0)),
    ...inner.map((k) => indexOf(degree, k)),
    ...inner.map((k) => indexOf(k, degree)),
    ...inner.map((k) => indexOf(0, k)),
    ...inner.flatMap((j) => inner.map((i) => indexOf(i, j))),
  ];
  return { dimension: 2, nodeCount: (degree + 1) ** 2, cellType: LAGRANGE.quadrilateral, order };
}

/** Column and row of each node of a square: corners, edges around it, the square within. */
function squarePlaces(degree: number, start = 0): (readonly [number, number])[] {
  if (degree < 0) return [];
  if (degree === 0) return [[start, start]];
  const end = start + degree;
  const inner = Array.from({ length: degree - 1 }, (_, k) => k + 1);
  return [
    [start, start],
    [end, start],
    [end, end],
    [start, end],
    ...inner.map((k) => [start + k, start] as const),
    ...inner.map((k) => [end, start + k] as const),
    ...inner.map((k) => [end - k, end] as const),
    ...inner.map((k) => [start, end - k] as const),
    ...squarePlaces(degree - 2, start + 1),
  ];
}
