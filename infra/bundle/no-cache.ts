/**
 * Stands in the bundle for the answer cache that got brings along and nobody here turns on: 40 KB
 * less to load.
 */

export class CacheError extends Error {
  override readonly name = 'CacheError';
}

export default class NoCache {
  constructor() {
    throw new CacheError('the deployed bundle has no cache for HTTP answers; see infra/bundle.ts');
  }
}
