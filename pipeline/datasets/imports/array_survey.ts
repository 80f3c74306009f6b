/**
 * Statistics of an array over all samples of a data set, by which it becomes a field: ranges,
 * rounding errors of float32, round-off, values that stand for "no value".
 *
 * @module
 */

import type { FileArray } from "../../../io/mesh_file/mesh_file.ts";

/** A value at a node of a sample. */
export interface ValuePlace {
  readonly sample: number;
  readonly node: string;
}

/** Statistics of one component. */
export interface ComponentSurvey {
  low: number;
  high: number;
  /** Sum of squared deviations from the mean, and the mean. */
  mean: number;
  squares: number;
  /** Sum of the squared errors of float32. */
  roundingSquares: number;
  /** Values by the binary exponent of their size: counts and the first place of each. */
  readonly exponents: Map<number, { count: number; readonly value: number } & ValuePlace>;
  /** Values that programs use for "no value": counts and the first place of each. */
  readonly sentinels: Map<number, { count: number } & ValuePlace>;
  /** Range without these. */
  otherLow: number;
  otherHigh: number;
  /** Range on each sample. */
  readonly sampleLows: number[];
  readonly sampleHighs: number[];
}

/** Numbers that programs write where there is no value. */
const SENTINELS: ReadonlySet<number> = new Set(
  // deno-fmt-ignore
  [
    99.99, 999, 999.25, 999.9, 9999, 9999.9, 99999, 999999, 9999999,
    2 ** 15 - 1, 2 ** 15, 2 ** 31 - 1, 2 ** 31,
    1e20, 1e25, 1e30, 1e35, 1e36, 1e37, 1e38, 1e300,
    9.96921e36, 9.969209968386869e36, 3.4e38, 3.4028234663852886e38, Number.MAX_VALUE,
  ].flatMap((value) => [value, -value, Math.fround(value), -Math.fround(value)]),
);

/** Distinct values of a categorical array, at most. */
export const MAX_CATEGORIES = 64;

/** An array over all samples. */
export class ArraySurvey {
  readonly array: string;
  components: ComponentSurvey[] = [];
  count = 0;
  unit = "";
  /** Whether float32 holds all values as the files have them. */
  isFloat32 = true;
  /** Whether all files have integers. */
  isInteger = true;
  /** The first integer that float32 does not represent. */
  inexact: { readonly value: number } & ValuePlace | undefined;
  missingCount = 0;
  /** The first value that is no finite number. */
  notFinite: { readonly value: number } & ValuePlace | undefined;
  /** Distinct values of the first component, up to one more than {@linkcode MAX_CATEGORIES}. */
  readonly distinct = new Set<number>();

  constructor(array: string) {
    this.array = array;
  }

  /**
   * Adds the values of a sample.
   *
   * @param values [N, components]
   * @param isMissing Whether a node has no value
   */
  add(
    sample: number,
    values: Float64Array,
    { values: raw, components, unit }: FileArray,
    nameOf: (node: number) => string,
    isMissing: (value: number, node: number) => boolean,
  ): void {
    if (this.count === 0 && this.components.length === 0) {
      this.components = Array.from({ length: components }, emptyComponent);
      this.unit = unit ?? "";
    }
    this.isFloat32 &&= !(raw instanceof Float64Array || raw instanceof BigInt64Array ||
      raw instanceof BigUint64Array);
    for (const component of this.components) {
      component.sampleLows[sample] = Infinity;
      component.sampleHighs[sample] = -Infinity;
    }
    const isInteger = !(raw instanceof Float32Array || raw instanceof Float64Array);
    this.isInteger &&= isInteger;
    const nodeCount = values.length / components;
    for (let node = 0; node < nodeCount; node++) {
      let isAbsent = false;
      for (let c = 0; c < components; c++) {
        isAbsent ||= isMissing(values[components * node + c], node);
      }
      if (isAbsent) {
        this.missingCount++;
        continue;
      }
      this.count++;
      for (let c = 0; c < components; c++) {
        const value = values[components * node + c];
        if (Number.isFinite(value)) this.#addValue(this.components[c], value, sample, node, nameOf);
        else this.notFinite ??= { value, sample, node: nameOf(node) };
        if (isInteger && Number.isInteger(value) && Math.fround(value) !== value) {
          this.inexact ??= { value, sample, node: nameOf(node) };
        }
      }
      if (this.distinct.size <= MAX_CATEGORIES) this.distinct.add(values[components * node]);
    }
  }

  /** The largest size of any component. */
  get largest(): number {
    return Math.max(0, ...this.components.map(largestOf));
  }

  #addValue(
    component: ComponentSurvey,
    value: number,
    sample: number,
    node: number,
    nameOf: (node: number) => string,
  ): void {
    component.low = Math.min(component.low, value);
    component.high = Math.max(component.high, value);
    component.sampleLows[sample] = Math.min(component.sampleLows[sample], value);
    component.sampleHighs[sample] = Math.max(component.sampleHighs[sample], value);
    const deviation = value - component.mean;
    component.mean += deviation / this.count;
    component.squares += deviation * (value - component.mean);
    component.roundingSquares += (Math.fround(value) - value) ** 2;
    const exponent = value === 0 ? -Infinity : Math.floor(Math.log2(Math.abs(value)));
    const bin = component.exponents.get(exponent);
    if (bin === undefined) {
      component.exponents.set(exponent, { count: 1, value, sample, node: nameOf(node) });
    } else bin.count++;
    if (SENTINELS.has(value)) {
      const sentinel = component.sentinels.get(value);
      if (sentinel === undefined) {
        component.sentinels.set(value, { count: 1, sample, node: nameOf(node) });
      } else sentinel.count++;
    } else {
      component.otherLow = Math.min(component.otherLow, value);
      component.otherHigh = Math.max(component.otherHigh, value);
    }
  }
}

/** The largest size of a component. */
export function largestOf({ low, high }: ComponentSurvey): number {
  return low > high ? 0 : Math.max(Math.abs(low), Math.abs(high));
}

function emptyComponent(): ComponentSurvey {
  return {
    low: Infinity,
    high: -Infinity,
    mean: 0,
    squares: 0,
    roundingSquares: 0,
    exponents: new Map(),
    sentinels: new Map(),
    otherLow: Infinity,
    otherHigh: -Infinity,
    sampleLows: [],
    sampleHighs: [],
  };
}
