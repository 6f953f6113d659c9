/** What the two roles may do, statement by statement. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { actionsOf, policyNames, statementsOf } from './policies.ts';
import { objectsIn, synth } from './synth.ts';

describe('permissions', () => {
  const template = synth();

  it('of the function: two parameters, one table, its own log group', () => {
    assert.deepEqual(actionsOf(template, 'ReadTokens'), ['ssm:GetParameter']);
    assert.deepEqual(actionsOf(template, 'KeepState'), [
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ]);
    assert.deepEqual(actionsOf(template, 'WriteLogs'), ['logs:CreateLogStream', 'logs:PutLogEvents']);
    assert.deepEqual(policyNames(template, /^ShipperRole/), ['ReadTokens', 'KeepState', 'WriteLogs']);
    const parameters = JSON.stringify(statementsOf(template, 'ReadTokens'));
    assert.match(parameters, /:parameter\/jumpcloud-logzio\/logzio-token"/);
    assert.match(parameters, /:parameter\/jumpcloud-logzio\/jumpcloud-token"/);
  });

  it('of the function: the key of the hashes too, but only where a field is hashed', () => {
    const hashing = synth({ yaml: 'output: {hash_fields: [client_ip], hash_key_parameter: /mine/key}' });
    assert.match(JSON.stringify(statementsOf(hashing, 'ReadTokens')), /:parameter\/mine\/key"/);
    const dropping = synth({ yaml: 'output: {drop_fields: [client_ip], hash_key_parameter: /mine/key}' });
    assert.doesNotMatch(JSON.stringify(statementsOf(dropping, 'ReadTokens')), /mine/);
  });

  it('of the schedules: invoke the one function, fill the one queue', () => {
    assert.deepEqual(actionsOf(template, 'InvokeFunction'), ['lambda:InvokeFunction']);
    assert.deepEqual(actionsOf(template, 'KeepUndelivered'), ['sqs:SendMessage']);
    assert.deepEqual(policyNames(template, /^SchedulesRole/), ['InvokeFunction', 'KeepUndelivered']);
  });

  it('are all there is: three roles, no managed policy, no wildcard among their resources but the executions of one function', () => {
    template.resourceCountIs('AWS::IAM::Role', 3);
    template.resourceCountIs('AWS::IAM::Policy', 0);
    for (const role of Object.values(template.findResources('AWS::IAM::Role'))) {
      assert.equal(role.Properties.ManagedPolicyArns, undefined);
      for (const statement of objectsIn(role.Properties.Policies)) {
        for (const text of JSON.stringify(statement.Resource ?? '').match(/"[^"]*\*[^"]*"/g) ?? [])
          assert.equal(text, '":function:jumpcloud-logzio-backfill:*"');
      }
    }
  });

  it('in a VPC add the network interfaces that EC2 knows no narrower resource for, and refuse them to the code', () => {
    const inVpc = synth({
      yaml: 'network:\n  vpc_id: vpc-0a1b2c3d\n  subnet_ids: [subnet-0a1b2c3d]\n  security_group_ids: [sg-0a1b2c3d]\n',
    });
    const statements = statementsOf(inVpc, 'JoinNetwork');
    assert.deepEqual(
      statements.map(({ Effect, Resource }) => ({ Effect, Resource })),
      [
        { Effect: 'Allow', Resource: '*' },
        { Effect: 'Deny', Resource: '*' },
      ],
    );
    assert.deepEqual(statements[0]?.Action, statements[1]?.Action);
  });

  it('with a key of the customer: that key alone, through SSM for these parameters and through DynamoDB for this table', () => {
    const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555';
    const encrypted = synth({ yaml: `aws:\n  kms_key_arn: ${keyArn}\n` });
    const statements = statementsOf(encrypted, 'UseKey');
    assert.equal(statements.length, 2);
    for (const { Resource } of statements) assert.equal(Resource, keyArn);
    const [parameters, table] = statements;
    assert.equal(parameters?.Action, 'kms:Decrypt');
    const conditions = JSON.stringify(parameters?.Condition);
    assert.match(conditions, /"kms:ViaService":.*"ssm\."/);
    assert.match(conditions, /"kms:EncryptionContext:PARAMETER_ARN":\[.*logzio-token.*jumpcloud-token/);
    assert.match(JSON.stringify(table?.Condition), /"kms:ViaService":.*"dynamodb\."/);
    encrypted.hasResourceProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: keyArn },
    });
    encrypted.hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: keyArn });
    encrypted.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: keyArn });
  });
});
