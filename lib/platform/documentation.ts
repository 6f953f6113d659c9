/** Where a message may send its reader, who has no copy of the repository at hand. */

const DOCUMENTS = 'https://github.com/jumpcloud-logzio/jumpcloud-logzio/blob/main/docs';

/** Address of an alarm's section. @param name e.g. `stale` */
export function alarmSection(name: string): string {
  return `${DOCUMENTS}/alarms.md#alarm-${name}`;
}

export const INSPECTING_PROXY_SECTION = `${DOCUMENTS}/proxy.md#a-proxy-that-inspects-tls`;
