/**
 * Element types of arrays, on a device and on the host.
 *
 * @module
 */

/** Element type of a device array. */
export type ElementType = "f32" | "u32";

/** Host array that matches an element type. */
export type HostArray<T extends ElementType = ElementType> = T extends "f32" ? Float32Array
  : Uint32Array;
