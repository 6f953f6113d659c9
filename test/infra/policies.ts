/** Finds the inline policies of a template's roles, for the tests that hold them to account. */
import assert from 'node:assert/strict';
import type { Template } from 'aws-cdk-lib/assertions';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

interface Policy {
  readonly PolicyName: string;
  readonly PolicyDocument: { readonly Statement: Statement[] };
}

function policies(template: Template, role = /./): Policy[] {
  return Object.entries(template.findResources('AWS::IAM::Role'))
    .filter(([id]) => role.test(id))
    .flatMap(([, { Properties }]) => Properties.Policies);
}

export function policyNames(template: Template, role: RegExp): string[] {
  return policies(template, role).map(({ PolicyName }) => PolicyName);
}

export function statementsOf(template: Template, name: string): Statement[] {
  const found = policies(template).filter(({ PolicyName }) => PolicyName === name);
  assert.equal(found.length, 1, `policy ${name}`);
  return found.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

export function actionsOf(template: Template, name: string): string[] {
  const statements = statementsOf(template, name);
  assert.equal(statements.length, 1, `statements of ${name}`);
  return statements.flatMap(({ Effect, Action }) => (Effect === 'Allow' ? Action : [])).sort();
}
