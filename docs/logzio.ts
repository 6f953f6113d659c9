/**
 * Writes docs/logzio/: the dashboard and the alerts, for both shapes, from the tables that the
 * shapes work by.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ALERTS, alertBody } from './views/alerts.ts';
import { asImport, asNdjson, savedObjects } from './views/saved-objects.ts';
import { SHAPES } from './views/terms.ts';

/** @returns each generated file's path within docs/logzio/ and its text. */
export function logzioFiles(): Map<string, string> {
  return new Map(
    SHAPES.flatMap((shape) => {
      const objects = savedObjects(shape);
      return [
        [`${shape}/dashboard.ndjson`, asNdjson(objects)],
        [`${shape}/dashboard-import.json`, asImport(objects)],
        ...ALERTS.map((alert): [string, string] => [
          `${shape}/alerts/${alert.name}.json`,
          `${JSON.stringify(alertBody(alert, shape), null, 2)}\n`,
        ]),
      ] as [string, string][];
    }),
  );
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, 'logzio');
  for (const shape of SHAPES) rmSync(join(folder, shape), { recursive: true, force: true });
  for (const [path, text] of logzioFiles()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
