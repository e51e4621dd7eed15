export { checkCatalogEntry } from './check-catalog-entry.js';
export { CubinError } from './cubin-error.js';
export { type CubinInfo, type CubinKernel, type CubinParam, type Extent, readCubin } from './read-cubin.js';
