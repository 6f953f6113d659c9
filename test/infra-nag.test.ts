/** AWS's own checklist (cdk-nag, AwsSolutions) over every form of the stack: no finding is open, each acknowledged one says why. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { organizations, pipeline } from './infra-synth.ts';

const KEY = 'aws:\n  kms_key_arn: arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555\n';
const NETWORK =
  'network:\n  vpc_id: vpc-0a1b2c3d\n  subnet_ids: [subnet-0a1b2c3d]\n  security_group_ids: [sg-0a1b2c3d]\n';

describe('cdk-nag has no open finding', () => {
  for (const [form, yaml] of Object.entries({
    'by default': '',
    'with several organizations': organizations(3),
    "with the customer's key": KEY,
    'in a VPC': NETWORK,
  })) {
    it(form, () => {
      const app = App.of(pipeline({ yaml })) as App;
      Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
      assert.doesNotThrow(() => app.synth());
    });
  }
});
