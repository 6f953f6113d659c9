/** The world of one history: time, JumpCloud, Logz.io, AWS, what happens in them, and a judge. */
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { Config } from '../../../lib/config/config.ts';
import { parseConfig } from '../../../lib/config/parse.ts';
import type { HttpAnswer, PostRequest } from '../../../lib/platform/http.ts';
import type { DynamoDbAnswer } from '../../../lib/platform/outside.ts';
import { SimulatedDynamoDb, type TableCommand, throttled } from '../../support/simulated-dynamodb.ts';
import { Judge } from '../judge/judge.ts';
import type { Run, Send } from '../judge/ledger.ts';
import type { History, Plan, Service, Settings } from '../people/history.ts';
import { Chance, type Faults } from './chance.ts';
import { JUMPCLOUD_FAULTS, JUMPCLOUD_URL, JumpCloud, TOKEN_URL } from './jumpcloud.ts';
import { LOGZIO_FAULTS, LOGZIO_URL, Logzio } from './logzio.ts';
import { Scheduler } from './scheduler.ts';
import { awsError, SSM_FAULTS, Tokens } from './tokens.ts';
import { Truth, tagsOfLines } from './truth.ts';

export const TABLE = 'simulated';
const BEGIN = Date.parse('2026-11-20T12:00:00Z');

const DYNAMODB_FAULTS: Faults = [
  [3, 'throttled'],
  [2, 'failed'],
  [2, 'failed, applied'],
  [2, 'asked again'],
];

export const FAULTS: Readonly<Record<Service, Faults>> = {
  JumpCloud: JUMPCLOUD_FAULTS,
  'Logz.io': LOGZIO_FAULTS,
  DynamoDB: DYNAMODB_FAULTS,
  SSM: SSM_FAULTS,
};

/** One HTTP request, and what the judge is to know of it. */
interface Exchange {
  answer(): HttpAnswer | 'no answer' | 'broken off';
  /** The run got this answer, or none. */
  told(answer: HttpAnswer | undefined): void;
}

export class World {
  readonly seed: string;
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly truth = new Truth();
  readonly table = new SimulatedDynamoDb(TABLE);
  readonly tokens: Tokens;
  readonly jumpcloud: JumpCloud;
  readonly logzio: Logzio;
  readonly judge: Judge;
  readonly organizations: readonly string[];
  /** Faults strike. */
  isTroubled = true;
  /** The faults that struck, by the name of the request. */
  readonly struck = new Map<string, string>();
  /** Decides instead of the seed which fault strikes which request: for systematic histories. */
  decide: ((service: Service, name: string) => string | undefined) | undefined;
  readonly #without: ReadonlySet<string>;
  readonly #configs = new Map<Settings, Config>();

  constructor({ seed, plan, without }: History) {
    this.seed = seed;
    this.plan = plan;
    this.#without = without;
    this.scheduler = new Scheduler(BEGIN, new Chance(seed, 'ties'));
    this.tokens = new Tokens(plan.serviceAccount);
    this.jumpcloud = new JumpCloud(this, new Chance(seed, 'JumpCloud'));
    this.logzio = new Logzio(this, new Chance(seed, 'Logz.io'));
    this.judge = new Judge(this);
    this.organizations = plan.organizations.length > 0 ? plan.organizations : ['default'];
  }

  get now(): number {
    return this.scheduler.now;
  }

  /** The one organization, where there are not two. */
  organization(number: number): string {
    return this.organizations[number % this.organizations.length] as string;
  }

  /** Lets time pass, until it is over or the promise is broken. */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    await this.scheduler.runUntil(this.now + ms, () => isOver() || this.judge.broken !== undefined);
  }

  configOf(settings: Settings, now: number): Config {
    const known = this.#configs.get(settings);
    if (known) return known;
    const { organizations, serviceAccount, startDate } = this.plan;
    const jumpcloud_api = {
      url: JUMPCLOUD_URL,
      start_date: startDate,
      credentials: {
        type: serviceAccount ? 'service_account' : 'api_key',
        ...(organizations.length > 0 && { org_ids: organizations }),
      },
      settings: {
        limit: settings.limit,
        allowed_lateness: settings.latenessMinutes,
        source_lag: settings.lagSeconds,
      },
    };
    const input = { logzio: { url: LOGZIO_URL }, output: { shape: settings.shape }, jumpcloud_api };
    const { config } = parseConfig(input, {}, now);
    this.#configs.set(settings, config);
    return config;
  }

  serviceAt(url: string): 'JumpCloud' | 'Logz.io' {
    return url.startsWith(LOGZIO_URL) ? 'Logz.io' : 'JumpCloud';
  }

  /** @returns the fault that strikes a request, or an empty text */
  faultFor(service: Service, request: string, chance: Chance): string {
    const name = `${request} ${service}`;
    const fault = this.decide ? this.decide(service, name) : this.#chosen(service, name, chance);
    if (!fault) return '';
    this.struck.set(name, fault);
    this.scheduler.note(`${name}: ${fault}`);
    return fault;
  }

  #chosen(service: Service, name: string, chance: Chance): string {
    if (!this.isTroubled || !chance.happens(this.plan.rates[service])) return '';
    const fault = chance.weighted(FAULTS[service]);
    return this.#without.has(name) ? '' : fault;
  }

  exchange(request: PostRequest, fault: string, run: Run): Exchange {
    const { judge } = this;
    if (this.serviceAt(request.url) === 'JumpCloud')
      return {
        answer: () => this.jumpcloud.answer(request, fault),
        told: (answer) => {
          if (answer?.status === 200 && request.url !== TOKEN_URL) judge.read(run, answer);
        },
      };
    const tags = tagsOfLines(request.body.toString());
    judge.sends(run, tags);
    let send: Send | undefined;
    let told: Send['told'] = 'nothing';
    return {
      answer: () => {
        send = judge.ledger.send(run, judge.organizationOf(tags), tags);
        if (told !== 'nothing') judge.ledger.tell(send, told);
        return this.logzio.answer(request, fault, send);
      },
      told: (answer) => {
        told = answer ? toldBy(answer, tags.length) : 'unclear';
        if (send) judge.ledger.tell(send, told);
      },
    };
  }

  /** Applies a request to AWS. @throws as the SDK does */
  apply(command: TableCommand | GetParameterCommand, fault: string, run: Run): unknown {
    if (command instanceof GetParameterCommand) {
      if (fault) throw awsError(fault);
      return this.tokens.get(command);
    }
    try {
      if (fault === 'throttled') throw throttled();
      // The SDK lost an answer, and asked again by itself.
      if (fault === 'failed, applied' || fault === 'asked again') this.#apply(command, run);
      if (fault.startsWith('failed')) throw awsError(fault);
      return this.#apply(command, run);
    } catch (error) {
      this.judge.refused(command, error, run);
      throw error;
    }
  }

  #apply(command: TableCommand, run: Run): DynamoDbAnswer {
    // Whatever is not asked for consistently is as old as it may be.
    const answer = this.table.apply(command, true);
    this.judge.applied(command, run);
    return answer;
  }
}

/** As the listener's documentation reads; not with the product's code. */
function toldBy({ status, body }: HttpAnswer, lines: number): Send['told'] {
  if (status === 200) return body.length > 0 ? 'unclear' : 'acknowledged';
  if (status === 400) return body.toString().includes(`"successfulLines":${lines},`) ? 'acknowledged' : 'refused';
  return status >= 500 ? 'unclear' : 'refused';
}
