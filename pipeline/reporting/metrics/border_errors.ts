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
   * Normalised RMSE near the borders divided by that elsewhere; undefined if one group is empty or
   * exact.
   */
  readonly ratio: number | undefined;
}

/** Sums of squared errors over a group of nodes. */
export class NodeGroupSums {
  nodeCount = 0;
  squares = 0;
  normalisedSquares = 0;

  /** Adds one node. */
  add(squares: number, normalisedSquares: number): void {
    this.nodeCount++;
    this.squares += squares;
    this.normalisedSquares += normalisedSquares;
  }

  /** Adds all nodes of another group. */
  addAll(other: NodeGroupSums): void {
    this.nodeCount += other.nodeCount;
    this.squares += other.squares;
    this.normalisedSquares += other.normalisedSquares;
  }

  /** The errors, each node having `outputCount` values. */
  result(outputCount: number): NodeGroupError {
    const count = Math.max(1, this.nodeCount) * outputCount;
    return {
      nodeCount: this.nodeCount,
      rmse: Math.sqrt(this.squares / count),
      normalisedRmse: Math.sqrt(this.normalisedSquares / count),
    };
  }
}

/** Compares the nodes near borders with all others. */
export function compareGroups(border: NodeGroupError, interior: NodeGroupError): BorderError {
  const isComparable = border.nodeCount > 0 && interior.normalisedRmse > 0;
  return {
    border,
    interior,
    ratio: isComparable ? border.normalisedRmse / interior.normalisedRmse : undefined,
  };
}
