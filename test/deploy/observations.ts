/** What the deploy test puts in on one side, and how it looks at what came out on the other. */
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { JumpcloudSimulator } from '../../simulators/jumpcloud.ts';
import type { LogzioSimulator } from '../../simulators/logzio.ts';

export function* events(howMany: number, firstAt: number, apartMs: number, firstId = 0) {
  for (let index = 0; index < howMany; index++) {
    const id = (firstId + index).toString(16).padStart(24, '0');
    const timestamp = new Date(firstAt + index * apartMs).toISOString();
    yield {
      text: JSON.stringify({ id, service: 'directory', event_type: 'user_login_attempt', timestamp, success: true }),
    };
  }
}

/** Epoch milliseconds, as DynamoDB hands out a number. */
export function instant(attribute: unknown): number {
  return Number((attribute as { N?: string } | undefined)?.N);
}

export function idsOf({ lines }: LogzioSimulator): string[] {
  return lines.map((line) => JSON.parse(line).id).sort();
}

export function idsIn(jumpcloud: JumpcloudSimulator): string[] {
  return jumpcloud
    .visible()
    .map(({ text }) => JSON.parse(text).id)
    .sort();
}

export function messageOf(result: unknown): string {
  return (result as { message?: string }).message ?? JSON.stringify(result);
}

/** One line of CloudWatch's embedded metric format. */
export function metricOf(line: string) {
  const document = JSON.parse(line.slice(line.indexOf('{')));
  const [{ Namespace: namespace, Dimensions, Metrics }] = document._aws.CloudWatchMetrics;
  const dimensions = Object.fromEntries(Dimensions[0].map((name: string) => [name, document[name]]));
  return { name: Metrics[0].Name, namespace, dimensions };
}

/** Looks four times a second: MiniStack does not report when its schedule fires. */
export async function until(isSo: () => boolean, patienceMs: number, what: string): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!isSo()) {
    if (Date.now() > end) assert.fail(`waited ${patienceMs / 1000} s in vain for ${what}`);
    await wait(250);
  }
}
