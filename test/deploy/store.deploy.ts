/** What the program takes DynamoDB to do, on a third implementation of it: all must agree. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startMiniStack } from './ministack.ts';

const TESTS = join(import.meta.dirname, '../state');

describe("MiniStack's DynamoDB", () => {
  it('does what dynalite and the simulated DynamoDB do, and the checkpoint store keeps its promises on it', async () => {
    const files = readdirSync(TESTS).filter((name) =>
      /^(checkpoint-store|dynamodb-conformance).*\.test\.ts$/.test(name),
    );
    assert.notEqual(files.length, 0, 'no test in test/state');
    const aws = await startMiniStack({ enforceIam: false });
    try {
      const { status, stdout } = spawnSync(process.execPath, ['--test', ...files.map((name) => join(TESTS, name))], {
        encoding: 'utf8',
        // Without NODE_TEST_CONTEXT, which would take the inner run for a part of this one.
        env: { ...aws.environment, DYNAMODB_ENDPOINT: aws.endpoint },
      });
      assert.equal(status, 0, stdout);
    } finally {
      await aws.stop();
    }
  });
});
