/**
 * Repeated timing and its printed results.
 *
 * @module
 */

/** A measured figure: the median time and rates derived from it. */
export interface Figure {
  readonly name: string;
  readonly medianMs: number;
  /** By unit, such as `"MB/s"`. */
  readonly rates?: Readonly<Record<string, number>> | undefined;
}

/** The figures of a benchmark. */
export interface Figures {
  readonly benchmark: string;
  /** The method of measurement as a sentence. */
  readonly how: string;
  readonly figures: readonly Figure[];
}

/** The middle value, or the mean of the two middle ones; NaN if there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

/** The value below which a part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)];
}

/** The time of one synchronous call, in ms. */
export function elapsedMs(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** The median time of `repeats` calls, after calls that warm up. */
export async function medianMs(
  repeats: number,
  run: () => unknown | Promise<unknown>,
  warmup = 1,
): Promise<number> {
  const times: number[] = [];
  for (let k = -warmup; k < repeats; k++) {
    const start = performance.now();
    await run();
    if (k >= 0) times.push(performance.now() - start);
  }
  return median(times);
}

/** Prints figures as lines, or as one JSON object. */
export function printFigures(figures: Figures, json: boolean): void {
  console.log(json ? JSON.stringify(figures) : describeFigures(figures));
}

function describeFigures({ figures, how }: Figures): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const lines = figures.map(({ name, medianMs, rates = {} }) => {
    const texts = Object.entries(rates).map(([unit, rate]) => `${rate.toPrecision(3)} ${unit}`);
    return [name.padEnd(width), `${milliseconds(medianMs)} ms`.padStart(12), ...texts].join("  ");
  });
  return [...lines, how].join("\n");
}

/** A time in ms with three significant digits. */
export function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
