/**
 * Settings that are parameters of the package: known when the stack is deployed, and empty when
 * they are not set.
 */
import { CfnCondition, CfnResource, Fn } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';

/** @param id name of the condition in the template */
export function whenEmpty(scope: Construct, id: string, parameter: string): CfnCondition {
  return new CfnCondition(scope, id, { expression: Fn.conditionEquals(parameter, '') });
}

export function whenGiven(scope: Construct, id: string, parameter: string): CfnCondition {
  return new CfnCondition(scope, id, { expression: Fn.conditionNot(Fn.conditionEquals(parameter, '')) });
}

/** Every resource of the construct exists under this condition alone. */
export function onlyIf(condition: CfnCondition, construct: IConstruct): void {
  for (const part of construct.node.findAll()) {
    if (CfnResource.isCfnResource(part)) part.cfnOptions.condition = condition;
  }
}

export function either(condition: CfnCondition, then: string, otherwise: string): string {
  return Fn.conditionIf(condition.logicalId, then, otherwise).toString();
}
