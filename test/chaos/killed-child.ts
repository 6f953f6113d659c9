/** A run in a process of its own, which is killed with SIGKILL in the middle: nothing simulated about that. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { StandInRequest } from '../../simulators/server.ts';
import { linesOf } from './cloud.ts';
import type { Settings } from './plan.ts';
import type { Stage } from './stage.ts';
import { tagOf } from './truth.ts';

/** What the child needs to know; it is given on its standard input. */
export interface ChildWork {
  readonly plan: Stage['plan'];
  readonly settings: Settings;
  readonly now: number;
  readonly dynamodb: string;
  readonly ssm: string;
  readonly jumpcloud: string;
  readonly logzio: string;
  readonly tokenUrl: string;
}

/** @param call the child's request at which it is killed; if it makes fewer, it ends by itself */
export async function killedChild(stage: Stage, settings: Settings, name: string, call: number): Promise<void> {
  const { cloud, ledger, truth, plan, time } = stage;
  const child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, 'child.ts')], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  let requests = 0;
  cloud.state.onForeignRequest = (request: StandInRequest) => {
    requests++;
    stage.trace(`${name} ${request.headers['x-amz-target'] ?? request.path}`);
    if (request.headers['content-encoding'] === 'gzip') {
      const tags = linesOf(request.body).map((line) => tagOf(line) ?? 'unknown');
      const organization = truth.withTag(tags[0] ?? '')[0]?.organization ?? '';
      const run = ledger.run(`${name} ${organization}`, settings.limit);
      // Its saves are not listened to: all that it sent may come again.
      run.excuses.add('was killed');
      const send = ledger.send(run, tags);
      send.taken = cloud.logzio.settings.tokens.includes(request.query.get('token') ?? '');
    }
    if (requests === call) child.kill('SIGKILL');
  };
  const work: ChildWork = {
    plan,
    settings,
    now: time.now(),
    dynamodb: cloud.aws.dynamoDb.endpoint,
    ssm: cloud.aws.ssm.endpoint,
    jumpcloud: cloud.jumpcloud.url,
    logzio: cloud.logzio.url,
    tokenUrl: cloud.jumpcloud.tokenUrl,
  };
  child.stdin.on('error', () => undefined).end(JSON.stringify(work));
  const [code, signal] = await once(child, 'exit');
  stage.trace(`${name} ended after ${requests} requests: ${signal ?? code}`);
  if (code !== null && code !== 0) throw new Error(`the child process itself failed with exit code ${code}`);
  cloud.state.onForeignRequest = () => undefined;
}
