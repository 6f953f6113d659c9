/** What an invocation asks for: the schedule's organization, or a person's command. */

import { textOf } from '../backfill/protocol.ts';
import { InputError, instantOf } from '../config/start-date.ts';
import { isJsonObject, type JsonObject } from '../platform/json.ts';
import {
  type EpochMs,
  formatInstant,
  LONGEST_RETENTION_DAYS,
  LONGEST_RETENTION_MS,
  type TimeRange,
} from '../platform/time.ts';
import { auditStream } from './audit.ts';
import { checkStream } from './check.ts';
import type { Context, Result } from './context.ts';
import { rewindStream, skipLive, skipSlices } from './move.ts';
import { listQuarantine } from './quarantine-list.ts';
import { replay } from './replay.ts';
import { takeOverByHand } from './take-over.ts';
import { dryRun, shipWindow } from './window.ts';

/** Does for one organization what was asked. */
type Command = (context: Context) => Promise<Result>;

/** How each command is read, by its key. */
const COMMANDS: Readonly<Record<string, (given: JsonObject, now: EpochMs) => Command>> = {
  dry_run: (given, now) => withValue(dryRun, windowOf(given, now)),
  rewind_to: (given, now) => withValue(rewindStream, keptInstantOf(given, 'rewind_to', now)),
  skip_to: (given, now) => withValue(skipLive, skipOf(given, 'skip_to', now)),
  backfill_skip_to: (given, now) => withValue(skipSlices, skipOf(given, 'backfill_skip_to', now)),
  take_over: takeOverOf,
  quarantine: quarantineOf,
  audit: () => auditStream,
  check: () => checkStream,
};

/** False means that the command is not given. */
const FLAGS = ['dry_run', 'audit', 'check'];
const KNOWN_KEYS = ['org_id', 'start_time', 'end_time', ...Object.keys(COMMANDS), 'confirm', 'ids', 'before'];
const KNOWN = `this function knows ${KNOWN_KEYS.join(', ')}`;

/**
 * Reads an invocation's event. Keys nobody knows, such as those of the console's test templates,
 * are named in a warning and otherwise ignored; a known key with a value that cannot be obeyed is
 * an error.
 *
 * @returns without `command` where a run is asked for; without `orgId` where all organizations are
 * meant, in turn
 * @throws InputError
 */
export function parseInput(event: unknown, now: EpochMs) {
  const given = isJsonObject(event) ? event : {};
  const unknown = unknownKeys(given);
  const warnings = unknown.length > 0 ? [`ignored: ${unknown.join(', ')} (${KNOWN})`] : [];
  if (event !== undefined && event !== null && !isJsonObject(event))
    warnings.push('ignored: an input that is not a JSON object');
  const command = commandOf(given, now);
  // These two work also where it is unclear in which stream an organization's events go on.
  const findsStream = given.check !== true && given.take_over === undefined;
  return { command, findsStream, isScheduled: flag(given, 'scheduled'), orgId: textOf(given, 'org_id'), warnings };
}

/**
 * For an input that somebody wrote by hand: what it does not know must have been meant to do
 * something.
 * @throws InputError
 */
export function refuseUnknownKeys(given: JsonObject): void {
  const unknown = unknownKeys(given);
  if (unknown.length > 0) throw new InputError(`not known: ${unknown.join(', ')} (${KNOWN}). Nothing was done`);
}

/** @throws InputError for another spelling: `dryRun` would ship where `dry_run` would not */
function unknownKeys(given: JsonObject): readonly string[] {
  const known = [...KNOWN_KEYS, 'scheduled'];
  const plain = (key: string) => key.toLowerCase().replaceAll(/[^a-z]/g, '');
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  for (const key of unknown) {
    const meant = known.find((one) => plain(one) === plain(key));
    if (meant) throw new InputError(`${key} must be written ${meant}. Nothing was done`);
  }
  return unknown;
}

function commandOf(given: JsonObject, now: EpochMs): Command | undefined {
  const isGiven = (key: string) => (FLAGS.includes(key) ? flag(given, key) : given[key] !== undefined);
  const [key, ...others] = Object.keys(COMMANDS).filter(isGiven);
  const window = windowOf(given, now);
  if (others.length > 0 || (window && key !== undefined && key !== 'dry_run')) {
    const all = [key, ...others, ...(window ? ['start_time'] : [])].join(' and ');
    throw new InputError(`Give only one of ${all} at a time. Nothing was done`);
  }
  const allow = (option: string, isWanted: boolean, commands: string) => {
    if (given[option] !== undefined && !isWanted)
      throw new InputError(`${option} is only for ${commands}. Nothing was done`);
  };
  allow('ids', key === 'quarantine', '{"quarantine": "replay"}');
  allow('before', given.quarantine === 'list', '{"quarantine": "list"}');
  allow('confirm', key?.endsWith('skip_to') ?? false, 'skip_to or backfill_skip_to');
  if (key !== undefined) return COMMANDS[key]?.(given, now);
  return window && withValue(shipWindow, window);
}

function withValue<V>(command: (context: Context, value: V) => Promise<Result>, value: V): Command {
  return (context) => command(context, value);
}

function quarantineOf(given: JsonObject, now: EpochMs): Command {
  const { quarantine, ids, before } = given;
  if (quarantine === 'list')
    return withValue(listQuarantine, before === undefined ? undefined : instantOf(given, 'before', now));
  if (quarantine !== 'replay') throw new InputError('quarantine must be "list" or "replay". Nothing was done');
  if (ids === undefined) return withValue(replay, []);
  // An empty list is a slip: it must not replay all.
  if (Array.isArray(ids) && ids.length > 0 && ids.every((id) => typeof id === 'string')) return withValue(replay, ids);
  throw new InputError(
    'ids must be a list of quarantine ids, as {"quarantine": "list"} shows them. To replay all, leave ids out. Nothing was done',
  );
}

function takeOverOf({ take_over: before }: JsonObject): Command {
  if (before === 'nothing' || (typeof before === 'string' && before.startsWith('live#')))
    return withValue(takeOverByHand, before);
  throw new InputError('take_over must be a stream such as "live#default", or "nothing". Nothing was done');
}

function skipOf(given: JsonObject, key: string, now: EpochMs) {
  return { to: instantOf(given, key, now), isConfirmed: flag(given, 'confirm') };
}

function flag(given: JsonObject, key: string): boolean {
  const { [key]: value = false } = given;
  if (typeof value !== 'boolean') throw new InputError(`${key} must be true or false. Nothing was done`);
  return value;
}

function windowOf(given: JsonObject, now: EpochMs): TimeRange | undefined {
  if (given.start_time === undefined && given.end_time === undefined) return undefined;
  const start = keptInstantOf(given, 'start_time', now);
  // A dry run up to now ends as close to it as a run may read.
  const end = given.end_time === undefined && given.dry_run === true ? now : instantOf(given, 'end_time', now);
  if (end <= start) throw new InputError('end_time must be after start_time. Nothing was done');
  return { start, end };
}

/** A stream set back to before what JumpCloud keeps could not be read from there. */
function keptInstantOf(given: JsonObject, key: string, now: EpochMs): EpochMs {
  const instant = instantOf(given, key, now);
  const oldest = now - LONGEST_RETENTION_MS;
  if (instant >= oldest) return instant;
  throw new InputError(
    `${key} is before ${formatInstant(oldest)}, and JumpCloud keeps events for ${LONGEST_RETENTION_DAYS} days at most. Give a later time. Nothing was done`,
  );
}
