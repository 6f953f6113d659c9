/**
 * Where a message may send its reader: people who read it have no copy of the repository at hand.
 */

const DOCUMENTS = 'https://github.com/jumpcloud-logzio/jumpcloud-logzio/blob/main/docs';

/** Address of an alarm's section. @param name e.g. `stale` */
export function alarmSection(name: string): string {
  return `${DOCUMENTS}/alarms.md#alarm-${name}`;
}

/** Address of a section of the page on operation. @param heading as in an address */
export function operationsSection(heading: string): string {
  return `${DOCUMENTS}/operations.md#${heading}`;
}
