/**
 * AWS's own checklist (cdk-nag, AwsSolutions) over every form of the stack: no finding is open,
 * each acknowledged one says why.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { forms, pipeline } from './synth.ts';

describe('cdk-nag has no open finding', () => {
  for (const [form, yaml] of Object.entries(forms)) {
    it(form, () => {
      const app = App.of(pipeline({ yaml })) as App;
      Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
      assert.doesNotThrow(() => app.synth());
    });
  }
});
