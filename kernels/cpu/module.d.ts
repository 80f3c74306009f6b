/**
 * The compiled kernels; every device makes its own instance. (TypeScript cannot parse
 * `import source` yet.)
 */
declare const kernels: WebAssembly.Module;
export default kernels;
