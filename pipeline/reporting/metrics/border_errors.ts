/**
 * Errors near the borders between subdomains and away from them.
 *
 * @module
 */

/** The error over one group of nodes. */
export interface NodeGroupError {
  /** Nodes of this group, over all samples. */
  readonly nodeCount: number;
  readonly rmse: number;
  readonly normalisedRmse: number;
}

/** The error near other subdomains against the error elsewhere. */
export interface BorderError {
  readonly border: NodeGroupError;
  readonly interior: NodeGroupError;
  /**
   * Normalised RMSE near the borders over that elsewhere; undefined where one group is empty or
   * exact.
   */
  readonly ratio: number | undefined;
}

/** Sums of squared errors over a group of nodes. */
export class GroupSums {
  nodeCount = 0;
  squares = 0;
  normalisedSquares = 0;

  add(squares: number, normalisedSquares: number): void {
    this.nodeCount++;
    this.squares += squares;
    this.normalisedSquares += normalisedSquares;
  }

  addAll(other: GroupSums): void {
    this.nodeCount += other.nodeCount;
    this.squares += other.squares;
    this.normalisedSquares += other.normalisedSquares;
  }

  result(outputCount: number): NodeGroupError {
    const count = Math.max(1, this.nodeCount) * outputCount;
    return {
      nodeCount: this.nodeCount,
      rmse: Math.sqrt(this.squares / count),
      normalisedRmse: Math.sqrt(this.normalisedSquares / count),
    };
  }
}

/** Sets the nodes near borders against all others. */
export function compareGroups(border: NodeGroupError, interior: NodeGroupError): BorderError {
  const comparable = border.nodeCount > 0 && interior.normalisedRmse > 0;
  return {
    border,
    interior,
    ratio: comparable ? border.normalisedRmse / interior.normalisedRmse : undefined,
  };
}
