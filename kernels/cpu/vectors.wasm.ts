// Short vectors of any length: four elements at a time, then one.

/** `target += source` over `count` elements. */
@inline
export function addRow(source: usize, target: usize, count: usize): void {
  const end = source + count * 4;
  for (; source + 16 <= end; source += 16, target += 16) {
    v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
  }
  for (; source < end; source += 4, target += 4) {
    store<f32>(target, load<f32>(target) + load<f32>(source));
  }
}

/** `target += factor * source` over `count` elements. */
@inline
export function addScaledRow(source: usize, factor: f32, target: usize, count: usize): void {
  const end = source + count * 4, factors = f32x4.splat(factor);
  for (; source + 16 <= end; source += 16, target += 16) {
    v128.store(target, f32x4.relaxed_madd(factors, v128.load(source), v128.load(target)));
  }
  for (; source < end; source += 4, target += 4) {
    store<f32>(target, load<f32>(target) + factor * load<f32>(source));
  }
}

/** `target = first - second` over `count` elements. */
@inline
export function subtractRows(first: usize, second: usize, target: usize, count: usize): void {
  const end = first + count * 4;
  for (; first + 16 <= end; first += 16, second += 16, target += 16) {
    v128.store(target, f32x4.sub(v128.load(first), v128.load(second)));
  }
  for (; first < end; first += 4, second += 4, target += 4) {
    store<f32>(target, load<f32>(first) - load<f32>(second));
  }
}

/** `target = source` over `count` elements. */
@inline
export function copyRow(source: usize, target: usize, count: usize): void {
  const end = source + count * 4;
  for (; source + 16 <= end; source += 16, target += 16) v128.store(target, v128.load(source));
  for (; source < end; source += 4, target += 4) store<f32>(target, load<f32>(source));
}

/** `target = max(target, 0)` over `count` elements. */
export function rectifyRow(target: usize, count: usize): void {
  const end = target + count * 4, zero = f32x4.splat(0);
  for (; target + 16 <= end; target += 16) v128.store(target, f32x4.max(v128.load(target), zero));
  for (; target < end; target += 4) store<f32>(target, max<f32>(load<f32>(target), 0));
}
