/**
 * Relative errors of samples, ranked.
 *
 * @module
 */

/** Relative L2 of one sample; undefined where the true field is 0 everywhere. */
export interface SampleError {
  readonly id: string;
  readonly relativeL2: number | undefined;
}

/**
 * Relative L2 over the samples; samples whose true field is 0 everywhere are named, not counted.
 */
export interface RelativeL2 {
  readonly mean: number;
  readonly median: number;
  readonly worst: number;
  /**
   * The sample at the middle of the ranking (the better one of two), undefined where none counts.
   */
  readonly medianId: string | undefined;
  /** The sample with the largest error, the first one among equals. */
  readonly worstId: string | undefined;
  /** Every sample in the order of `add`. */
  readonly samples: readonly SampleError[];
  /** The samples left out because their true field is 0 everywhere. */
  readonly zeroTruthIds: readonly string[];
}

/** Mean, median and worst of the samples that have a relative error; NaN where none has. */
export function summarise(samples: readonly SampleError[]): RelativeL2 {
  const ranked: { readonly id: string; readonly relativeL2: number }[] = [];
  for (const { id, relativeL2 } of samples) {
    if (relativeL2 !== undefined) ranked.push({ id, relativeL2 });
  }
  ranked.sort((a, b) => a.relativeL2 - b.relativeL2);
  const lower = ranked[Math.ceil(ranked.length / 2) - 1];
  const upper = ranked[Math.floor(ranked.length / 2)];
  const worst = ranked.find((sample) => sample.relativeL2 === ranked[ranked.length - 1].relativeL2);
  return {
    mean: ranked.reduce((sum, sample) => sum + sample.relativeL2, 0) / ranked.length,
    median: ranked.length > 0 ? (lower.relativeL2 + upper.relativeL2) / 2 : NaN,
    worst: worst?.relativeL2 ?? NaN,
    medianId: lower?.id,
    worstId: worst?.id,
    samples: [...samples],
    zeroTruthIds: samples.filter((sample) => sample.relativeL2 === undefined).map((sample) =>
      sample.id
    ),
  };
}

/** √(mean of the squares); a single value is given back as it is. */
export function rootMeanSquare(values: readonly number[]): number {
  if (values.length === 1) return values[0];
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
