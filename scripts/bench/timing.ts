/**
 * Repeated timing, and how its results are printed.
 *
 * @module
 */

/** A measured figure: the median time, and rates that follow from it. */
export interface Figure {
  readonly name: string;
  readonly medianMs: number;
  /** Such as `"MB/s"`: by unit. */
  readonly rates?: Readonly<Record<string, number>> | undefined;
}

/** The figures of a benchmark. */
export interface Figures {
  readonly benchmark: string;
  /** How they were measured: a sentence. */
  readonly how: string;
  readonly figures: readonly Figure[];
}

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

/** The median time of `repeats` calls, after calls that warm up and are not counted. */
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

/** A time with as many digits as it deserves. */
export function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
