/**
 * The tiles in which the products are computed: constants of the pipelines, the same for every
 * graph.
 *
 * A tile decides who computes which sums and where the operands are read, never the order of the
 * terms of a sum.
 *
 * @module
 */

/** Invocations of a workgroup: the override constant WORKGROUP_SIZE of every shader. */
export const WORKGROUP_SIZE = 64;

/** What one invocation computes, and how its workgroup reads the operands. */
export interface Tile {
  /** Rows and columns that one invocation holds in registers. */
  readonly rows: 4 | 8;
  readonly columns: 4 | 8;
  /**
   * Terms of the sums that a workgroup stages in its memory at a time; 0 reads storage. Divides 64
   * (see CHUNK).
   */
  readonly depth: 0 | 8 | 16;
  /** Tiles of a workgroup side by side, where it stages; divides {@linkcode WORKGROUP_SIZE}. */
  readonly groupColumns: 4 | 8;
}

/** The tiles that a device can be asked for; each is held against the reference. */
export const TILES: readonly Tile[] = [
  { rows: 8, columns: 8, depth: 0, groupColumns: 4 },
  { rows: 4, columns: 4, depth: 0, groupColumns: 8 },
  { rows: 8, columns: 8, depth: 8, groupColumns: 4 },
  { rows: 8, columns: 4, depth: 16, groupColumns: 8 },
];

/**
 * The tile that suits an adapter. A software one has no memory that is faster than its caches, so
 * staging only costs; on a GPU 8 × 4 sums leave registers for enough threads (8 × 8 with sums of a
 * chunk beside them would take 128), and 64 × 32 outputs of a workgroup match a latent width of 32
 * and fit in 6.5 KiB of its memory, of the 16 that every device has.
 */
export function tileFor(isFallback: boolean): Tile {
  return isFallback ? TILES[0] : TILES[3];
}

/** A tile in words, such as `8 × 4, staged 16 deep`. */
export function tileText({ rows, columns, depth }: Tile): string {
  return `${rows} × ${columns}${depth === 0 ? "" : `, staged ${depth} deep`}`;
}

/**
 * Invocations that cover `rows` × `columns` outputs: one for a tile, and whole workgroups where
 * they stage.
 */
export function tileInvocations(tile: Tile, rows: number, columns: number): number {
  if (tile.depth === 0) return Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);
  const groupRows = WORKGROUP_SIZE / tile.groupColumns * tile.rows,
    groupColumns = tile.groupColumns * tile.columns;
  return WORKGROUP_SIZE * Math.ceil(rows / groupRows) * Math.ceil(columns / groupColumns);
}
