/**
 * Numbers for readers: few digits, a true minus sign, units.
 *
 * @module
 */

/** The minus sign of typeset numbers. */
export const MINUS = "\u2212";
/** The space between a number and its unit, narrow and without a line break. */
export const NARROW_SPACE = "\u202f";
const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  "-": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};

/** Formats as `0.0123`, `1,234` or `1.23 × 10⁻⁷` with `digits` significant digits; NaN as "–". */
export function formatNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return `${mantissa.replace("-", MINUS)} × ${powerOfTen(Number(exponent))}`;
  }
  const decimals = size >= 10 ** digits ? 0 : decimalsFor(size, digits);
  return value.toLocaleString("en-US", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
    .replace("-", MINUS);
}

/** Formats as `formatNumber` without trailing zeros: `12`, not `12.0`. */
export function formatRound(value: number, digits = 3): string {
  return formatNumber(value, digits).replace(
    /\.(\d*?)0+(?=$|\D)/,
    (_, decimals) => decimals && `.${decimals}`,
  );
}

/** Formats a power of ten as `10⁻³`. */
export function powerOfTen(exponent: number): string {
  return "10" + [...String(exponent)].map((character) => SUPERSCRIPTS[character]).join("");
}

/** Formats an integer as `1,024`. */
export function formatCount(value: number): string {
  return value.toLocaleString("en-US");
}

/** Formats a number with its noun: `1 rank`, `2 ranks`. */
export function countOf(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Formats a fraction as a percentage: `6.9 %` for 0.069. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return formatNumber(share);
  const percent = share * 100;
  const digits = Number(Math.abs(percent).toPrecision(2)) >= 10 ? 3 : 2;
  const decimals = percent === 0
    ? 0
    : Math.abs(percent) >= 100
    ? 0
    : decimalsFor(Math.abs(percent), digits);
  const isOrdinary = Math.abs(percent) >= 1e-3 && Math.abs(percent) < 1e6;
  const text = isOrdinary || percent === 0 ? percent.toFixed(decimals) : formatNumber(percent, 2);
  return text.replace("-", MINUS) + NARROW_SPACE + "%";
}

/** Formats bytes as `1.5 MB`, in powers of 1,000. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const decimals = unit === 0 || value >= 99.5 ? 0 : value >= 9.95 ? 1 : 2;
  return value.toFixed(decimals) + NARROW_SPACE + units[unit];
}

/** Formats seconds as `45 ms`, `2.3 s`, `4 min 05 s` or `1 h 02 min`. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return formatNumber(seconds);
  if (seconds < 0.9995) {
    return (seconds * 1000).toFixed(seconds < 0.00995 ? 1 : 0) + NARROW_SPACE + "ms";
  }
  if (seconds < 99.5) return seconds.toFixed(seconds < 9.95 ? 1 : 0) + NARROW_SPACE + "s";
  const total = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (total < 3600) {
    return `${Math.floor(total / 60)}${NARROW_SPACE}min ${two(total % 60)}${NARROW_SPACE}s`;
  }
  return `${formatCount(Math.floor(total / 3600))}${NARROW_SPACE}h ` +
    `${two(Math.floor(total / 60) % 60)}${NARROW_SPACE}min`;
}

/** Decimals that show `digits` significant digits; 0.0999 counts as 0.10, its rounded value. */
function decimalsFor(size: number, digits: number): number {
  if (size === 0) return 0;
  const rounded = Number(size.toPrecision(digits));
  return Math.max(0, digits - 1 - Math.floor(Math.log10(rounded) + 1e-12));
}
