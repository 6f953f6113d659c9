/** The table in memory, without a server: `dynamodb-conformance` holds it to what DynamoDB does. */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { Table } from '../../lib/state/table.ts';
import { SimulatedDynamoDb, type TableCommand } from './simulated-dynamodb.ts';

const NAME = 'memory';

/** @returns the table, and what was asked of it in order, such as `Put` and the item's sort key */
export function memoryTable() {
  const simulated = new SimulatedDynamoDb(NAME);
  const asked: string[] = [];
  const send = (command: TableCommand) => {
    asked.push(`${command.constructor.name.replace(/(?:Item)?Command$/, '')} ${itemOf(command)}`.trim());
    return simulated.send(command);
  };
  return { table: new Table({ send } as ConstructorParameters<typeof Table>[0], NAME), asked };
}

function itemOf(command: TableCommand): string {
  if (command instanceof QueryCommand) return '';
  const { input } = command;
  const { item } = ('Item' in input ? input.Item : (input as { Key?: Record<string, { S?: string }> }).Key) ?? {};
  return item?.S ?? '';
}
