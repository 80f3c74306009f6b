/** What one buffer, one binding and one launch may have on a device. @module */

/** Names of the limits that cut arrays and launches. */
type LimitName =
  | "maxBufferSize"
  | "maxStorageBufferBindingSize"
  | "maxComputeWorkgroupsPerDimension";

/**
 * Limits below those of the adapter: what would only happen to huge arrays then happens to small
 * ones.
 */
export type LoweredLimits = { readonly [name in LimitName]?: number };

/** The limits that a device keeps to, in the words of WebGPU. */
export type Limits = { readonly [name in LimitName | "minStorageBufferOffsetAlignment"]: number };

/** The limits of `device`, or those of `lowered` where they are less. */
export function limitsOf(
  { limits }: Pick<GPUDevice, "limits">,
  lowered: LoweredLimits = {},
): Limits {
  const least = (name: LimitName) => Math.min(limits[name], lowered[name] ?? Infinity);
  return {
    maxBufferSize: least("maxBufferSize"),
    maxStorageBufferBindingSize: least("maxStorageBufferBindingSize"),
    maxComputeWorkgroupsPerDimension: least("maxComputeWorkgroupsPerDimension"),
    minStorageBufferOffsetAlignment: limits.minStorageBufferOffsetAlignment,
  };
}

/**
 * Elements of 32 bits that a window may have to fit one buffer, and one binding wherever it starts.
 */
export function bindingLength(limits: Limits): number {
  const { maxBufferSize, maxStorageBufferBindingSize, minStorageBufferOffsetAlignment } = limits;
  return Math.floor(
    (Math.min(maxBufferSize, maxStorageBufferBindingSize) - minStorageBufferOffsetAlignment) / 4,
  );
}
