/**
 * Tiles of the products: constants of the pipelines, the same for every graph.
 *
 * A tile determines which invocation computes which sums and where operands are read, but not the
 * order of the terms of a sum.
 *
 * @module
 */

/** Invocations of a workgroup: the override constant WORKGROUP_SIZE of every shader. */
export const WORKGROUP_SIZE = 64;

/** Outputs of one invocation, and staging of the operands by its workgroup. */
export interface Tile {
  /** Rows of one invocation, held in registers. */
  readonly rows: 4 | 8;
  /** Columns of one invocation, held in registers. */
  readonly columns: 4 | 8;
  /**
   * Terms of the sums that a workgroup stages in its memory at a time; 0 to read from storage. A
   * divisor of 64, the CHUNK of the shaders.
   */
  readonly depth: 0 | 8 | 16;
  /** Tiles per row of a workgroup that stages; a divisor of {@linkcode WORKGROUP_SIZE}. */
  readonly groupColumns: 4 | 8;
}

/** The tiles that a device offers; each is tested against the reference. */
export const TILES: readonly Tile[] = [
  { rows: 8, columns: 8, depth: 0, groupColumns: 4 },
  { rows: 4, columns: 4, depth: 0, groupColumns: 8 },
  { rows: 8, columns: 8, depth: 8, groupColumns: 4 },
  { rows: 8, columns: 4, depth: 16, groupColumns: 8 },
];

/**
 * The tile for an adapter. A software adapter has no memory faster than its caches, so it does not
 * stage. On a GPU, 8 × 4 sums leave registers for enough threads (8 × 8 sums with those of a chunk
 * would need 128), and the 64 × 32 outputs of a workgroup match a latent width of 32 and stage
 * 6.5 KiB, of the 16 KiB that every device has.
 */
export function tileFor(isFallback: boolean): Tile {
  return isFallback ? TILES[0] : TILES[3];
}

/** A tile as text, such as `8 × 4, staged 16 deep`. */
export function tileText({ rows, columns, depth }: Tile): string {
  return `${rows} × ${columns}${depth === 0 ? "" : `, staged ${depth} deep`}`;
}

/**
 * Invocations that cover `rows` × `columns` outputs: one per tile, in full workgroups if they
 * stage.
 */
export function tileInvocations(tile: Tile, rows: number, columns: number): number {
  if (tile.depth === 0) return Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);
  const groupRows = WORKGROUP_SIZE / tile.groupColumns * tile.rows;
  const groupColumns = tile.groupColumns * tile.columns;
  return WORKGROUP_SIZE * Math.ceil(rows / groupRows) * Math.ceil(columns / groupColumns);
}
