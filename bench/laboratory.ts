/**
 * Where measurements are made: the simulators in their process, and a fresh process for each thing
 * that is measured.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../infra/bundle.ts';
import { MEMORY_VARIABLES } from '../infra/memory-variables.ts';
import { withoutTokens } from '../lib/config/config.ts';
import { parseConfig } from '../lib/config/parse.ts';
import type { Reference } from './reference.ts';
import type { Counts, Order, WorldAddresses, WorldOptions } from './simulators.ts';
import type { Measured } from './subject.ts';

export interface ShipOptions {
  readonly shape?: 'logzio' | 'ecs';
  /** How far back a new stream begins. */
  readonly startDate: string;
  /** Flags for Node.js. */
  readonly execArgv?: readonly string[];
  readonly loadOnly?: boolean;
  /** Runs of one instance, as if 5 minutes lay between them; the last one is now. */
  readonly runs?: number;
}

export class Laboratory {
  readonly #simulators: ChildProcess;
  readonly #scratch = mkdtempSync(join(tmpdir(), 'bench-'));
  #world: WorldAddresses | undefined;

  static async open(): Promise<Laboratory> {
    const simulators = fork(join(import.meta.dirname, 'simulators.ts'));
    await once(simulators, 'message');
    const laboratory = new Laboratory(simulators);
    await laboratory.#bundle('functions/ship.ts', 'deployed');
    await laboratory.#bundle('bench/subject.ts', 'subject');
    await laboratory.#bundle('bench/reference.ts', 'reference');
    return laboratory;
  }

  private constructor(simulators: ChildProcess) {
    this.#simulators = simulators;
  }

  /** A fresh world: nothing shipped, no checkpoint. */
  async world(world: WorldOptions): Promise<WorldAddresses> {
    this.#world = (await this.#ask({ world })) as WorldAddresses;
    return this.#world;
  }

  async counts(): Promise<Counts> {
    return (await this.#ask('counts')) as Counts;
  }

  /** Invokes the deployed bundle once, in a process of its own. */
  async ship({
    shape = 'logzio',
    startDate,
    execArgv = [],
    loadOnly = false,
    runs = 1,
  }: ShipOptions): Promise<Measured> {
    const world = this.#world;
    if (!world) throw new Error('there is no world to ship in yet');
    const { config } = parseConfig(
      {
        logzio: { url: world.listenerUrl },
        jumpcloud_api: { url: world.jumpcloudUrl, start_date: startDate },
        output: { shape },
      },
      {},
      Date.now(),
    );
    writeFileSync(join(this.#scratch, 'deployed/config.json'), JSON.stringify(withoutTokens(config)));
    const bundled = join(this.#scratch, 'deployed/index.js');
    return await this.#measure('subject', [bundled, String(loadOnly ? 0 : runs)], execArgv, {
      ...world.environment,
      TABLE_NAME: world.table,
      POWERTOOLS_SERVICE_NAME: 'bench',
      POWERTOOLS_METRICS_NAMESPACE: 'bench',
      LOG_LEVEL: 'INFO',
      ...MEMORY_VARIABLES,
    });
  }

  /** @param environment as it would run in the function, where memory is what one pays for */
  async reference(kind: Reference, start: Date, environment = MEMORY_VARIABLES): Promise<Measured> {
    const { jumpcloudUrl = '', listenerUrl = '' } = this.#world ?? {};
    return await this.#measure('reference', [kind, jumpcloudUrl, listenerUrl, start.toISOString()], [], environment);
  }

  bundleBytes(): number {
    return statSync(join(this.#scratch, 'deployed/index.js')).size;
  }

  close(): void {
    this.#simulators.kill();
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  /** As it is deployed: one file, minified. */
  async #bundle(entry: string, name: string): Promise<void> {
    const { config } = parseConfig({}, { LOGZIO_API_TOKEN: 'unused' }, Date.now());
    const from = join(import.meta.dirname, '..', entry);
    await bundle({ config: withoutTokens(config), entry: from, directory: join(this.#scratch, name) });
  }

  async #ask(order: Order): Promise<unknown> {
    this.#simulators.send(order);
    const [answer] = await once(this.#simulators, 'message');
    return answer;
  }

  async #measure(
    name: string,
    args: readonly string[],
    execArgv: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<Measured> {
    const child = fork(join(this.#scratch, name, 'index.js'), args, {
      execArgv: [...execArgv],
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const exited = once(child, 'exit').then(([code]) => {
      throw new Error(`${name} ended with code ${code} before it gave its figures`);
    });
    const [measured] = await Promise.race([once(child, 'message'), exited]);
    return measured as Measured;
  }
}
