// Checks of index arrays; WebAssembly checks no bounds within its memory.

/** The largest of `count` unsigned numbers; 0 if `count` is 0. */
export function largestIndex(indices: usize, count: usize): u32 {
  const end = indices + count * 4;
  let largest = i32x4.splat(0);
  for (; indices + 16 <= end; indices += 16) largest = i32x4.max_u(largest, v128.load(indices));
  let result = max(
    max(<u32> i32x4.extract_lane(largest, 0), <u32> i32x4.extract_lane(largest, 1)),
    max(<u32> i32x4.extract_lane(largest, 2), <u32> i32x4.extract_lane(largest, 3)),
  );
  for (; indices < end; indices += 4) result = max(result, load<u32>(indices));
  return result;
}

/** Whether `count` unsigned numbers are ascending. */
export function isAscending(numbers: usize, count: usize): bool {
  for (let k: usize = 1; k < count; k++) {
    if (load<u32>(numbers + k * 4) < load<u32>(numbers + k * 4 - 4)) return false;
  }
  return true;
}
