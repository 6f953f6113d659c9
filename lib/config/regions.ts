/** JumpCloud's regions and the origins of their APIs. */

const REGION_URLS = {
  us: 'https://api.jumpcloud.com',
  eu: 'https://api.eu.jumpcloud.com',
  in: 'https://api.in.jumpcloud.com',
} as const;

type Region = keyof typeof REGION_URLS;

export function regionUrl(region: Region): string {
  return REGION_URLS[region];
}
