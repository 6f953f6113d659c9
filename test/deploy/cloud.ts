/**
 * What the deploy test does as a person in the console would: press "Test", look at the table, look
 * at an alarm.
 */
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, LogType } from '@aws-sdk/client-lambda';
import { type MiniStack, REGION } from './ministack.ts';

export interface Invocation {
  /** What the console shows as the result. */
  readonly result: unknown;
  readonly failed: boolean;
  /** The end of the log, as the console shows it under the result. */
  readonly log: string;
}

export class Cloud {
  readonly #lambda: LambdaClient;
  readonly #dynamodb: DynamoDBClient;
  readonly #cloudwatch: CloudWatchClient;

  constructor({ endpoint, environment }: MiniStack) {
    const settings = {
      endpoint,
      region: REGION,
      credentials: {
        accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
      },
    };
    this.#lambda = new LambdaClient(settings);
    this.#dynamodb = new DynamoDBClient(settings);
    this.#cloudwatch = new CloudWatchClient(settings);
  }

  async invoke(functionName: string, event: unknown): Promise<Invocation> {
    const { Payload, FunctionError, LogResult } = await this.#lambda.send(
      new InvokeCommand({
        FunctionName: functionName,
        Payload: JSON.stringify(event),
        LogType: LogType.Tail,
      }),
    );
    return {
      result: JSON.parse(Buffer.from(Payload ?? []).toString()),
      failed: FunctionError !== undefined,
      log: Buffer.from(LogResult ?? '', 'base64').toString(),
    };
  }

  /** The checkpoint item of a stream as it lies in the table; undefined when there is none. */
  async checkpoint(table: string, stream: string): Promise<Record<string, unknown> | undefined> {
    const { Item } = await this.#dynamodb.send(
      new GetItemCommand({
        TableName: table,
        Key: { stream: { S: stream }, item: { S: 'checkpoint' } },
        ConsistentRead: true,
      }),
    );
    return Item;
  }

  /** `OK`, `ALARM` or `INSUFFICIENT_DATA`. */
  async alarmState(name: string): Promise<string | undefined> {
    // MiniStack looks at its alarms whenever a metric is put.
    await this.#cloudwatch.send(
      new PutMetricDataCommand({ Namespace: 'Nudge', MetricData: [{ MetricName: 'Nudge', Value: 0 }] }),
    );
    const { MetricAlarms } = await this.#cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
    return MetricAlarms?.[0]?.StateValue;
  }

  destroy(): void {
    for (const client of [this.#lambda, this.#dynamodb, this.#cloudwatch]) client.destroy();
  }
}
