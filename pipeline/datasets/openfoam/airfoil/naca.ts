/**
 * Four-digit NACA sections with a closed trailing edge and chord 1.
 *
 * @module
 */

/** A section, whose digits may be fractional. */
export interface NacaSection {
  /** Largest height of the camber line, in hundredths of the chord: the first digit. */
  readonly camber: number;
  /** Position of the largest camber, in tenths of the chord: the second digit. */
  readonly camberPosition: number;
  /** Largest thickness, in hundredths of the chord: the last two digits. */
  readonly thickness: number;
}

/** A side of a section. */
export type Side = "upper" | "lower";

/** Intervals of the table of arc lengths, which are denser at both ends. */
const TABLE_CELLS = 4000;

/**
 * Half the thickness at a station, in chords: the polynomial of Jacobs, Ward and Pinkerton (NACA
 * report 460, 1933), with the last coefficient 0.1036 instead of 0.1015, which closes the trailing
 * edge.
 *
 * @param x Station along the chord, 0 to 1
 */
export function halfThickness({ thickness }: NacaSection, x: number): number {
  const polynomial = 0.2969 * Math.sqrt(x) - 0.1260 * x - 0.3516 * x ** 2 + 0.2843 * x ** 3 -
    0.1036 * x ** 4;
  return 5 * thickness / 100 * polynomial;
}

/** The point of a side that is perpendicular to the camber line at station `x`. */
export function surfacePoint(section: NacaSection, side: Side, x: number): [number, number] {
  const [height, slope] = camberLine(section, x);
  const half = side === "upper" ? halfThickness(section, x) : -halfThickness(section, x);
  const angle = Math.atan(slope);
  return [x - half * Math.sin(angle), height + half * Math.cos(angle)];
}

/**
 * Points of a side from the leading to the trailing edge.
 *
 * @param shares Shares of the side's arc length, from 0 to 1, increasing `[n]`
 * @returns Points `[n, 2]`
 */
export function surfacePoints(
  section: NacaSection,
  side: Side,
  shares: Float64Array,
): Float64Array {
  const stations = Float64Array.from(
    { length: TABLE_CELLS + 1 },
    (_, i) => (1 - Math.cos(Math.PI * i / TABLE_CELLS)) / 2,
  );
  const lengths = arcLengths(section, side, stations);
  const points = new Float64Array(2 * shares.length);
  let cell = 0;
  shares.forEach((share, i) => {
    const length = share * lengths[TABLE_CELLS];
    while (cell < TABLE_CELLS - 1 && lengths[cell + 1] < length) cell++;
    const fraction = (length - lengths[cell]) / (lengths[cell + 1] - lengths[cell]);
    const inside = i > 0 && i < shares.length - 1;
    const x = inside
      ? stations[cell] + fraction * (stations[cell + 1] - stations[cell])
      : Math.round(share);
    points.set(surfacePoint(section, side, x), 2 * i);
  });
  return points;
}

/** Height and slope of the camber line. */
function camberLine({ camber, camberPosition }: NacaSection, x: number): [number, number] {
  if (camber === 0 || camberPosition === 0) return [0, 0];
  const m = camber / 100;
  const p = camberPosition / 10;
  if (x < p) return [m / p ** 2 * (2 * p * x - x ** 2), 2 * m / p ** 2 * (p - x)];
  return [m / (1 - p) ** 2 * (1 - 2 * p + 2 * p * x - x ** 2), 2 * m / (1 - p) ** 2 * (p - x)];
}

/** Arc length from the leading edge to each station. */
function arcLengths(section: NacaSection, side: Side, stations: Float64Array): Float64Array {
  const lengths = new Float64Array(stations.length);
  let last = surfacePoint(section, side, stations[0]);
  for (let i = 1; i < stations.length; i++) {
    const point = surfacePoint(section, side, stations[i]);
    lengths[i] = lengths[i - 1] + Math.hypot(point[0] - last[0], point[1] - last[1]);
    last = point;
  }
  return lengths;
}
