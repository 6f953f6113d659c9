/** What `npm run bench` measured, as bars: from bench/results/full.json alone. */
import { median } from '../../bench/rows.ts';
import { MEMORY_MB } from '../../infra/shipper.ts';
import { escaped, svg, type Theme } from './svg.ts';

export interface Results {
  readonly machine: string;
  readonly rows: readonly {
    readonly measure: string;
    readonly workload: string;
    readonly figures: Readonly<Record<string, number | readonly number[]>>;
  }[];
}

interface Bar {
  readonly label: string;
  readonly value: number;
  /** Something that it is compared with. */
  readonly isReference?: boolean;
}

interface Group {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const MARGIN = 20;
const LABEL_WIDTH = 270;
const VALUE_WIDTH = 80;
const ROW_HEIGHT = 24;
const GROUP_GAP = 44;

export function benchPicture(results: Results, theme: Theme): string {
  const groups = groupsOf(results).filter(({ bars }) => bars.length > 0);
  let y = MARGIN - 8;
  const parts = groups.flatMap((group) => {
    const top = y + GROUP_GAP;
    y = top + group.bars.length * ROW_HEIGHT;
    return [text(MARGIN, top - 12, group.title, ' font-weight="bold"'), ...rowsOf(group, top, theme)];
  });
  const height = y + 48;
  const note = text(MARGIN, height - 18, `Medians of npm run bench on ${results.machine}`, ` fill="${theme.dim}"`);
  const font = '<g font-family="system-ui, sans-serif" font-size="13">';
  return svg({ width: WIDTH, height, theme, title: 'What npm run bench measured' }, [font, ...parts, note, '</g>']);
}

function rowsOf({ bars, unit }: Group, top: number, theme: Theme): string[] {
  const most = Math.max(...bars.map(({ value }) => value));
  const room = WIDTH - 2 * MARGIN - LABEL_WIDTH - VALUE_WIDTH;
  return bars.flatMap(({ label, value, isReference }, n) => {
    const [x, y] = [MARGIN + LABEL_WIDTH, top + n * ROW_HEIGHT];
    const width = Number(((room * value) / most).toFixed(1));
    const fill = isReference ? theme.dim : theme.blue;
    return [
      text(x - 10, y + 13, label, ' text-anchor="end"'),
      `<rect x="${x}" y="${y}" width="${width}" height="18" rx="2" fill="${fill}"/>`,
      text(x + width + 8, y + 13, `${shown(value)} ${unit}`),
    ];
  });
}

function groupsOf({ rows }: Results): Group[] {
  /** No bar where this result has no such figure. */
  const bar = (label: string, figure: string, measure?: string): Bar[] => {
    const found = rows.find((row) => figure in row.figures && (measure ?? row.measure) === row.measure);
    return found === undefined ? [] : [{ label, value: middleOf(found, figure), isReference: measure === undefined }];
  };
  const growth = rows.find(({ measure }) => measure === 'growth');
  const peaks = [growth?.figures.megabytes ?? []].flat();
  const sizes = growth?.workload.split(', ') ?? [];
  const catchUp = rows.find(({ measure }) => measure === 'wall time to catch up');
  const pages = Number.parseInt(catchUp?.workload ?? '0', 10);
  return [
    {
      title: 'Processor time to ship one event',
      unit: 'µs',
      bars: [
        ...bar('only receive, parse and gzip', 'floorMicros'),
        ...bar('a plain loop that promises nothing', 'plainLoopMicros'),
        ...bar('this program, shape logzio', 'micros', 'CPU an event, shape logzio'),
        ...bar('this program, shape ecs', 'micros', 'CPU an event, shape ecs'),
      ],
    },
    {
      title: 'Processor time of a usual run: 800 events read, 200 of them new',
      unit: 'ms',
      bars: [
        ...bar('the first run of an instance', 'millis', 'first run of an instance, import excluded'),
        ...bar('its eighth to twelfth', 'millis', 'eighth to twelfth run of an instance'),
      ],
    },
    {
      title: 'Memory at the peak of a run',
      unit: 'MB',
      bars: [
        { label: 'what the function has', value: MEMORY_MB, isReference: true },
        ...peaks.map((value, n) => ({ label: `${sizes[n]} events`, value })),
        ...bar('10,000 events of 30 KB each', 'megabytes', 'peak memory'),
      ],
    },
    {
      title: `Time to catch up over ${pages} pages, if JumpCloud takes 1 s for each`,
      unit: 's',
      bars: [
        { label: 'JumpCloud alone', value: pages, isReference: true },
        { label: 'the whole run', value: (catchUp === undefined ? 0 : middleOf(catchUp, 'wallMs')) / 1000 },
      ],
    },
  ];
}

function middleOf({ figures }: Results['rows'][number], name: string): number {
  return median([figures[name] ?? []].flat());
}

function text(x: number, y: number, words: string, attributes = ''): string {
  return `<text x="${x}" y="${y}"${attributes}>${escaped(words)}</text>`;
}

function shown(value: number): string {
  return value < 100 ? value.toFixed(1).replace('.0', '') : value.toFixed(0);
}
