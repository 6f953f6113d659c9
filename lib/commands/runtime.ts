/** What the handler works with, made once a process; what calls it, and what it answers. */
import type { Config } from '../config/config.ts';
import type { Outside } from '../platform/outside.ts';
import type { Secret } from '../platform/secrets.ts';
import type { Report } from '../ship/report.ts';
import type { Table } from '../state/table.ts';

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
