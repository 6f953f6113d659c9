/**
 * What a removal takes and what it leaves, in words and commands; everything is read from the
 * outputs of the stack.
 */

export type Outputs = Readonly<Record<string, string>>;

interface Where {
  readonly account: string;
  readonly region: string;
}

/** Shown before anything is removed. */
export function goes(stack: string, { account, region }: Where, outputs: Outputs): string {
  return [
    `AWS account  ${account}`,
    `Region       ${region}`,
    `Stack        ${stack}`,
    '',
    'Goes:   functions, schedules, alarms, alarm topic, dashboard, saved queries',
    `Stays:  table ${named(outputs, 'TableName')}`,
    `        logs ${named(outputs, 'LogGroupName')}`,
    `        parameters ${named(outputs, 'TokenParameters')}`,
    '',
  ].join('\n');
}

/** Shown at the end: for a new start later, or for the end of it all. */
export function stays(outputs: Outputs): string {
  const table = named(outputs, 'TableName');
  return `The checkpoints stay in the table ${table}.
To go on later where it stopped, put this into config.yaml and deploy again:

state:
  table: ${table}

To remove what is left as well, for good (quarantined events are in the table):

aws dynamodb update-table --table-name ${table} --no-deletion-protection-enabled
aws dynamodb delete-table --table-name ${table}
aws logs delete-log-group --log-group-name ${named(outputs, 'LogGroupName')}
aws ssm delete-parameters --names ${named(outputs, 'TokenParameters').replaceAll(',', '')}

CDK's own bootstrap stack (CDKToolkit) stays: other CDK applications of the
account may use it. DynamoDB keeps a deleted table's backups for 35 days.`;
}

function named(outputs: Outputs, name: string): string {
  return outputs[name] ?? `(unknown: the stack has no output ${name})`;
}
