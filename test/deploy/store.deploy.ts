/** The conditions that the checkpoint store leans on, on a second implementation of DynamoDB: the two must agree. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startMiniStack } from './ministack.ts';

const TESTS = join(import.meta.dirname, '../state');

describe('the checkpoint store', () => {
  it("keeps its promises on MiniStack's DynamoDB as it does on dynalite", async () => {
    const files = readdirSync(TESTS).filter((name) => /^checkpoint-store.*\.test\.ts$/.test(name));
    assert.notEqual(files.length, 0, 'test/state/checkpoint-store*.test.ts');
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
