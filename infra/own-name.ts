/**
 * What all names begin with: the stack's own name, which a package learns only when it is deployed.
 */
import { Aws, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const NAMED_AT_DEPLOYMENT = 'jumpcloud-logzio:named-at-deployment';

/** Call it before the stack has children. */
export function nameAtDeployment(stack: Stack): void {
  stack.node.setContext(NAMED_AT_DEPLOYMENT, true);
}

export function ownName(scope: IConstruct): string {
  return scope.node.tryGetContext(NAMED_AT_DEPLOYMENT) ? Aws.STACK_NAME : Stack.of(scope).stackName;
}

/** @returns the name as cdk-nag writes it into the ids of its findings */
export function shownToNag(name: string): string {
  return Token.isUnresolved(name) ? name.replace(Aws.STACK_NAME, '<AWS::StackName>') : name;
}
