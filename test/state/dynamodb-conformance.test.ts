/**
 * The simulated DynamoDB and dynalite agree; the deploy test runs this once more with MiniStack in
 * dynalite's place.
 */

import { startTable } from '../support/dynamodb-server.ts';
import { SimulatedDynamoDb } from '../support/simulated-dynamodb.ts';
import { testConformance } from './dynamodb-conformance.ts';

testConformance('the simulated DynamoDB', async () => {
  const { send } = new SimulatedDynamoDb('simulated');
  return { send, table: 'simulated', close: async () => undefined };
});

testConformance(process.env.DYNAMODB_ENDPOINT ?? 'dynalite', async () => {
  const db = await startTable();
  return {
    send: (command) => db.dynamodb.send(command),
    table: db.table.name,
    close: () => db[Symbol.asyncDispose](),
  };
});
