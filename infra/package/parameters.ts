/**
 * The parameters of the package's template, in the order and the groups in which the console asks
 * for them.
 */
import { CfnParameter, type CfnParameterProps, type Stack } from 'aws-cdk-lib';
import { SETTING_WORDS } from '../../docs/settings.ts';
import { OTHER_SETTINGS, PARAMETERS, variableOf } from '../../lib/config/parameters.ts';
import type { Setting } from '../../lib/config/setting.ts';
import { type SettingPath, settingsByPath } from '../../lib/config/settings.ts';

/** A period of CloudWatch is whole minutes, and an hour has whole numbers of these. */
export const INTERVALS = [1, 2, 3, 5, 10, 15, 20, 30, 60] as const;
const PARAMETER_NAME = '^(/[A-Za-z0-9_.-]+){1,15}$';

type Form = Pick<CfnParameterProps, 'allowedValues' | 'allowedPattern' | 'maxLength' | 'constraintDescription'> & {
  /** In place of the setting's own sentences. */
  readonly meaning?: string;
  /** After them. */
  readonly more?: string;
};

/** A function's environment holds 4 KB, and these fill it. */
const LONGEST = { OrganizationIds: 1_500, DropFields: 160, HashFields: 160, [OTHER_SETTINGS]: 700 };
const SEVERAL = 'Several are separated by commas.';

/**
 * What CloudFormation itself refuses; everything else is refused by the function, which checks it
 * all again.
 */
const FORMS: Readonly<Partial<Record<keyof typeof PARAMETERS, Form>>> = {
  ListenerUrl: { maxLength: 200 },
  LogzioTokenName: { allowedPattern: PARAMETER_NAME, maxLength: 200 },
  LogType: { maxLength: 100 },
  JumpCloudRegion: { allowedValues: ['', 'us', 'eu', 'in'], more: 'Empty: us.' },
  JumpCloudTokenName: { allowedPattern: PARAMETER_NAME, maxLength: 200 },
  CredentialsType: { allowedValues: ['api_key', 'service_account'] },
  OrganizationIds: {
    maxLength: LONGEST.OrganizationIds,
    meaning:
      'Ids of the organizations, separated by commas: required with a service account and for administrators of several. Empty: the one of the key.',
  },
  Start: { maxLength: 40 },
  IntervalMinutes: { allowedValues: INTERVALS.map(String), constraintDescription: `one of ${INTERVALS.join(', ')}` },
  Services: { maxLength: 300, more: SEVERAL },
  Shape: { allowedValues: ['logzio', 'ecs'] },
  DropFields: { maxLength: LONGEST.DropFields, more: SEVERAL },
  HashFields: { maxLength: LONGEST.HashFields, more: `${SEVERAL} Put a key into SSM first, as DEPLOY.md shows.` },
  HashKeyName: { allowedPattern: PARAMETER_NAME, maxLength: 200 },
  AlarmEmail: { maxLength: 200 },
  ExistingTopicArn: {
    maxLength: 400,
    meaning:
      'An existing SNS topic for the alarms, for example one that Slack, Teams or PagerDuty listen to. Empty: a new one.',
  },
  ExistingTable: { maxLength: 255 },
};

const GROUPS: readonly { readonly label: string; readonly parameters: readonly string[] }[] = [
  { label: 'Logz.io', parameters: ['ListenerUrl', 'LogzioTokenName', 'LogType', 'Shape'] },
  {
    label: 'JumpCloud',
    parameters: [
      'JumpCloudRegion',
      'CredentialsType',
      'JumpCloudTokenName',
      'OrganizationIds',
      'Services',
      'Start',
      'IntervalMinutes',
    ],
  },
  { label: 'Fields that must not leave', parameters: ['DropFields', 'HashFields', 'HashKeyName'] },
  { label: 'Alarms', parameters: ['AlarmEmail', 'ExistingTopicArn'] },
  { label: 'Code', parameters: ['CodeBucket', 'CodePrefix'] },
  { label: 'More', parameters: ['WithBackfill', 'ExistingTable', OTHER_SETTINGS] },
];

type Name = keyof typeof PARAMETERS;

export interface PackageParameters {
  /** What the template refers to, by parameter. */
  readonly value: Readonly<Record<Name | 'CodeBucket' | 'CodePrefix' | 'WithBackfill', string>>;
  /** The environment in which the function finds them. */
  readonly environment: Readonly<Record<string, string>>;
}

export function addParameters(stack: Stack): PackageParameters {
  const add = (name: string, props: CfnParameterProps) =>
    new CfnParameter(stack, name, { type: 'String', ...props }).valueAsString;
  const given = Object.fromEntries(
    Object.entries(PARAMETERS).map(([name, path]) => [name, add(name, propsOf(name as Name, path))]),
  ) as Record<Name, string>;
  const others = add(OTHER_SETTINGS, {
    default: '',
    maxLength: LONGEST[OTHER_SETTINGS],
    description:
      'JSON with other keys of config.yaml that only the function reads, such as {"output": {"tags": ["production"]}}. No token: it can be read here.',
  });
  const value = {
    ...given,
    CodeBucket: add('CodeBucket', {
      description: "The bucket with the two zip files, in the stack's region.",
      allowedPattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
      constraintDescription: 'the name of a bucket',
    }),
    CodePrefix: add('CodePrefix', {
      description: 'The folder of the zip files in the bucket, with a slash at its end; empty: none.',
      default: '',
      allowedPattern: '^(.*/)?$',
      constraintDescription: 'empty, or a folder with a slash at its end, such as jumpcloud-logzio/',
    }),
    WithBackfill: add('WithBackfill', {
      description: 'Whether to add the function for backfills; choose no where a region has no durable functions.',
      default: 'yes',
      allowedValues: ['yes', 'no'],
    }),
  };
  stack.templateOptions.metadata = {
    'AWS::CloudFormation::Interface': {
      ParameterGroups: GROUPS.map(({ label, parameters }) => ({ Label: { default: label }, Parameters: parameters })),
    },
  };
  const environment = { ...given, [OTHER_SETTINGS]: others };
  return {
    value,
    environment: Object.fromEntries(Object.entries(environment).map(([name, text]) => [variableOf(name), text])),
  };
}

function propsOf(name: Name, path: SettingPath): CfnParameterProps {
  const { meaning, more, ...form } = FORMS[name] ?? {};
  const setting: Setting = settingsByPath[path];
  const sentences = (meaning ?? SETTING_WORDS[path].meaning).replaceAll(/`|\[([^\]]+)\]\([^)]*\)/g, '$1');
  return {
    default: textOf(setting.fallback),
    description: [`${sentences} (${path})`, more].filter(Boolean).join(' '),
    constraintDescription: setting.expected,
    ...form,
  };
}

/** As a person writes it into a field. */
function textOf(fallback: unknown): string {
  if (fallback === undefined) return '';
  return Array.isArray(fallback) ? fallback.join(',') : String(fallback);
}
