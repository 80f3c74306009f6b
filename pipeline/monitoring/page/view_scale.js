/** Scales of charts: from values to pixels, with ticks. */

/** A scale from [low, high] to [start, end]; log scales need positive values. */
export function scale(low, high, start, end, isLog) {
  const f = isLog ? Math.log10 : (value) => value;
  const from = f(low);
  const factor = (end - start) / (f(high) - from || 1);
  const apply = (value) => start + (f(value) - from) * factor;
  apply.invert = (pixel) => {
    const value = from + (pixel - start) / factor;
    return isLog ? 10 ** value : value;
  };
  return apply;
}

/** Round values in [low, high], about `wanted` of them. */
export function ticks(low, high, wanted, isLog) {
  if (!(high > low)) return [low];
  if (!isLog) return linearTicks(low, high, wanted);
  const decades = Math.log10(high / low);
  if (decades < 1) {
    const found = linearTicks(low, high, wanted).filter((value) => value > 0);
    return found.length > 0 ? found : [low];
  }
  const every = Math.max(1, Math.ceil(decades / wanted));
  const steps = decades < 2.5 ? [1, 2, 5] : [1];
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (power % every !== 0) continue;
    for (const step of steps) {
      const value = Number(`${step}e${power}`);
      if (value >= low && value <= high) found.push(value);
    }
  }
  return found;
}

function linearTicks(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, k) => Number(((first + k) * step).toPrecision(12)),
  );
}

/** The range of values that a chart shows, with a little space around. */
export function extent(values, isLog, fromZero) {
  let low = Infinity;
  let high = -Infinity;
  for (const list of values) {
    for (const value of list) {
      if (value === null || isLog && value <= 0) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) return isLog ? [0.1, 1] : [0, 1];
  if (isLog) {
    const space = Math.max(1.04, (high / low) ** 0.05);
    return [low / space, high * space];
  }
  if (fromZero && low >= 0) return [0, high > 0 ? 1.06 * high : 1];
  const space = 0.06 * (high - low) || 0.05 * Math.abs(high) || 1;
  return [low - space, high + space];
}

/** The place of the value nearest to `x` in ascending values; -1 if there are none. */
export function nearest(values, x) {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - values[low - 1] < values[low] - x ? low - 1 : high < 0 ? -1 : low;
}
