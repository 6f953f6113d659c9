/** Where a message may send its reader: people who read it have no copy of the repository at hand. */

const REPOSITORY = 'https://github.com/jumpcloud-logzio/jumpcloud-logzio';
const OPERATIONS = `${REPOSITORY}/blob/main/docs/operations.md`;

/** @param heading as in an address, e.g. `alarm-stale`; absent: the page itself */
export function operationsPage(heading?: string): string {
  return heading === undefined ? OPERATIONS : `${OPERATIONS}#${heading}`;
}
