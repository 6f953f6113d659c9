/** The rows that have a target as a picture: how much of what is allowed is used, one bar each. */
import type { Row } from './rows.ts';

export interface Bar {
  readonly row: Row;
  /** Measured divided by allowed: 1 is just reached. */
  readonly share: number;
}

const WIDTH = 1000;
const LABEL_WIDTH = 430;
const BAR_HEIGHT = 22;
const ROW_HEIGHT = 40;
const TOP = 60;
/** Where 1 lies. */
const FULL_WIDTH = 260;
const LARGEST_SHARE = 1.6;

export function toSvg(title: string, bars: readonly Bar[]): string {
  const height = TOP + bars.length * ROW_HEIGHT + 30;
  const limit = LABEL_WIDTH + FULL_WIDTH;
  const rows = bars.map(({ row, share }, nth) => {
    const y = TOP + nth * ROW_HEIGHT;
    const width = Math.min(share, LARGEST_SHARE) * FULL_WIDTH;
    const fill = row.reached === false ? '#c0392b' : '#2d7d46';
    return `
  <text x="${LABEL_WIDTH - 12}" y="${y + 12}" text-anchor="end">${escaped(row.measure)}</text>
  <text x="${LABEL_WIDTH - 12}" y="${y + 27}" text-anchor="end" class="small">${escaped(row.workload)}</text>
  <rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" fill="${fill}"/>
  <text x="${Math.max(LABEL_WIDTH + width, limit) + 10}" y="${y + 16}">${escaped(row.measured)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
  <style>.small { font-size: 10px; fill: #666 }</style>
  <rect width="100%" height="100%" fill="white"/>
  <text x="${LABEL_WIDTH}" y="24" font-size="16">${escaped(title)}</text>
  <line x1="${limit}" y1="${TOP - 14}" x2="${limit}" y2="${height - 20}" stroke="#888" stroke-dasharray="4"/>
  <text x="${limit}" y="${TOP - 20}" text-anchor="middle" class="small">target</text>${rows.join('')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
