/** Numbers for readers, as the reports write them. */

const SPACE = "\u202f";
const MINUS = "\u2212";
const NONE = "\u2013";
const DIGITS = {
  "-": "⁻",
  0: "⁰",
  1: "¹",
  2: "²",
  3: "³",
  4: "⁴",
  5: "⁵",
  6: "⁶",
  7: "⁷",
  8: "⁸",
  9: "⁹",
};

/** States with their names. */
export const STATES = {
  running: "running",
  finished: "finished",
  failed: "failed",
  stopped: "stopped",
  killed: "killed",
  unreadable: "unreadable",
};

export function number(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return NONE;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const short = mantissa.replace(/\.?0+$/, "");
    const power = [...String(Number(exponent))].map((char) => DIGITS[char]).join("");
    return `${short === "1" ? "" : `${short.replace("-", MINUS)}${SPACE}×${SPACE}`}10${power}`;
  }
  const decimals = size === 0 || size >= 10 ** digits
    ? 0
    : Math.max(0, digits - 1 - Math.floor(Math.log10(Number(size.toPrecision(digits))) + 1e-12));
  const text = value.toLocaleString("en-US", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return text.replace("-", MINUS);
}

/** A number without trailing zeros. */
export function round(value, digits = 3) {
  return number(value, digits).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

export function count(value) {
  return value === null || value === undefined ? NONE : Math.round(value).toLocaleString("en-US");
}

export function percent(share) {
  return share === null || share === undefined ? NONE : `${number(100 * share)}${SPACE}%`;
}

/** A percentage without trailing zeros. */
export function roundPercent(share) {
  return share === null ? NONE : `${round(100 * share)}${SPACE}%`;
}

/** Mean and standard deviation as percentages; of one value, the value. */
export function spreadText(spread) {
  if (spread === undefined) return NONE;
  const { mean, deviation } = spread;
  if (deviation === undefined) return percent(mean);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(100 * mean || 1)));
  return `${(100 * mean).toFixed(decimals)} \u00b1 ${(100 * deviation).toFixed(decimals)}${SPACE}%`;
}

export function bytes(value) {
  if (value === null || value === undefined) return NONE;
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < 4) {
    size /= 1000;
    unit++;
  }
  const decimals = unit === 0 || size >= 99.5 ? 0 : size >= 9.95 ? 1 : 2;
  return `${size.toFixed(decimals)}${SPACE}${["B", "kB", "MB", "GB", "TB"][unit]}`;
}

export function seconds(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return NONE;
  if (value === 0) return `0${SPACE}s`;
  if (value < 0.9995) return `${round(1000 * value, 2)}${SPACE}ms`;
  if (value < 99.5) return `${round(value, value < 9.95 ? 2 : 3)}${SPACE}s`;
  const total = Math.round(value);
  const two = (part) => String(part).padStart(2, "0");
  if (total < 3600) return `${Math.floor(total / 60)}${SPACE}min ${two(total % 60)}${SPACE}s`;
  return `${count(Math.floor(total / 3600))}${SPACE}h ${
    two(Math.floor(total / 60) % 60)
  }${SPACE}min`;
}

/** A date near today, in the time zone of the reader. */
export function moment(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return NONE;
  const isToday = date.toDateString() === new Date().toDateString();
  const time = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  return isToday ? `today ${time}` : `${day}, ${time}`;
}

/** An option of a stage as text. */
export function optionText(value) {
  if (value === undefined) return NONE;
  if (typeof value === "number") return round(value, 6);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Progress of a run as text. */
export function stepsText({ step, steps }) {
  if (step === 0) return steps === null ? "no step yet" : `0 / ${count(steps)} steps`;
  return steps === null ? `${count(step)} steps` : `${count(step)} / ${count(steps)} steps`;
}

/** Time of a run as text. */
export function timeText({ state, seconds: elapsed, secondsLeft, silentSeconds }) {
  if (state === "killed") return `silent for ${seconds(silentSeconds)}`;
  if (secondsLeft !== null) return `${seconds(secondsLeft)} left`;
  return seconds(elapsed);
}
