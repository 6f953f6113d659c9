/** What the handler works with: made once a process, here or by the local runner. */

import type { Count } from '../backfill/plan.ts';
import type { Config } from '../config/config.ts';
import { createAsk } from '../jumpcloud/client.ts';
import { apiKey, type Credentials, serviceAccount } from '../jumpcloud/credentials.ts';
import { createReadPages } from '../jumpcloud/pages.ts';
import { createCountEvents } from '../jumpcloud/query.ts';
import { createDeliver } from '../logzio/deliver.ts';
import type { Deadline } from '../platform/deadline.ts';
import type { RequestTrace } from '../platform/http.ts';
import type { Outside } from '../platform/outside.ts';
import type { Secret } from '../platform/secrets.ts';
import { createShape } from '../shape/create-shape.ts';
import { createRedact, type Redact } from '../shape/private-fields.ts';
import { UnknownNames } from '../shape/unknown-names.ts';
import type { Report } from '../ship/report.ts';
import type { ShipParts } from '../ship/ship.ts';
import { createDynamoDbStore } from '../state/dynamodb-store.ts';
import { createQuarantine } from '../state/quarantine.ts';
import type { Table } from '../state/table.ts';
import { liveStream } from './live-stream.ts';
import { createRunMetrics, type RunMetrics } from './metrics.ts';

export interface Runtime extends Omit<Outside, 'dynamodb' | 'ssm'> {
  readonly config: Config;
  readonly table: Table;
  readonly jumpcloudSecret: Secret;
  readonly logzioSecret: Secret;
  /** Absent where `output.hash_fields` names no field. */
  readonly hashKeySecret?: Secret | undefined;
  /** Closes kept connections, after every invocation: Lambda freezes the process between two. */
  readonly disconnect?: () => void;
  /** Called with every run's report, failed runs included: for a screen. */
  readonly onRun?: (report: Report) => void;
  readonly onProgress?: (report: Readonly<Report>) => void;
  /** A lease shorter than a run, renewed while it lives; absent: as long as the run may last. */
  readonly leaseMs?: number;
  /** False on a laptop; absent: true. */
  readonly hasSchedule?: boolean;
  /** Ends a run early, in good order. */
  readonly signal?: AbortSignal;
  /** Who hears the alarms; absent where there are none, as on a laptop. */
  readonly alarms?: Config['alarms'];
  /** Where a service account fetches its access token; absent: JumpCloud's. */
  readonly tokenUrl?: string;
}

/** Everything a run of an organization's stream touches. */
export function partsFor(runtime: Runtime, orgId: string | undefined): ShipParts {
  const { config, clock, random, compression, table, post } = runtime;
  const { output, logzio } = config;
  return {
    clock,
    readPages: createReadPages(askFor(runtime, orgId), runtime),
    deliver: createDeliver({
      url: logzio.url,
      token: runtime.logzioSecret,
      type: logzio.type,
      post,
      clock,
      random,
      compression,
      onRequest: traceTo(runtime),
    }),
    store: createDynamoDbStore(table, random),
    quarantine: createQuarantine(table, compression),
    shape: createShape({
      shape: output.shape,
      type: logzio.type,
      ...(orgId !== undefined &&
        ![...output.dropFields, ...output.hashFields].includes('organization') && { organization: orgId }),
      fields: output.fields,
      tags: output.tags,
      preserveOriginalEvent: output.preserveOriginalEvent,
      preserveDuplicateCustomFields: output.preserveDuplicateCustomFields,
      onUnknownName: unknownNamesOf(runtime).add,
    }),
    ...((output.dropFields.length > 0 || output.hashFields.length > 0) && { redact: () => redactOf(runtime) }),
    ...(runtime.onProgress && { onProgress: runtime.onProgress }),
  };
}

async function redactOf({ config: { output }, hashKeySecret }: Runtime): Promise<Redact> {
  return createRedact(output, await hashKeySecret?.read());
}

function traceTo({ log }: Runtime): (trace: RequestTrace) => void {
  return (trace) => log.debug('request', { ...trace });
}

export function askFor(runtime: Runtime, orgId: string | undefined) {
  return createAsk({
    url: runtime.config.jumpcloud.url,
    ...(orgId !== undefined && { orgId }),
    credentials: credentialsOf(runtime),
    post: runtime.post,
    clock: runtime.clock,
    onRequest: traceTo(runtime),
  });
}

/** Counts an organization's events at JumpCloud. @throws JumpCloudError, SecretError */
export function counterFor(runtime: Runtime, orgId: string | undefined, deadline: Deadline): Count {
  const { query } = liveStream(runtime.config, orgId, runtime.clock.now());
  const countEvents = createCountEvents(askFor(runtime, orgId), runtime);
  return (window) => countEvents(query, window, { deadline });
}

/** One for all organizations, so that a service account's access token is fetched once. */
const credentialsOf = oncePerRuntime((runtime): Credentials => {
  const { jumpcloudSecret, post, clock, tokenUrl, config } = runtime;
  return config.jumpcloud.credentials.type === 'service_account'
    ? serviceAccount(jumpcloudSecret, { post, clock, tokenUrl, onRequest: traceTo(runtime) })
    : apiKey(jumpcloudSecret);
});

/** One for all runs of this process. */
export const unknownNamesOf = oncePerRuntime(() => new UnknownNames());

function oncePerRuntime<T>(make: (runtime: Runtime) => T): (runtime: Runtime) => T {
  const made = new WeakMap<Runtime, T>();
  return (runtime) => {
    const known = made.get(runtime) ?? make(runtime);
    made.set(runtime, known);
    return known;
  };
}

/** The metrics that alarms watch. */
export function metricsOf({ metrics, config }: Runtime): RunMetrics {
  return createRunMetrics(metrics, config);
}
