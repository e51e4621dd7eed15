export { builtInCatalogs, type CatalogEntry, readCatalog, readCatalogs } from './catalog.js';
export { defaultTarget, resolveRule, resolveRuleSet, resolveTarget } from './names.js';
export { readProblemFile } from './problem-file.js';
