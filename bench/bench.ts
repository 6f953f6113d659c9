/**
 * `npm run bench`: measures what a run costs, compares it with what it must reach, and keeps the
 * table under `bench/results/`. `npm run docs:pictures` draws it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { requireNode } from '../infra/node-version.ts';
import { Laboratory } from './laboratory.ts';
import { FULL, measureAll, QUICK, type Row } from './rows.ts';

requireNode(process.versions.node);

const isQuick = process.argv.includes('--quick');
const sizes = isQuick ? QUICK : FULL;
const results = join(import.meta.dirname, 'results');
const name = isQuick ? 'quick' : 'full';

const rows: Row[] = [];
const laboratory = await Laboratory.open();
try {
  for await (const row of measureAll(laboratory, sizes)) {
    rows.push(row);
    process.stdout.write(`${lineOf(row)}\n`);
  }
} finally {
  laboratory.close();
}
mkdirSync(results, { recursive: true });
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node.js ${process.versions.node}`;
writeFileSync(join(results, `${name}.json`), `${JSON.stringify({ machine, rows }, null, 2)}\n`);
writeFileSync(join(results, `${name}.md`), `${machine}\n\n${tableOf(rows)}`);
process.stdout.write(`\n${machine}\nwritten to ${join(results, name)}.json and .md\n`);

function lineOf(row: Row): string {
  return `${verdictOf(row).padEnd(8)} ${row.measure} (${row.workload})\n         ${row.measured}; must reach ${row.target}`;
}

function verdictOf({ reached }: Row): string {
  return reached === undefined ? '–' : reached ? 'reached' : 'MISSED';
}

function tableOf(all: readonly Row[]): string {
  const lines = all.map(
    (row) => `| ${[row.measure, row.workload, row.target, row.measured, verdictOf(row)].join(' | ')} |`,
  );
  return `| measure | workload | must reach | measured | |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
}
