/**
 * A bound that a chi-square statistic exceeds once in a million: Wilson and Hilferty's cube of a
 * normal quantile.
 *
 * Seeds are fixed, so a test always passes or always fails; the bound guards against an unlucky
 * seed.
 */
export function chiSquareBound(freedom: number): number {
  const quantile = 4.753; // of the standard normal at 1 - 1e-6
  const ninth = 2 / (9 * freedom);
  return freedom * (1 - ninth + quantile * Math.sqrt(ninth)) ** 3;
}
