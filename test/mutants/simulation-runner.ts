/**
 * A test runner for Stryker: the tap runner, and a few histories of the simulation. It plays these
 * in its own process, without starting one for each mutant.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InstrumenterContext, MutantCoverage } from '@stryker-mutator/api/core';
import {
  type CompleteDryRunResult,
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestRunner,
  TestStatus,
} from '@stryker-mutator/api/test-runner';
import { createTapTestRunnerFactory } from '@stryker-mutator/tap-runner';
import type * as Histories from '../simulation/people/history.ts';
import type * as Plays from '../simulation/people/play.ts';
import type * as Systematic from '../simulation/systematic.ts';

const NAME = 'histories of the simulation';
const HISTORIES = 6;
/** So many find the crude mutants, before the tests; the others come behind the tests. */
const FIRST_HISTORIES = 2;
const createTap = createTapTestRunnerFactory();

class SimulationRunner implements TestRunner {
  readonly #tap: TestRunner;
  /** What the mutated code and Stryker share. */
  readonly #shared: InstrumenterContext;

  constructor(tap: TestRunner) {
    this.#tap = tap;
    const global = globalThis as { __stryker__?: InstrumenterContext };
    global.__stryker__ ??= {};
    this.#shared = global.__stryker__;
  }

  /** A mutant of what runs while a module loads needs a new process. */
  capabilities() {
    return { reloadEnvironment: false };
  }

  async init(): Promise<void> {
    await this.#tap.init?.();
  }

  async dryRun(options: DryRunOptions): Promise<DryRunResult> {
    const own: MutantCoverage = { static: {}, perTest: {} };
    this.#shared.mutantCoverage = own;
    const began = performance.now();
    await loaded();
    this.#shared.currentTestId = NAME;
    const failure = await firstFailure(0);
    if (failure) throw failure;
    const played = {
      id: NAME,
      name: NAME,
      status: TestStatus.Success,
      timeSpentMs: performance.now() - began,
    } as const;
    const result = await this.#tap.dryRun(options);
    if (result.status !== DryRunStatus.Complete) return result;
    const { tests, mutantCoverage } = result satisfies CompleteDryRunResult;
    const perTest = { ...own.perTest, ...mutantCoverage?.perTest };
    return { status: result.status, tests: [played, ...tests], mutantCoverage: { static: own.static, perTest } };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, hitLimit, testFilter } = options;
    const isPlayed = !testFilter || testFilter.includes(NAME);
    const rest = testFilter?.filter((test) => test !== NAME);
    Object.assign(this.#shared, { activeMutant: activeMutant.id, hitLimit, hitCount: hitLimit && 0 });
    const noticed = isPlayed && (await this.#play(0, FIRST_HISTORIES));
    if (noticed) return noticed;
    if (rest?.length !== 0) {
      const result = await this.#tap.mutantRun({ ...options, ...(rest && { testFilter: rest }) });
      if (result.status !== MutantRunStatus.Survived) return result;
    }
    return (isPlayed && (await this.#play(FIRST_HISTORIES))) || { status: MutantRunStatus.Survived, nrOfTests: 1 };
  }

  /** @returns undefined where the mutant survives them */
  async #play(first: number, end?: number): Promise<MutantRunResult | undefined> {
    const failure = await firstFailure(first, end);
    const { hitCount = 0, hitLimit = Number.POSITIVE_INFINITY } = this.#shared;
    if (hitCount > hitLimit) return { status: MutantRunStatus.Timeout, reason: 'it goes in a circle' };
    if (!failure) return undefined;
    return { status: MutantRunStatus.Killed, killedBy: [NAME], failureMessage: failure.message, nrOfTests: 1 };
  }
}

/** Of the copy that holds the mutants: Stryker has changed into it. */
async function loaded() {
  const from = (path: string) => import(pathToFileURL(resolve('test/simulation', path)).href);
  const { historyOf }: typeof Histories = await from('people/history.ts');
  const { play }: typeof Plays = await from('people/play.ts');
  const { SMALL }: typeof Systematic = await from('systematic.ts');
  const seeded = Array.from({ length: HISTORIES }, (_, nth) => historyOf(`1 ${nth + 1}`));
  return { play, histories: [SMALL, ...seeded] };
}

/** Among these histories. */
async function firstFailure(first: number, end?: number): Promise<Error | undefined> {
  try {
    const { play, histories } = await loaded();
    for (const history of histories.slice(first, end)) {
      const { broken } = await play(history);
      if (broken) return broken;
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function create(injector: Parameters<typeof createTap>[0]): TestRunner {
  return new SimulationRunner(createTap(injector));
}
create.inject = createTap.inject;

export const strykerPlugins = [{ kind: 'TestRunner', name: 'simulation', factory: create }];
