/** What the handler works with, and what a command gets of it for its organization. */

import { createLedger } from '../backfill/slices.ts';
import type { Config } from '../config/config.ts';
import { InputError, startInstant } from '../config/start-date.ts';
import { createAsk } from '../jumpcloud/client.ts';
import { apiKey, serviceAccount } from '../jumpcloud/credentials.ts';
import { createReadPages } from '../jumpcloud/pages.ts';
import { createCountEvents } from '../jumpcloud/query.ts';
import { createDeliver } from '../logzio/deliver.ts';
import type { Deadline } from '../platform/deadline.ts';
import type { RequestTrace } from '../platform/http.ts';
import type { Outside } from '../platform/outside.ts';
import type { Secret } from '../platform/secrets.ts';
import { type EpochMs, MINUTE_MS, type TimeRange } from '../platform/time.ts';
import { UnknownNames } from '../shape/names.ts';
import { createRedact } from '../shape/private-fields.ts';
import { createShape } from '../shape/shape.ts';
import type { Report } from '../ship/report.ts';
import type { Stream } from '../ship/window.ts';
import { heldMessage } from '../state/checkpoint.ts';
import { createDynamoDbStore } from '../state/dynamodb-store.ts';
import { createQuarantine } from '../state/quarantine.ts';
import { liveStreamName } from '../state/stream-name.ts';
import type { Table } from '../state/table.ts';
import { createRunMetrics } from './summary.ts';

/** Made once a process. */
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
  /** Who gets the alarms; absent where there are none, as on a laptop. */
  readonly alarms?: Config['alarms'];
  /** Where a service account fetches its access token; absent: JumpCloud's. */
  readonly tokenUrl?: string;
}

/** What of Lambda's context is used. */
export interface Invocation {
  getRemainingTimeInMillis(): number;
}

/** The part of an answer that every command has. */
export interface Result {
  readonly message: string;
  readonly warnings?: readonly string[];
  /** Numbers and lists, named with their units. */
  readonly [figure: string]: unknown;
}

export type Organization = ReturnType<typeof connect>;

export interface Context extends Organization {
  readonly deadline: Deadline;
  /** How long the command may take, the last save included. */
  readonly totalMs: number;
  /** A list of its answer may have so many entries. */
  readonly mostEntries: number;
}

function liveStream({ jumpcloud }: Config, orgId: string | undefined, name: string, now: EpochMs): Stream {
  const { services, limit, searchTerm, sourceLagSeconds, allowedLatenessMinutes } = jumpcloud.settings;
  return {
    name,
    orgId,
    start: startInstant(jumpcloud.startDate, now),
    query: { services, limit, ...(searchTerm && { searchTerm }) },
    sourceLagMs: sourceLagSeconds * 1000,
    allowedLatenessMs: allowedLatenessMinutes * 60_000,
  };
}

/**
 * @param orgId undefined where the key belongs to one organization and none is named
 * @param name of its live stream, where that is not its own
 */
export function connect(runtime: Runtime, orgId: string | undefined, name = liveStreamName(orgId)) {
  const { config, clock, random, compression, table, post } = runtime;
  const { output, logzio, jumpcloud } = config;
  const { credentials, unknownNames, onRequest } = sharedBy(runtime);
  const stream = liveStream(config, orgId, name, clock.now());
  const connection = { clock, random, post, onRequest };
  const organization = orgId === undefined ? {} : { orgId };
  const ask = createAsk({ ...connection, ...organization, url: jumpcloud.url, credentials });
  const countEvents = createCountEvents(ask, runtime);
  const privateFields = [...output.dropFields, ...output.hashFields];
  return {
    ...{ runtime, orgId, stream, ask, countEvents },
    /** Counts events of the live stream's query. @throws JumpCloudError, SecretError */
    count: (range: TimeRange, deadline: Deadline) => countEvents(stream.query, range, { deadline }),
    ledger: createLedger(table, name),
    metrics: createRunMetrics(runtime),
    parts: {
      clock,
      readPages: createReadPages(ask, runtime),
      deliver: createDeliver({
        ...connection,
        compression,
        url: logzio.url,
        token: runtime.logzioSecret,
        type: logzio.type,
      }),
      store: createDynamoDbStore(table, random),
      quarantine: createQuarantine(table, compression),
      shape: createShape({
        ...output,
        type: logzio.type,
        ...(orgId !== undefined && !privateFields.includes('organization') && { organization: orgId }),
        onUnknownName: unknownNames.add,
      }),
      ...(privateFields.length > 0 && {
        redact: async () => createRedact(output, await runtime.hashKeySecret?.read()),
      }),
      ...(runtime.onProgress && { onProgress: runtime.onProgress }),
    },
  };
}

/** @returns a single `undefined` where the key belongs to one organization and none is named */
export function organizationsOf(config: Config): readonly (string | undefined)[] {
  const { orgIds } = config.jumpcloud.credentials;
  return orgIds.length > 0 ? orgIds : [undefined];
}

/** @param orgId absent: all that are configured. @throws InputError for one that is not */
export function chosenOrganizations(config: Config, orgId: string | undefined): readonly (string | undefined)[] {
  const configured = organizationsOf(config);
  if (orgId === undefined) return configured;
  if (configured.includes(orgId)) return [orgId];
  const known = configured.filter((id) => id !== undefined).join(', ') || 'none: leave org_id out';
  throw new InputError(`org_id ${orgId} is not in config.yaml (configured: ${known}). Nothing was done`);
}

/** A few writes take no longer. */
const FEW_WRITES_MS = MINUTE_MS;

/**
 * Takes the lease of a stream for a few writes.
 * @param start where a new stream begins
 * @returns `refused`, in words, where another run holds it
 */
export async function hold({ runtime, parts }: Context, stream: string, start: EpochMs) {
  const now = runtime.clock.now();
  const acquired = await parts.store.acquire(stream, start, now, now + FEW_WRITES_MS);
  return 'held' in acquired ? acquired.held : { refused: heldMessage(stream, acquired.heldUntil) };
}

const shared = new WeakMap<Runtime, ReturnType<typeof createShared>>();

/** What all organizations and runs of a process share. */
export function sharedBy(runtime: Runtime) {
  const known = shared.get(runtime) ?? createShared(runtime);
  shared.set(runtime, known);
  return known;
}

function createShared({ jumpcloudSecret, post, clock, tokenUrl, config, log }: Runtime) {
  const onRequest = (trace: RequestTrace) => log.debug('request', { ...trace });
  return {
    onRequest,
    /** A service account's access token is fetched once. */
    credentials:
      config.jumpcloud.credentials.type === 'service_account'
        ? serviceAccount(jumpcloudSecret, { post, clock, tokenUrl, onRequest })
        : apiKey(jumpcloudSecret),
    unknownNames: new UnknownNames(),
    /** In which stream the events of a name go on, once that is known for good. */
    streams: new Map<string, string>(),
  };
}
