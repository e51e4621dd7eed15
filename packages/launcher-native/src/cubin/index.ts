export { checkCatalogEntry, compareWithCubin, type HashedCubin, sha256Of } from './check-catalog-entry.js';
export type { ConstantBank } from './constant-banks.js';
export { CubinError } from './cubin-error.js';
export { type FatbinMember, isFatbin, readFatbin, unpackMember } from './fatbin.js';
export { cubinLimits } from './limits.js';
export { type CubinInfo, type CubinKernel, type CubinParam, type Extent, readCubin } from './read-cubin.js';
